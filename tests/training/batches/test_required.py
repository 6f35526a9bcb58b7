import pytest
import torch
from torch_geometric.data import Data

from torch_molfield.training.batches.required import require


def test_what_is_missing_and_what_makes_it():
    batch = Data(points=torch.zeros(1, 3))
    require(batch, points="SampleField")
    with pytest.raises(ValueError, match=r"the batch has no 'points_batch', which a DataLoader makes\."):
        require(batch, points="SampleField", points_batch="a DataLoader")
