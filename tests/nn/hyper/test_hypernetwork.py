import pytest
import torch

from torch_molfield.nn import CanonicalINR, FunctionSpaceHyperNetwork
from torch_molfield.nn.hyper.hypernetwork import AtomKernels


def make(encoding="fourier", kernels=2, width=32):
    torch.manual_seed(0)
    inr = CanonicalINR(channels=1, hidden=16, depth=3, encoding=encoding, num_frequencies=24)
    return inr, FunctionSpaceHyperNetwork(inr, width, layers=2, heads=4, groups=4, kernels=kernels)


def some_atoms(inr, molecules=3, atoms=5, width=32):
    generator = torch.Generator().manual_seed(1)
    x = 3 * torch.rand(molecules, atoms, 3, generator=generator) - 1.5
    condition = torch.randn(molecules, atoms, width, generator=generator)
    return condition, torch.ones(molecules, atoms, dtype=torch.bool), inr.encode(x)


VARIANTS = [("fourier", 2), ("fourier", 0), ("siren", 2)]


@pytest.mark.parametrize(("encoding", "kernels"), VARIANTS)
def test_the_first_network_is_a_good_initialisation(encoding, kernels):
    inr, hyper = make(encoding, kernels)
    tokens, parameters = hyper(*some_atoms(inr))
    assert tokens.shape == (3, hyper.tokenizer.num_tokens, 32)
    for spec, base, value in zip(inr.specs, hyper.base, parameters, strict=True):
        assert value.shape == (3, *spec.shape)
        residual = value - base
        assert residual.abs().max() > 0, spec
        if spec.name == "weight" and spec.layer > 0:
            assert 0.1 < float((residual.std() / base.std()).detach()) < 0.6, spec
    values = inr(4 * torch.rand(3, 500, 3) - 2, parameters).detach()
    assert 0.1 < float(values.std()) < 10.0
    assert (values[0] - values[1]).abs().max() > 0.05


@pytest.mark.parametrize(("encoding", "kernels"), VARIANTS)
def test_no_parameter_is_dead(encoding, kernels):
    inr, hyper = make(encoding, kernels)
    _, parameters = hyper(*some_atoms(inr))
    inr(torch.randn(3, 50, 3), parameters).square().mean().backward()
    for name, parameter in hyper.named_parameters():
        assert parameter.grad is not None, name
        assert float(parameter.grad.abs().max()) > 0, name


@pytest.mark.parametrize(("encoding", "kernels"), VARIANTS)
def test_missing_atoms_and_order_of_atoms_have_no_effect(encoding, kernels):
    inr, hyper = make(encoding, kernels)
    condition, mask, encoded = some_atoms(inr)
    mask[1, 3:] = False
    noisy = condition.masked_fill(~mask[..., None], 50.0)
    order = torch.tensor([2, 0, 1, 4, 3])
    reference = hyper(condition, mask, encoded)[1]
    for other in (hyper(noisy, mask, encoded)[1], hyper(condition[:, order], mask[:, order], encoded[:, order])[1]):
        for a, b in zip(reference, other, strict=True):
            torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_the_structure_factor_knows_no_place():
    """Atoms and points moved together leave the first pre-activations as they are; points alone do not."""
    inr, _ = make()
    kernels = AtomKernels(inr.double(), 32, groups=4, kernels=3).double()
    with torch.no_grad():
        kernels.amplitude.uniform_(-1, 1)
    atoms, points = torch.randn(2, 5, 3, dtype=torch.float64), torch.randn(2, 40, 3, dtype=torch.float64)
    tokens, condition = torch.randn(2, 13, 32).double(), torch.randn(2, 5, 32).double()
    shift = torch.tensor([0.7, -1.3, 2.1], dtype=torch.float64)

    def before(atoms, points):
        return inr.encode(points) @ kernels(tokens, condition, None, inr.encode(atoms)).mT

    torch.testing.assert_close(before(atoms + shift, points + shift), before(atoms, points))
    assert (before(atoms, points + shift) - before(atoms, points)).abs().max() > 0.01


def test_the_structure_factor_is_a_sum_of_kernels_on_the_atoms():
    """One atom: neuron h is C_h κ(x − x_1) with κ the transform of the amplitudes."""
    inr, _ = make()
    kernels = AtomKernels(inr, 32, groups=4, kernels=1)
    atom, points = torch.tensor([[[0.3, -0.2, 0.5]]]), torch.randn(1, 30, 3)
    weight = kernels(torch.randn(1, 13, 32), torch.randn(1, 1, 32), None, inr.encode(atom))
    values = (inr.encode(points) @ weight.mT).detach()[0]
    kappa = (torch.cos((points - atom)[0] @ inr.frequencies.T) @ kernels.amplitude[0]).detach()
    scale = values[0] / kappa[0]
    torch.testing.assert_close(values, kappa[:, None] * scale, atol=1e-4, rtol=1e-3)
