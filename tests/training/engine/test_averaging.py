import torch
from torch import nn

from torch_molfield.training.engine.averaging import average_of


def test_the_average_follows_and_forgets_its_beginning():
    model = nn.Linear(1, 2, bias=False)
    nn.init.zeros_(model.weight)
    averaged = average_of(model)
    assert not any(p.requires_grad for p in averaged.parameters())
    nn.init.ones_(model.weight)
    for _ in range(2000):
        averaged.update_parameters(model)
    assert float((1 - averaged.module.weight).max()) < 1e-3
    moved = averaged.module.weight.clone()
    averaged.n_averaged.fill_(1_000_000)
    nn.init.zeros_(model.weight)
    averaged.update_parameters(model)
    torch.testing.assert_close(averaged.module.weight, 0.999 * moved)
