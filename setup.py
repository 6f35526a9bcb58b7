"""Packaging of torch_molfield. Dependencies are listed here and nowhere else."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

EXTRAS = {
    "scatter": ["torch-scatter"],
    "md": ["tblite"],
    "dev": ["pytest", "pytest-xdist", "ruff", "mypy", "freesasa"],
    "docs": ["sphinx", "myst-parser", "furo"],
}

setup(
    name="torch_molfield",
    version="0.1.0",
    description="Molecules as continuous fields for PyTorch Geometric: closed-form and learned, differentiable.",
    long_description=(HERE / "README.md").read_text(encoding="utf-8") if (HERE / "README.md").exists() else "",
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.10",
    packages=find_packages(include=["torch_molfield", "torch_molfield.*"]),
    include_package_data=True,
    package_data={"torch_molfield": ["py.typed", "data/bundled/*", "weights/*/*", "viz/*.html", "viz/*.js"]},
    install_requires=[
        "torch>=2.4",
        "torch-geometric>=2.6",
        "e3nn>=0.4.4",
        "lightning>=2.3",
        "safetensors",
        "numpy",
        "scipy",
        "ase",
        "rdkit",
        "scikit-image",
        "trimesh",
        "matplotlib",
        "pillow",
        "typer",
        "rich",
        "tqdm",
    ],
    extras_require=EXTRAS,
    entry_points={"console_scripts": ["molfield=torch_molfield.cli.main:main"]},
)
