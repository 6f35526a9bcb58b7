import torch

from torch_molfield.data import MolFieldData
from torch_molfield.encode.encoders import TokenEncoder, end_to_end, problem_with
from torch_molfield.models import MolField
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

    def refuse(z, pos, batch):
        raise ValueError("z: molecule 0 of the batch is odd.")

    assert problem_with(refuse, data("H2O")) == "z: the molecule is odd."


def test_end_to_end():
    z, pos, batch = end_to_end([data("H2O"), data("CH4")])
    assert z.tolist() == [8, 1, 1, 6, 1, 1, 1, 1]
    assert pos.shape == (8, 3)
    assert batch.tolist() == [0] * 3 + [1] * 5
