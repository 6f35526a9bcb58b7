import pytest
import torch

from torch_molfield.data import MolFieldData
from torch_molfield.encode.encoders import ENCODERS, Encoder, FeatureEncoder, TokenEncoder, end_to_end
from torch_molfield.models import MODELS, EnergyMolField, MolField, QuantumDeepField
from torch_molfield.testing import molecule, random_rotations

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 12, "width": 8, "vectors": 2, "heads": 2}


def data(name):
    z, pos = molecule(name, torch.float32)
    return MolFieldData(z=z, pos=pos)


def test_arrays_have_the_shapes_that_are_told_and_no_pose():
    encoder = TokenEncoder(MolField(elements=[1, 6, 8], **SMALL).eval(), keep_tokens=True)
    water, methane = data("H2O"), data("CH4")
    turned = MolFieldData(z=water.z, pos=water.pos @ random_rotations(1, seed=4)[0].float().T)
    with torch.no_grad():
        found = encoder.encode([water, methane, turned])
    assert {name: tuple(rows.shape[1:]) for name, rows in found.items()} == dict(encoder.shapes)
    torch.testing.assert_close(found["tokens"][0], found["tokens"][2], atol=1e-5, rtol=1e-5)
    assert not torch.allclose(found["pooled"][0], found["pooled"][1])


def test_problems_are_those_of_the_molecule_alone():
    encoder = TokenEncoder(MolField(elements=[1, 8], **SMALL))
    assert encoder.problem(data("H2O")) == ""
    assert "not trained on C (6), but on H, O" in encoder.problem(data("CH4"))


def test_end_to_end():
    z, pos, batch = end_to_end([data("H2O"), data("CH4")])
    assert z.tolist() == [8, 1, 1, 6, 1, 1, 1, 1]
    assert pos.shape == (8, 3)
    assert batch.tolist() == [0] * 3 + [1] * 5


@pytest.mark.parametrize("mode", ["energies", "faithful", "quadrature"])
def test_values_are_linear_in_the_features(mode):
    """Over the same atoms, so that references and numbers of atoms are the same."""
    torch.manual_seed(0)
    if mode == "energies":
        model = EnergyMolField(width=3, vectors=2, layers=1)
        torch.nn.init.normal_(model.head[-1].weight)
    else:
        model = QuantumDeepField(mode, width=3, layers=1)
        torch.nn.init.normal_(model.functional.out.weight)
    model = model.double().eval()
    z, pos = molecule("H2O")
    frames = [MolFieldData(z=z, pos=pos + 0.1 * torch.randn(3, 3, dtype=pos.dtype)) for _ in range(12)]
    encoder = FeatureEncoder(model)
    with torch.no_grad():
        features = encoder.encode(frames)["pooled"]
        values = model.predict(*end_to_end(frames))["energy" if mode == "energies" else "atomization"]
        alone = encoder.encode(frames[4:5])["pooled"]
    assert features.shape == (12, 3) and encoder.shapes == {"pooled": (3,)}
    torch.testing.assert_close(features[4:5], alone)
    columns = torch.cat([features, torch.ones_like(features[:, :1])], dim=1)
    solution = torch.linalg.lstsq(columns, values[:, None], driver="gelsd").solution
    assert float((columns @ solution - values[:, None]).abs().max()) < 1e-6 * float(values.std())


def test_every_model_that_encode_takes_has_an_encoder():
    shown = {name for name in MODELS if "encode" in MODELS.get(name).commands}
    assert {"MolField", "PropertyMolField", "EnergyMolField", "QuantumDeepField", "GridNeuralField"} <= shown
    for name in shown:
        assert any(cls.__name__ in ENCODERS for cls in MODELS.get(name).__mro__), name
    for name in ENCODERS:
        assert issubclass(ENCODERS.get(name), Encoder)
