import pytest
import torch

from torch_molfield.models import FittedSurface


def test_a_shifted_network_is_the_same_function_elsewhere():
    torch.manual_seed(0)
    here = FittedSurface(hidden=16, depth=2)
    there = FittedSurface(hidden=16, depth=2, center=(1.0, -2.0, 3.0))
    there.load_state_dict(here.state_dict())
    points = torch.randn(7, 3)
    values = here(points)
    assert values.shape == (7,)
    torch.testing.assert_close(there(points + torch.tensor([1.0, -2.0, 3.0])), values, atol=1e-4, rtol=0)


def test_saved_and_loaded(tmp_path):
    network = FittedSurface(hidden=16, depth=2, center=(0.5, 0.0, 0.0))
    again = FittedSurface.from_pretrained(network.save_pretrained(tmp_path / "fit"))
    points = torch.randn(5, 3)
    assert torch.equal(network(points), again(points))
    with pytest.raises(FileNotFoundError):
        FittedSurface.from_pretrained(tmp_path / "nothing")
