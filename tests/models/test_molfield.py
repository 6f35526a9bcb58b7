import pytest
import torch
from scipy.stats import special_ortho_group

from torch_molfield.models import MolField
from torch_molfield.nn.trunks.learned_frames import LearnedFrame
from torch_molfield.testing import molecule

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 8, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}
NAMES = ("H2O", "R-CHFClBr", "HCN", "He", "CH4")


def batch_of(names, dtype=torch.float32):
    parts = [molecule(name, dtype) for name in names]
    counts = torch.tensor([len(z) for z, _ in parts])
    return (
        torch.cat([z for z, _ in parts]),
        torch.cat([pos for _, pos in parts]),
        torch.arange(len(parts)).repeat_interleave(counts),
    )


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_a_batch_is_its_molecules_one_by_one(model, dtype, tolerance):
    model = model.to(dtype)
    z, pos, batch = batch_of(NAMES, dtype)
    points = torch.randn(50, 3, dtype=dtype)
    values = model(z, pos, batch)(points.repeat(5, 1), torch.arange(5).repeat_interleave(50))
    for values_of_one, name in zip(values.split(50), NAMES, strict=True):
        torch.testing.assert_close(model(*molecule(name, dtype))(points), values_of_one, atol=tolerance, rtol=tolerance)
    assert (values[:50] - values[50:100]).abs().max() > 1e-2


def test_inputs_are_left_as_they_are(model):
    z, pos, batch = batch_of(NAMES)
    points, copies = torch.randn(5, 3), [z.clone(), pos.clone(), batch.clone()]
    before = points.clone()
    model(z, pos, batch).gradient(points, torch.arange(5))
    assert all(torch.equal(a, b) for a, b in zip((z, pos, batch, points), (*copies, before), strict=True))
    assert not points.requires_grad


def test_precision_of_the_points_and_of_the_model_are_independent(model):
    z, pos = molecule("H2O", torch.float64)
    values = model(z, pos)(pos)
    assert values.dtype == torch.float64
    torch.testing.assert_close(values, model.double()(z, pos)(pos), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"z": torch.tensor([0, 1, 1])}, "has an atomic number outside 1..118"),
        ({"z": torch.tensor([119, 1, 1])}, "has an atomic number outside 1..118"),
        ({"z": torch.tensor([16, 1, 1])}, r"not trained on S \(16\), but on"),
        ({"pos": torch.full((3, 3), torch.nan)}, "has NaN or infinite coordinates"),
        ({"pos": torch.full((3, 3), torch.inf)}, "has NaN or infinite coordinates"),
        ({"pos": torch.zeros(3, 3)}, "has two atoms at one place"),
        ({"pos": torch.eye(3).half()}, r"pos has dtype torch.float16; convert it with pos.float\(\)"),
        ({"pos": torch.eye(3).long()}, r"pos has dtype torch.int64"),
        ({"pos": None}, "pos is missing"),
        ({"pos": torch.eye(3) * 1e6}, "has coordinates beyond"),
        ({"pos": torch.eye(3) * 100}, r"molecule 0 of the batch reaches 81\.6 Å from its centroid.* made for 12 Å"),
        ({"batch": torch.tensor([0, 1, 0])}, "batch must be sorted"),
        ({"batch": torch.tensor([0, 0, 2])}, "molecule 1 has no atoms"),
        ({"z": torch.zeros(0, dtype=torch.long), "pos": torch.zeros(0, 3)}, "a molecule needs at least one atom"),
    ],
)
def test_bad_molecules(change, sentence):
    model = MolField(elements=[1, 8], **SMALL)
    given = {"z": torch.tensor([8, 1, 1]), "pos": torch.eye(3), "batch": None, **change}
    with pytest.raises(ValueError, match=sentence):
        model(**given)


def test_a_trunk_of_ones_own(tmp_path):
    class Trunk(torch.nn.Module):
        def __init__(self, width):
            super().__init__()
            self.width, self.vectors = width, 0
            self.embedding = torch.nn.Embedding(119, width)

        def forward(self, z, pos, batch):
            return self.embedding(z)

    model = MolField(trunk=Trunk(24), **{**SMALL, "heads": 3}).eval()
    z, pos = molecule("H2O", torch.float32)
    field = model(z, pos)
    assert field.tokens.shape[-1] == 24
    assert any(name.startswith("encoder.trunk.embedding") for name, _ in model.named_parameters())
    with pytest.raises(ValueError, match="a model with its own trunk or frames is not saved"):
        model.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="the trunk has no integer attribute 'width'"):
        MolField(trunk=torch.nn.Identity())


def test_a_trunk_by_name(tmp_path):
    model = MolField(trunk="clusters", **SMALL).eval()
    z, pos = molecule("R-CHFClBr", torch.float32)
    turn = torch.from_numpy(special_ortho_group.rvs(3, random_state=0)).float()
    torch.testing.assert_close(model(z, pos @ turn.T)(pos @ turn.T), model(z, pos)(pos), atol=1e-5, rtol=1e-5)
    again = MolField.from_pretrained(model.save_pretrained(tmp_path))
    assert torch.equal(again(z, pos)(pos), model(z, pos)(pos))
    with pytest.raises(ValueError, match="trunk 'cluster' is unknown; choose one of clusters, pairs"):
        MolField(trunk="cluster")


def test_learned_frames_in_place_of_the_closed_form_ones():
    torch.manual_seed(0)
    model = MolField(frames=LearnedFrame(width=4, vectors=2), **SMALL).eval()
    z, pos, batch = batch_of(NAMES)
    assert any(name.startswith("encoder.frames_of.share") for name, _ in model.named_parameters())
    points, owner = torch.randn(3 * len(NAMES), 3), torch.arange(len(NAMES)).repeat_interleave(3)
    turn = torch.from_numpy(special_ortho_group.rvs(3, random_state=0)).float()
    difference = model(z, pos, batch)(points, owner) - model(z, pos @ turn.T, batch)(points @ turn.T, owner)
    assert float(difference.detach().abs().max()) < 1e-4


def test_siren_and_several_channels():
    torch.manual_seed(0)
    model = MolField(("a", "b", "c"), "1", encoding="siren", **SMALL).eval()
    z, pos, batch = batch_of(NAMES)
    values = model(z, pos, batch)(torch.randn(5, 3), torch.arange(5))
    assert values.shape == (5, 3)
    assert model(z, pos, batch).units == "1"
