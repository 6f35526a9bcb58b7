"""benchmarks/make_organic_properties.py: what its files hold, and that a run continues."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmark_scripts import conformer_script
from torch_molfield.data import OrganicProperties

pytest.importorskip("tblite")


@pytest.fixture
def script(monkeypatch):
    with conformer_script("make_organic_properties.py", monkeypatch) as run:
        yield run


def test_properties_of_a_molecule_and_of_an_ion(script, tmp_path, capsys):
    (tmp_path / "some.smi").write_text("FC\nCC(=O)[O-]\nC[CH2]\n")
    script(tmp_path / "some.smi", tmp_path / "whole")
    assert "left out C[CH2]: open shell" in capsys.readouterr().out
    found = {molecule.smiles: molecule for molecule in OrganicProperties(tmp_path / "whole")}
    ion, other = found.pop("CC(=O)[O-]"), next(iter(found.values()))
    assert int(ion.charge) == -1 and other.smiles == "CF"
    assert float(other.gap) > 5.0
    assert float(ion.homo) > float(other.homo) + 2.0
    # kcal/mol; measured: -77 and -0.2
    assert -90 < float(ion.solvation_water) * 23.06 < -65 and -3 < float(other.solvation_water) * 23.06 < 1
    along = other.pos[other.z == 6] - other.pos[other.z == 9]
    assert float(other.dipole[0] @ along[0] / along.norm() / other.dipole.norm()) > 0.99

    script(tmp_path / "some.smi", tmp_path / "parts", "--shard", 1, "--max-minutes", 0)
    script(tmp_path / "some.smi", tmp_path / "parts", "--shard", 1)
    parts = {molecule.smiles: molecule for molecule in OrganicProperties(tmp_path / "parts")}
    assert set(parts) == {"CC(=O)[O-]", "CF"}
    np.testing.assert_array_equal(parts["CF"].pos, other.pos)
    np.testing.assert_array_equal(parts["CF"].homo, other.homo)
