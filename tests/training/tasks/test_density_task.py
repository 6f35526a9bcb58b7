import pytest
import torch

from torch_molfield.fields import GaussianField
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import MolField
from torch_molfield.training import DensityTask, DensityTraining
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.tasks.density import MASKED
from torch_molfield.transforms.density_points import density_points

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 32, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}


def make(model, **changes):
    return DensityTask(DensityTraining(max_steps=1, **changes), model)


def test_the_loss_is_the_mean_square_difference(molecules):
    class Shifted(GaussianField):
        def __call__(self, *arguments):
            return super().__call__(*arguments) + 0.5

    model = MolField(("H", "O"), "", elements=[1, 8], **SMALL)
    batch = MoleculeBatches(PackedMolecules(molecules[4:8]), 4, seed=0)[0]
    plain, shifted = make(model, num_points=64), make(model, num_points=64)
    plain.field, shifted.field = (field(channels=("H", "O")) for field in (GaussianField, Shifted))
    torch.manual_seed(0)
    points, owner = density_points(batch.pos, batch.batch, 64)
    with torch.no_grad():
        error = model(batch.z, batch.pos, batch.batch)(points, owner)
        error = error - plain.field(points, batch.z, batch.pos, owner, batch.batch)
        for task, shift in ((plain, 0.0), (shifted, 0.5)):
            torch.manual_seed(0)
            torch.testing.assert_close(task.losses(batch)["density"], (error - shift).square().mean())


def test_other_channels_are_refused():
    with pytest.raises(ValueError, match="the model's channels are"):
        make(MolField(elements=[1], **SMALL))


def test_noise_moves_what_is_told_and_not_the_field(molecules):
    model, told = MolField(("H", "O"), "", elements=[1, 8], **SMALL), []
    generate = model.generate
    model.generate = lambda z, pos, batch: told.append(pos) or generate(z, pos, batch)
    batch = MoleculeBatches(PackedMolecules(molecules[4:8]), 64, seed=0)[0]
    field, asked = GaussianField(channels=("H", "O")), []
    task = make(model, num_points=16, noise=0.2)
    task.field = lambda points, z, pos, owner, batch: asked.append(pos) or field(points, z, pos, owner, batch)
    torch.manual_seed(0)
    task.losses(batch)
    assert torch.equal(asked[0], batch.pos)
    assert 0.15 < float((told[0] - batch.pos).std()) < 0.25


def test_masked_elements_are_not_told(molecules):
    model, told = MolField(("H", "O"), "", elements=[1, 8], **SMALL), []
    generate = model.generate
    model.generate = lambda z, pos, batch: told.append(z) or generate(z, pos, batch)
    batch = MoleculeBatches(PackedMolecules(molecules[4:8]), 64, seed=0)[0]
    task = make(model, num_points=16, masked=0.25)
    torch.manual_seed(0)
    loss = task.losses(batch)["density"]
    masked = told[0] == MASKED
    assert 0.15 < float(masked.float().mean()) < 0.35
    assert torch.equal(told[0][~masked], batch.z[~masked])
    assert set(batch.z.tolist()) == {1, 8}
    loss.backward()
    assert float(model.encoder.trunk.embedding.weight.grad[MASKED].abs().sum()) > 0


def test_charges_are_a_channel_of_their_own(molecules):
    for molecule in molecules[:4]:
        molecule.charges = torch.linspace(-0.4, 0.4, len(molecule.z), dtype=torch.float64)
    batch = MoleculeBatches(PackedMolecules(molecules[:4], atom_attributes=["charges"]), 4, seed=0)[0]
    model = MolField(("H", "C", "O", "charge"), "", elements=[1, 6, 8], **SMALL)
    task = make(model, num_points=16, charges=True)
    told = {}

    def exact(points, owner):
        distance = torch.cdist(points, batch.pos)
        mine = torch.exp(-distance.square() / (2 * 0.45**2)) * (owner[:, None] == batch.batch)
        elements = torch.stack([mine @ (batch.z == element).float() for element in (1, 6, 8)], dim=1)
        told["rows"] = torch.cat([elements, (mine @ batch.charges.float())[:, None]], dim=1)
        return told["rows"]

    model.generate = lambda z, pos, batch: exact
    assert all(float(term) < 1e-10 for term in task.losses(batch).values())
    model.generate = lambda z, pos, batch: lambda points, owner: exact(points, owner) + torch.tensor([0, 0, 0, 0.1])
    terms = task.losses(batch)
    assert float(terms["density"]) < 1e-10 and float(terms["charge"]) == pytest.approx(0.01, rel=1e-4)
    with pytest.raises(ValueError, match="those to be learned"):
        make(model)
