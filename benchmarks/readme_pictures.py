"""The picture of README.md: true and learned surface of an unseen aspirin, from a trained model.

python benchmarks/readme_picture.py MODEL [--out docs/images/aspirin.png]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from torch_molfield.data.datasets.named import unseen_molecules
from torch_molfield.evaluation.surfaces import evaluate_surfaces, exact_distance
from torch_molfield.models import MolField
from torch_molfield.models.run_folder import read_run
from torch_molfield.training.tasks.surface import exact_surface
from torch_molfield.viz import SurfaceFrame, save_figure, surfaces_figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--molecule", default="aspirin")
    parser.add_argument("--out", type=Path, default=Path("docs/images/aspirin.png"))
    given = parser.parse_args()
    field = exact_surface(read_run(given.model).settings, None)
    conformer = unseen_molecules([given.molecule], None, count=1)[1].molecules
    (shown,) = evaluate_surfaces(MolField.from_pretrained(given.model), field, conformer, spacing=0.15)
    frame = SurfaceFrame.measured(shown.data.pos, shown.true, shown.learned, exact_distance(field, shown.data))
    save_figure(surfaces_figure(shown.data.z.numpy(), frame), given.out)
    print(given.out, shown.comparison)


if __name__ == "__main__":
    main()
