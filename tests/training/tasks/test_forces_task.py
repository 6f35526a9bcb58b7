import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.models import EnergyMolField
from torch_molfield.training import ForceFieldTask, ForceFieldTraining
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.tasks.forces import pack_labelled


def test_losses_by_hand():
    packed = pack_labelled(list(BundledTrajectories("water_dimer"))[:4])
    torch.manual_seed(0)
    model = EnergyMolField(width=8, vectors=2, radial=4, sources=4)
    model.measure(packed.z, torch.arange(4).repeat_interleave(6), packed.rows["energy"], packed.atom_rows["forces"])
    torch.nn.init.normal_(model.head[-1].weight)
    batch = MoleculeBatches(packed, 4, seed=0)[0]
    terms = ForceFieldTask(ForceFieldTraining(max_steps=1), model).losses(batch)
    told = model.forces(batch.z, batch.pos, batch.batch)
    scale = batch.forces.double().square().mean().sqrt()
    errors = (told["forces"] - batch.forces).norm(dim=1)
    torch.testing.assert_close(terms["forces"].double(), errors.mean().double() / scale, rtol=1e-4, atol=0)
    energy = (told["energy"] - batch.energy).abs().mean() / 6**0.5
    torch.testing.assert_close(terms["energy"].double(), energy / scale, rtol=1e-4, atol=0)
    assert set(terms) == {"forces", "energy"}
