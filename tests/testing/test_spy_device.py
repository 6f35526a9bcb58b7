import pytest
import torch
from torch import nn

from torch_molfield.testing.spy_device import spy_device


def test_computes_as_the_cpu_does():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 8), nn.LayerNorm(8), nn.SiLU(), nn.Linear(8, 1))
    x = torch.randn(5, 3)
    expected = model(x)
    (slope,) = torch.autograd.grad(expected.sum(), model[0].weight)
    with spy_device() as device:
        model.to(device)
        y = x.to(device).requires_grad_()
        found = model(y)
        (other,) = torch.autograd.grad(found.sum(), model[0].weight)
        assert {found.device.type, other.device.type, next(model.parameters()).device.type} == {device.type}
        torch.testing.assert_close(found.detach().cpu(), expected.detach())
        torch.testing.assert_close(other.cpu(), slope)


@pytest.mark.parametrize(
    "mix",
    [
        lambda here, there: here + there,
        lambda here, there: torch.cat([there, here]),
        lambda here, there: torch.where(there > 0, here, there),
        lambda here, there: here[(there > 0)],
        lambda here, there: here * there.sum(),
        lambda here, there: there.index_add(0, torch.zeros(4, dtype=torch.long), there),
        lambda here, there: there.numpy(),
    ],
)
def test_tensors_of_both_devices_are_refused(mix):
    with spy_device() as device, pytest.raises(RuntimeError):
        mix(torch.ones(4), torch.ones(4).to(device))


def test_what_a_gpu_allows_is_allowed():
    with spy_device() as device:
        there = torch.arange(4.0, device=device)
        assert there[torch.tensor([2, 1])].tolist() == [2.0, 1.0]
        assert there[[3, 0]].tolist() == [3.0, 0.0]
        assert there[None][:, [1]].tolist() == [[1.0]]
        assert (there * torch.tensor(2.0)).cpu().tolist() == [0.0, 2.0, 4.0, 6.0]
        there[1:].mul_(2)
        there[0] = 5.0
        assert there.tolist() == [5.0, 2.0, 4.0, 6.0]
        here = torch.zeros(4)
        here.copy_(there)
        assert here.tolist() == [5.0, 2.0, 4.0, 6.0]
        made = [torch.tensor([1, 2], device=device), there.new_tensor([3.0]), torch.as_tensor([4.0], device=device)]
        assert [each.device.type for each in made] == [device.type] * 3
        assert [each.tolist() for each in made] == [[1, 2], [3.0], [4.0]]
        assert float(there.max()) == 6.0


def test_nothing_goes_on_outside():
    with spy_device() as device:
        there = torch.ones(2, device=device)
    with pytest.raises(RuntimeError, match=r"outside of spy_device"):
        there + there
