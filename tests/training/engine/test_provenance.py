import torch
from torch import nn
from torch_geometric.data import Data

from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.training.engine.provenance import fingerprint


def test_what_is_equal_has_one_fingerprint(molecules):
    again = [Data(z=m.z.clone(), pos=m.pos.clone()) for m in molecules]
    assert fingerprint(molecules) == fingerprint(again)
    assert fingerprint(PackedMolecules(molecules)) == fingerprint(PackedMolecules(again))
    again[3].pos[0, 0] += 1e-3
    assert fingerprint(molecules) != fingerprint(again)
    assert fingerprint(molecules) != fingerprint(molecules[:-1])
    torch.manual_seed(0)
    model = nn.Linear(2, 2)
    values = [model, nn.Linear(2, 2), None, {"a": 1}, {"a": True}, "a", torch.tensor(1.0).bfloat16()]
    assert len({fingerprint(value) for value in values}) == len(values)
