import pytest
import torch

from tests.g2 import molecule
from torch_molfield.data import BundledTrajectories
from torch_molfield.models import MoleculeGenerator
from torch_molfield.nn.generative.label_model import is_possible
from torch_molfield.nn.generative.sampler import Schedule
from torch_molfield.training import train
from torch_molfield.training.tasks.generator import GeneratorTask

LABELS = [(6, 1, 2), (6, 3, 1), (7, 0, 1), (8, 0, 1), (8, 1, 1)]
QUICK = Schedule(num_steps=3)


@pytest.fixture
def generator():
    torch.manual_seed(0)
    model = MoleculeGenerator(
        LABELS, max_sites=5, max_atoms=12, hidden_channels=8, num_layers=1, num_heads=2, label_channels=8
    ).eval()
    model.size_model.counts[[2, 3], [6, 8]] = torch.tensor([1.0, 2.0])
    model.spread[2:] = torch.tensor([1.5, 1.0, 0.5])
    return model


def test_samples_are_molecules_with_their_functions(generator):
    found = generator.sample(20, schedule=QUICK)
    assert len(found) == 20
    for data in found:
        assert len(data.z) in (6, 8) and data.pos.shape == (len(data.z), 3)
        assert bool(torch.isfinite(data.pos).all())
        assert is_possible(data.function.labels)
        assert torch.equal(data.function.atoms, data.pos) and torch.equal(data.function.z, data.z)
        assert data.label_tries >= 1
    assert {len(data.z) for data in found} == {6, 8}


def test_the_same_seed_gives_the_same_molecules(generator):
    one, two = generator.sample(4, seed=5, schedule=QUICK), generator.sample(4, seed=5, schedule=QUICK)
    other = generator.sample(4, seed=6, schedule=QUICK)
    for a, b in zip(one, two, strict=True):
        assert torch.equal(a.z, b.z) and torch.equal(a.pos, b.pos)
    assert any(a.pos.shape != b.pos.shape or not torch.equal(a.pos, b.pos) for a, b in zip(one, other, strict=True))


def test_a_molecule_depends_on_its_number_alone(generator):
    generator = generator.double()
    few, many = generator.sample(2, schedule=QUICK), generator.sample(7, schedule=QUICK)
    for a, b in zip(few, many, strict=False):
        assert torch.equal(a.z, b.z)
        torch.testing.assert_close(a.pos, b.pos, rtol=1e-9, atol=1e-9)


def test_a_number_of_atoms(generator):
    assert {len(data.z) for data in generator.sample(5, num_atoms=8, schedule=QUICK)} == {8}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"num_samples": 0}, "num_samples must be at least 1, got 0"),
        ({"num_samples": 1, "num_atoms": 7}, "num_atoms must be a number that training molecules have, from 6 to 8"),
    ],
)
def test_bad_requests(generator, arguments, words):
    with pytest.raises(ValueError, match=words):
        generator.sample(**arguments)


def test_labels_that_are_never_possible():
    model = MoleculeGenerator([(7, 0, 1)], max_sites=3, max_atoms=3, hidden_channels=8, num_layers=1, num_heads=2)
    model.size_model.counts[3, 3] = 1
    with pytest.raises(ValueError, match="none can be a molecule that is asked for"):
        model.sample(1)


def test_encoding_a_molecule_is_exact(generator):
    z, pos = molecule("CH3OH")
    function = generator.function_of(z, pos)
    torch.testing.assert_close(
        torch.cdist(function.atoms, pos).amin(0), torch.zeros(len(z)).double(), rtol=0, atol=1e-6
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("H2O", "not trained on O with 2 hydrogens and 0 heavy neighbours"),
        ("C6H6", "has 6 heavy atoms, more than the \\d that the model was trained on"),
        ("CH4", "a site can hold 3"),
    ],
)
def test_molecules_that_it_does_not_know(generator, name, words):
    with pytest.raises(ValueError, match=words):
        generator.function_of(*molecule(name))


def test_it_learns_what_it_is_shown(tmp_path):
    """Frames of ethanol: its labels alone, and bonds about as long as in the frames."""
    frames = list(BundledTrajectories("ethanol").split("train")[:100])
    settings = {
        "max_steps": 600,
        "batch_size": 16,
        "learning_rate": 5e-3,
        "average_weights": False,
        "model": {"hidden_channels": 16, "num_layers": 2, "num_heads": 2, "label_channels": 8},
    }
    model = train(GeneratorTask(settings), frames, directory=tmp_path, progress_bar=False, accelerator="cpu")
    assert model.labels == [(6, 2, 2), (6, 3, 1), (8, 1, 1)] and model.size_model.counts.nonzero().tolist() == [[3, 9]]
    found = model.sample(20, schedule=Schedule(num_steps=40))
    assert sum(sorted(data.function.labels) == model.labels for data in found) >= 18
    for data in found:
        if sorted(data.function.labels) != model.labels:
            continue
        middle, methyl, hydroxyl = data.function.pos
        length = torch.stack([(middle - methyl).norm(), (middle - hydroxyl).norm()])
        torch.testing.assert_close(length, torch.tensor([1.52, 1.43]), rtol=0, atol=0.2)
