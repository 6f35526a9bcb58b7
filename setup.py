"""Packaging of torch_molfield. Dependencies are listed here and nowhere else; tested versions in constraints.txt."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

REQUIRES = [
    "torch>=2.4",
    "torch-geometric>=2.6",
    "lightning>=2.6",
    "safetensors>=0.4",
    "numpy>=1.26",
    "scipy>=1.15",
    "networkx>=3.0",
    "ase>=3.23",
    "rdkit>=2024.9.1",
    "scikit-image>=0.22",
    "trimesh>=4.6",
    "matplotlib>=3.8",
    "pillow>=10.2",
    "typer>=0.29",
    "rich>=13.8",
    "typing-extensions>=4.12.2",
    "filelock>=3.12",
    # GFN2-xTB; PyPI has wheels for these alone, elsewhere it comes from conda-forge. 0.5 lacks libgfortran.
    "tblite>=0.8; (sys_platform == 'linux' and platform_machine == 'x86_64') or sys_platform == 'darwin'",
]

EXTRAS = {
    # torch-scatter's build imports torch: pip install --no-build-isolation "torch_molfield[scatter]"
    "scatter": ["torch-scatter"],
    # benchmarks/make_electron_densities.py
    "dft": ["pyscf>=2.6"],
    # learned frames
    "e3nn": ["e3nn>=0.5"],
    # compiled loops: voxels, exact surfaces
    "fast": ["numba>=0.61"],
    # MRC and CCP4 maps, mmCIF
    "structures": ["mrcfile>=1.5", "gemmi>=0.6"],
    # maps of the vectors of molecules
    "maps": ["scikit-learn>=1.3"],
    # molfield encode --format parquet, molfield predict --out table.parquet
    "parquet": ["pyarrow>=14.0"],
    # molfield encode and predict --engine ray
    "ray": ["ray[data]>=2.44"],
    # bonds of generated molecules as OpenBabel finds them (GPL-2, never imported unasked)
    "openbabel": ["openbabel-wheel>=3.1.1"],
    # plausibility checks of generated molecules
    "posebusters": ["posebusters>=0.6.5"],
    "torchmd": ["torchmd-net>=3.1"],
    "torchsim": ["torch-sim-atomistic>=0.3; python_version >= '3.11'"],
    "dev": [
        "pytest>=8.2",
        "pytest-cov",
        "pytest-timeout",
        "pytest-xdist",
        "hypothesis>=6.170",
        "numba>=0.61",
        "ruff",
        "mypy",
        "freesasa",
        "e3nn>=0.5",
        "mrcfile>=1.5",
        "gemmi>=0.6",
        "scikit-learn>=1.3",
        "pyarrow>=14.0",
    ],
    "docs": ["sphinx", "myst-nb>=1.3", "furo"],
}

PACKAGE_DATA = [
    "py.typed",
    "THIRD_PARTY_LICENSES.txt",
    "data/bundled/*",
    "fields/tables/*",
    "nn/gaussians/tables/*",
    "weights/*/*",
    "viz/*.html",
    "viz/*.css",
    "viz/viewer/*.html",
    "viz/viewer/*.css",
    "viz/viewer/*.js",
    "viz/viewer/vendor/*",
]

setup(
    name="torch_molfield",
    version="0.1.0",
    description="Molecules as continuous fields for PyTorch Geometric: closed-form and learned, differentiable.",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    license_files=["LICENSE", "DATA_LICENSES.md"],
    python_requires=">=3.10",
    packages=find_packages(include=["torch_molfield", "torch_molfield.*"]),
    package_data={"torch_molfield": PACKAGE_DATA},
    install_requires=REQUIRES,
    extras_require=EXTRAS,
    entry_points={"console_scripts": ["molfield=torch_molfield.cli.main:main"]},
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Chemistry",
        "Typing :: Typed",
    ],
)
