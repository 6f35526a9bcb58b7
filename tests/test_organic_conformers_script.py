"""benchmarks/make_organic_conformers.py: the same structures in whatever run, files that the dataset reads."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmark_scripts import conformer_script
from torch_molfield.data import OrganicConformers

pytest.importorskip("tblite")
SMILES = "C[NH3+] one\nOCCl two\nCC(=O)[O-]\nC[Hg]C\nnonsense(\nO.O\nCSC\nFC\nBrCC\nC[CH2]\n"


@pytest.fixture
def script(monkeypatch):
    with conformer_script("make_organic_conformers.py", monkeypatch) as run:
        yield run


def rows(folder):
    found = {}
    for molecule in OrganicConformers(folder):
        found.setdefault(molecule.smiles, []).append(molecule)
    return found


def test_a_run_that_is_continued_gives_what_one_run_gives(script, tmp_path, capsys):
    (tmp_path / "some.smi").write_text(SMILES)
    (tmp_path / "tests.txt").write_text("NBVXSUQYWXRMNV\n")  # fluoromethane
    ask = (tmp_path / "some.smi", "--exclude", tmp_path / "tests.txt")
    script(*ask[:1], tmp_path / "whole", *ask[1:])
    told = capsys.readouterr().out
    for line in ("FC: a test molecule", "O.O: several fragments", "nonsense(: cannot be read", "C[CH2]: open shell"):
        assert f"left out {line}" in told
    for part in (0, 1):
        ask_part = (*ask[:1], tmp_path / "parts", *ask[1:], "--part", part, "--parts", 2, "--shard", 1)
        script(*ask_part, "--max-minutes", 0)  # ends after a molecule
        script(*ask_part)
    whole, parts = rows(tmp_path / "whole"), rows(tmp_path / "parts")
    assert len(whole) == 5 and set(whole) == set(parts)
    for name, structures in whole.items():
        assert len(structures) == len(parts[name]) > 7
        for one, other in zip(structures, parts[name], strict=True):
            np.testing.assert_array_equal(one.pos, other.pos)
            assert float(one.energy) == float(other.energy)
    before = sorted((tmp_path / "parts").iterdir())
    script(*ask_part)
    assert sorted((tmp_path / "parts").iterdir()) == before


def test_labels_are_those_of_the_rounded_positions(script, tmp_path):
    from ase import Atoms

    from torch_molfield.calculators import GFN2Calculator

    (tmp_path / "one.smi").write_text("CC(=O)[O-]\n")
    script(tmp_path / "one.smi", tmp_path)
    kinds = set()
    for molecule in list(OrganicConformers(tmp_path))[::3]:
        kinds.add(molecule.name)
        pos = molecule.pos.double().numpy().round(3)
        atoms = Atoms(molecule.z.numpy(), pos, info={"charge": int(molecule.charge)}, calculator=GFN2Calculator())
        assert float(molecule.energy) == pytest.approx(atoms.get_potential_energy(), abs=2e-4)
        np.testing.assert_allclose(molecule.forces, atoms.get_forces(), atol=5e-3)
        np.testing.assert_allclose(molecule.charges, atoms.get_charges(), atol=1e-3)
        np.testing.assert_allclose(molecule.dipole[0], atoms.get_dipole_moment(), atol=5e-3)
    assert len(kinds) > 2
