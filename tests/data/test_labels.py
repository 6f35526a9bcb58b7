import numpy as np
import pytest
import torch
from torch.utils.data import Subset
from torch_geometric.data import Batch, Data

from tests.pyg_sets import HEADER, UNCHARACTERIZED, csv_values, pyg_md17, pyg_qm9
from torch_molfield.data import from_ase
from torch_molfield.data.labels import batch_label, find_label
from torch_molfield.data.properties import TARGETS, Target, batch_values, find_targets, target_values
from torch_molfield.geometry.packed import PackedMolecules

KCAL = 0.0433641153087705


@pytest.fixture(scope="module")
def qm9(tmp_path_factory):
    return pyg_qm9(tmp_path_factory.mktemp("pyg") / "qm9")


@pytest.fixture(scope="module")
def md17(tmp_path_factory):
    return pyg_md17(tmp_path_factory.mktemp("pyg"))


def water(**labels) -> Data:
    return Data(z=torch.tensor([8, 1, 1]), pos=torch.eye(3), **labels)


def kept(name: str) -> np.ndarray:
    """A column of gdb9.sdf.csv without the molecule that PyG leaves out."""
    return np.delete(csv_values()[:, HEADER.index(name) - 1], UNCHARACTERIZED - 1)


@pytest.mark.parametrize(
    ("name", "column", "factor"),
    [
        ("mu", "mu", 0.2081943),
        ("alpha", "alpha", 0.529177210903**3),
        ("homo", "homo", 27.2113862),
        ("lumo", "lumo", 27.2113862),
        ("gap", "gap", 27.2113862),
        ("r2", "r2", 0.529177210903**2),
        ("zpve", "zpve", 27.2113862),
        ("U0", "u0", 27.2113862),
        ("U", "u298", 27.2113862),
        ("H", "h298", 27.2113862),
        ("G", "g298", 27.2113862),
        ("Cv", "cv", 4.33641153e-5),
        ("atomization", "u0_atom", 0.04336414),
        ("U_atom", "u298_atom", 0.04336414),
        ("H_atom", "h298_atom", 0.04336414),
        ("G_atom", "g298_atom", 0.04336414),
        ("A", "A", 1.0),
        ("B", "B", 1.0),
        ("C", "C", 1.0),
    ],
)
def test_columns_of_pyg_qm9_are_in_our_units(qm9, name, column, factor):
    values = target_values(qm9, [TARGETS.get(name, Target(name))])[name]
    np.testing.assert_allclose(values.numpy(), factor * kept(column), rtol=2e-6, atol=1e-6)


def test_methane_is_that_of_our_qm9(qm9):
    methane = {name: float(find_label(qm9[0], name).value) for name in ("homo", "U0", "alpha", "atomization")}
    assert methane == pytest.approx({"homo": -10.55, "U0": -1101.49, "alpha": 1.957, "atomization": -17.172}, abs=0.006)


def test_columns_are_found_in_parts_lists_and_batches_too(qm9):
    targets = find_targets(["gap", "Cv"])
    expected = target_values(qm9, targets)["Cv"][3:7]
    for part in (qm9[3:7], list(qm9)[3:7], Subset(qm9, range(3, 7)), Batch.from_data_list(list(qm9)[3:7])):
        assert torch.equal(target_values(part, targets)["Cv"], expected)


def test_a_column_in_another_unit_is_refused(qm9):
    for target, unit in (("gap:meV", "eV"), ("mu:D", "e Å"), ("U_atom:kcal/mol", "eV")):
        with pytest.raises(ValueError, match=f"of QM9 is in {unit}, not in {target.split(':')[1]}; leave the unit"):
            target_values(qm9, find_targets([target]))
    assert len(target_values(qm9, find_targets(["U_atom:eV"]))["U_atom"]) == len(qm9)


def test_a_column_that_is_not_there(qm9):
    with pytest.raises(ValueError, match="molecule 0 has no 'energy'"):
        target_values(qm9, find_targets(["energy"]))


def test_energies_and_forces_of_pyg_md17_are_in_ev(md17):
    raw = np.load(md17.raw_paths[0])
    packed = PackedMolecules(md17, ["energy"], ["forces"])
    np.testing.assert_allclose(
        packed.rows["energy"].numpy(), KCAL * raw["E"].astype(np.float32).astype(float), rtol=1e-12
    )
    np.testing.assert_allclose(packed.atom_rows["forces"].numpy(), KCAL * raw["F"].reshape(-1, 3), rtol=1e-5)
    assert torch.equal(target_values(md17, [TARGETS["energy"]])["energy"], packed.rows["energy"])
    with pytest.raises(ValueError, match="'energy' of MD17 is in eV, not in kcal/mol"):
        target_values(md17, find_targets(["energy:kcal/mol"]))


@pytest.mark.parametrize("energy", [torch.tensor(-7.5), torch.tensor([-7.5]), torch.tensor([[-7.5]]), -7.5])
def test_energies_of_any_shape_are_one_row(energy):
    label = find_label(water(energy=energy, forces=torch.ones(3, 3)), "energy")
    assert label.value.tolist() == [-7.5]
    assert label.unit == ""


def test_shapes_of_dipoles_and_charges():
    data = water(dipole=torch.arange(3.0), charges=torch.ones(3, 1), other=torch.ones(2, 2))
    assert find_label(data, "dipole").value.tolist() == [[0.0, 1.0, 2.0]]
    assert find_label(data, "charges").value.shape == (3,)
    assert find_label(data, "other").value.shape == (2, 2)
    assert find_label(data, "energy") is None


@pytest.mark.parametrize("energy", [torch.tensor(-7.5), torch.tensor([-7.5]), torch.tensor([[-7.5]]), -7.5])
@pytest.mark.parametrize("dipole", [torch.arange(3.0), torch.arange(3.0)[None]])
def test_batches_have_a_row_per_molecule(energy, dipole):
    parts = [water(energy=energy, dipole=dipole, charges=torch.ones(3, 1), forces=torch.eye(3)) for _ in range(2)]
    batch = Batch.from_data_list(parts)
    assert batch_label(batch, "energy").tolist() == [-7.5, -7.5]
    assert batch_label(batch, "dipole").tolist() == [[0.0, 1.0, 2.0]] * 2
    assert batch_label(batch, "charges").tolist() == [1.0] * 6
    assert batch_label(batch, "forces").shape == (6, 3)


def test_batches_of_pygs_sets_have_our_units(qm9, md17):
    targets = find_targets(["gap", "mu", "atomization"])
    batch = Batch.from_data_list(list(qm9)[3:7])
    for name, values in target_values(qm9[3:7], targets).items():
        assert torch.equal(batch_values(batch, targets)[name], values)
    packed = PackedMolecules(md17[:3], ["energy"], ["forces"])
    batch = Batch.from_data_list(list(md17)[:3])
    assert torch.equal(batch_label(batch, "energy"), packed.rows["energy"])
    assert torch.equal(batch_label(batch, "forces"), packed.atom_rows["forces"])


def test_a_batch_without_a_label():
    with pytest.raises(ValueError, match="the batch has no 'energy'; its molecules need an attribute 'energy'"):
        batch_label(Batch.from_data_list([water(), water()]), "energy")


def test_results_of_ase():
    from ase import Atoms
    from ase.calculators.singlepoint import SinglePointCalculator

    atoms = Atoms("HF", positions=[[0, 0, 0], [0, 0, 0.9]])
    atoms.calc = SinglePointCalculator(atoms, energy=-3.0, forces=np.ones((2, 3)), dipole=np.array([0, 0, 0.4]))
    data = from_ase(atoms)
    found = {name: find_label(data, name).value.tolist() for name in ("energy", "forces", "dipole")}
    assert found == {"energy": [-3.0], "forces": [[1.0] * 3] * 2, "dipole": [[0.0, 0.0, pytest.approx(0.4)]]}


def test_what_is_not_a_number():
    with pytest.raises(ValueError, match="'smiles' is 'O', which is not a number"):
        find_label(water(smiles="O"), "smiles")


def test_other_columns_have_no_names():
    assert find_label(water(y=torch.ones(1, 19)), "gap") is None
    assert find_label(water(y=torch.ones(15), gdb=torch.tensor([1])), "gap") is None
