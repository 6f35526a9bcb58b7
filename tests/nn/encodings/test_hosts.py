import importlib

import pytest
import torch
from torch_geometric.nn import SchNet

from torch_molfield.nn.encodings.hosts import HOSTS, host_of


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_the_classes_are_there(host):
    """A package that renames its class or moves it must be noticed."""
    path, name = host.kind.rsplit(".", 1)
    pytest.importorskip(path.split(".")[0], exc_type=ImportError)
    assert issubclass(getattr(importlib.import_module(path), name), torch.nn.Module)


def test_known_and_unknown():
    assert host_of(SchNet()).name == "PyG's SchNet"
    assert host_of(torch.nn.Linear(1, 1)) is None
