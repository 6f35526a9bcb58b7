import pytest
import torch
from torch_geometric.data import Batch, Data

from torch_molfield.data import from_smiles
from torch_molfield.models import ElectronDensityMolField
from torch_molfield.testing import molecule, random_rotations
from torch_molfield.transforms import AtomicCharges, CanonicalFrame, Multipoles


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    made = ElectronDensityMolField(width=8, tensors=4, layers=2)
    torch.nn.init.normal_(made.readout, std=0.02)
    return made.save_pretrained(tmp_path_factory.mktemp("model"))


def sample(name="H2O", **more):
    z, pos = molecule(name, torch.float32)
    return Data(z=z, pos=pos, **more)


@pytest.mark.parametrize("kind", ["hirshfeld", "esp"])
def test_charges_of_the_density(folder, kind):
    data = sample(charge=torch.tensor([2.0]))
    result = AtomicCharges(kind, model=folder)(data)
    model = ElectronDensityMolField.from_pretrained(folder)
    with torch.no_grad():
        expected = model(data.z, data.pos, charge=data.charge).atomic_charges(kind)
    torch.testing.assert_close(result.charges, expected)
    assert float(result.charges.sum()) == pytest.approx(2.0, abs=1e-4) and "charges" not in data


def test_the_charge_is_that_of_the_smiles(folder):
    result = AtomicCharges(model=folder)(from_smiles("[OH-]", optimize=False))
    assert float(result.charges.sum()) == pytest.approx(-1.0, abs=1e-4)
    with pytest.raises(ValueError, match="would have 9 electrons"):
        AtomicCharges(model=folder)(sample("H2O").subgraph(torch.tensor([0, 1])))


def test_multipoles_turn_and_add_up(folder):
    turn = random_rotations(1, seed=3)[0].float()
    data, transform = sample("NH3"), Multipoles(folder)
    still, turned = transform(data), transform(Data(z=data.z, pos=data.pos @ turn.T))
    torch.testing.assert_close(turned.dipole, still.dipole @ turn.T, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(turned.quadrupole, turn @ still.quadrupole @ turn.T, atol=1e-4, rtol=1e-4)
    total = (still.charges[:, None] * data.pos + still.atomic_dipoles).sum(0)
    torch.testing.assert_close(total, still.dipole[0], atol=1e-4, rtol=1e-4)
    framed = CanonicalFrame()(still)
    torch.testing.assert_close(framed.atomic_dipoles.norm(dim=1), still.atomic_dipoles.norm(dim=1))
    torch.testing.assert_close(framed.atomic_dipoles @ framed.frame_rotation[0].T, still.atomic_dipoles)


def test_a_batch_is_its_molecules(folder):
    molecules = [sample("H2O"), sample("NH3")]
    result = Multipoles(folder)(Batch.from_data_list(molecules))
    assert result.dipole.shape == (2, 3) and result.quadrupole.shape == (2, 3, 3)
    torch.testing.assert_close(result[1].charges, Multipoles(folder)(molecules[1]).charges)


def test_text_and_bad_arguments(folder):
    assert repr(AtomicCharges("esp")) == "AtomicCharges(kind='esp', model='organic-density')"
    assert repr(Multipoles()) == "Multipoles(model='organic-density')"
    with pytest.raises(ValueError, match="kind must be one of hirshfeld, mbis, esp"):
        AtomicCharges("resp")
    with pytest.raises(ValueError, match="MolField"):
        Multipoles("md-surfaces")
