import copy

import pytest
import torch

from torch_molfield.data import MolFieldData
from torch_molfield.fields import GaussianField, SignedDistanceField
from torch_molfield.surface import mesh_molecule
from torch_molfield.testing import molecule
from torch_molfield.transforms import CanonicalFrame, RandomTorsions, SampleField, SampleSurface

TRANSFORMS = [
    CanonicalFrame(),
    SampleField(GaussianField(), num_points=32, seed=1),
    SampleSurface(SignedDistanceField("ses"), num_points=32, seed=1),
    RandomTorsions(30),
]


def sample() -> MolFieldData:
    z, pos = molecule("R-CHFClBr")
    return MolFieldData(z=z, pos=pos.float() + 20)


@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda transform: type(transform).__name__)
def test_transforms_keep_full_precision(transform, half):
    torch.manual_seed(3)
    outside = transform(copy.copy(sample()))
    torch.manual_seed(3)
    with torch.autocast("cpu", half):
        inside = transform(copy.copy(sample()))
    for key in outside.keys():
        assert torch.equal(inside[key], outside[key]) and inside[key].dtype == outside[key].dtype, key


def test_the_way_back_from_the_canonical_frame():
    data, frame = sample(), CanonicalFrame()
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.allclose(frame.inverse(frame(data)).pos, data.pos, atol=1e-5)


def test_meshes_keep_full_precision():
    data, field = sample(), SignedDistanceField("ses")
    outside = mesh_molecule(field, data.z, data.pos, 0.4)
    with torch.autocast("cpu", torch.bfloat16):
        inside = mesh_molecule(field, data.z, data.pos, 0.4)
    assert inside.vertices.tolist() == outside.vertices.tolist()
