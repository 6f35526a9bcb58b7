import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.evaluation.forces import force_errors, predict_forces
from torch_molfield.models import EnergyMolField
from torch_molfield.training.tasks.forces import pack_labelled


def test_predictions_in_the_order_of_the_molecules():
    frames = [*list(BundledTrajectories("water_dimer")[:3]), *list(BundledTrajectories("benzene")[:2])]
    packed = pack_labelled(frames)
    torch.manual_seed(0)
    model = EnergyMolField(width=8, vectors=2, radial=4, sources=4).eval()
    torch.nn.init.normal_(model.head[-1].weight)
    told = predict_forces(model, packed, batch_size=2)
    alone = [model.forces(frame.z, frame.pos) for frame in frames]
    for name in ("energy", "forces"):
        torch.testing.assert_close(told[name], torch.cat([each[name] for each in alone]))


def test_errors_are_means_over_molecules_and_components():
    packed = pack_labelled(list(BundledTrajectories("water_dimer")[:2]))
    told = {"energy": packed.rows["energy"] + torch.tensor([0.1, -0.3]), "forces": packed.atom_rows["forces"].clone()}
    told["forces"][0] += torch.tensor([0.0, 1.2, -2.4])
    errors = force_errors(told, packed)
    assert abs(errors["energy"] - 0.2) < 1e-6
    assert abs(errors["forces"] - 3.6 / 36) < 1e-6
