import torch

from torch_molfield.models import MolField
from torch_molfield.training.engine.optimizers import FREQUENCY_SHARE, HEAD_WIDTH, make_optimizer

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}


def test_every_trained_parameter_is_in_one_group_and_vectors_do_not_decay():
    model = MolField(**SMALL)
    model.encoder.inr.frequencies.requires_grad_(False)
    groups = make_optimizer(model, 1e-3).param_groups
    held = [id(p) for group in groups for p in group["params"]]
    assert sorted(held) == sorted(id(p) for p in model.parameters() if p.requires_grad)
    for group in groups:
        if group["weight_decay"] > 0:
            assert all(p.dim() > 1 for p in group["params"])
    assert any(group["weight_decay"] > 0 for group in groups)


def test_heads_learn_slower_and_frequencies_faster():
    model = MolField(**{**SMALL, "width": 40})
    groups = make_optimizer(model, 1e-3).param_groups
    rates = {id(p): group["lr"] for group in groups for p in group["params"]}
    assert {rates[id(p)] for p in model.encoder.hyper.heads.parameters()} == {1e-3 * HEAD_WIDTH / 40}
    assert rates[id(model.encoder.inr.frequencies)] == 1e-3 * FREQUENCY_SHARE
    assert rates[id(model.encoder.hyper.start)] == 1e-3
    assert all(group["lr"] == 1e-3 * group["share"] for group in groups)


def test_a_step_goes_down():
    torch.manual_seed(0)
    model = MolField(**SMALL).eval()
    optimizer = make_optimizer(model, 1e-3)
    z, pos = torch.tensor([8, 1, 1]), torch.tensor([[0.0, 0, 0], [0.76, 0.59, 0], [-0.76, 0.59, 0]])
    losses = []
    for _ in range(8):
        loss = (model(z, pos)(pos + 0.5) - 1.0).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]
