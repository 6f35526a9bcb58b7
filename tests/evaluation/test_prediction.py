import pytest
import torch

from torch_molfield.data import MolFieldData, from_smiles
from torch_molfield.evaluation import predict_molecules
from torch_molfield.evaluation import prediction as module
from torch_molfield.models import EnergyMolField, PropertyMolField, QuantumDeepField
from torch_molfield.testing import molecule
from torch_molfield.testing.molecules import alkane


@pytest.fixture
def molecules():
    """Of several sizes, the largest in between."""
    found = [molecule("H2O", torch.float32), alkane(4), molecule("CH4", torch.float32), molecule("H2O", torch.float32)]
    return [MolFieldData(z=z, pos=pos.float()) for z, pos in found]


def test_every_molecule_has_its_own_values(molecules, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 2)
    torch.manual_seed(0)
    model = EnergyMolField(width=8, vectors=2, charges=True).eval()
    torch.nn.init.normal_(model.head[-1].weight)
    found = predict_molecules(model, molecules, ["energy", "forces", "charges"])
    for data, values in zip(molecules, found, strict=True):
        alone = model.forces(data.z, data.pos)
        assert set(values) == {"energy", "forces", "charges"}
        torch.testing.assert_close(values["energy"], alone["energy"][0])
        torch.testing.assert_close(values["forces"], alone["forces"], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(values["charges"], alone["charges"], atol=1e-6, rtol=1e-5)


def test_by_default_what_is_per_molecule(molecules):
    model = EnergyMolField(width=8, vectors=2, charges=True).eval()
    assert [set(values) for values in predict_molecules(model, molecules)] == [{"energy", "dipole"}] * 4
    targets = [{"name": "gap", "unit": "eV"}, {"name": "dipole", "kind": "vector"}]
    field = {"hidden": 8, "depth": 2, "num_frequencies": 8, "width": 8, "vectors": 2, "heads": 2}
    found = predict_molecules(PropertyMolField(targets, queries=1, width=8, field=field).eval(), molecules)
    assert found[1]["gap"].shape == () and found[1]["dipole"].shape == (3,)
    qdf = QuantumDeepField(width=4, layers=1).eval()
    (first, *_, last) = predict_molecules(qdf, molecules, ["atomization"])
    torch.testing.assert_close(first["atomization"], qdf(molecules[0].z, molecules[0].pos).detach()[0])
    torch.testing.assert_close(first["atomization"], last["atomization"])


def test_a_name_that_is_no_output(molecules):
    with pytest.raises(ValueError, match="the model predicts no charges; it predicts energy, forces"):
        predict_molecules(EnergyMolField(width=8, vectors=2).eval(), molecules, ["charges"])


def test_the_charge_is_that_of_the_smiles(molecules):
    model = PropertyMolField.from_pretrained("organic-properties")
    ion = from_smiles("[NH3+]CC[NH3+]")
    assert "charge" not in ion
    found = predict_molecules(model, [ion], ["homo"])[0]["homo"]
    assert float(found) == float(model.predict(ion.z, ion.pos, charge=torch.tensor([2.0]))["homo"].detach())
    assert float(found) < float(model.predict(ion.z, ion.pos)["homo"].detach()) - 5.0
