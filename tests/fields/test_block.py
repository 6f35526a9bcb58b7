import math

import pytest
import torch

from torch_molfield.data import from_pdb, from_smiles, residue_mask
from torch_molfield.fields import BlockField, GaussianField, PropertyField, complex_field


@pytest.fixture(scope="module")
def pair():
    data = from_smiles("CO.CN")
    return data.z, data.pos.double()


def test_every_block_sees_its_own_atoms(pair):
    z, pos = pair
    first = torch.arange(len(z)) < 3
    gaussian, charges = GaussianField(), PropertyField(("pauling",))
    field = BlockField([("a", gaussian, first), ("b", charges, ~first), ("none", charges, torch.zeros_like(first))])
    points = pos + 0.3
    values = field(points, z, pos)
    assert field.channels[0] == "a.H" and field.channels[-2:] == ("b.pauling", "none.pauling")
    torch.testing.assert_close(values[:, :9], gaussian(points, z[first], pos[first]))
    torch.testing.assert_close(values[:, 9:10], charges(points, z[~first], pos[~first]))
    assert not values[:, 10].any()


def test_gradients(pair):
    z, pos = pair
    field = complex_field(torch.arange(len(z)) < 2)
    points = (pos[:3] + 0.2).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, p: field(x, z, p), (points, pos.clone().requires_grad_()))


def test_the_papers_formula():
    z, pos = torch.tensor([8, 1]), torch.tensor([[0.0, 0.0, 0.0], [9.0, 0.0, 0.0]])
    values = complex_field(torch.tensor([True, False]))(torch.tensor([[0.5, 0.0, 0.0]]), z, pos)[0]
    # Wigner-Seitz density of O over that of C as the radius.
    assert float(values[2]) == pytest.approx(math.exp(-0.25 * (0.25 / (1.70 / 5.55) ** 2 - 1)))
    assert values[:2].tolist() == [0, 0]
    assert complex_field(torch.tensor([True, False])).channels[3:] == (
        "protein.H", "protein.C", "protein.wigner_seitz",
    )  # fmt: skip


def test_protease_and_ligand(data_dir):
    data = from_pdb(data_dir / "pdb" / "1hvr_hiv_protease_ligand.pdb")
    ligand = residue_mask(data, "XK2")
    field = complex_field(ligand)
    at = field(data.pos, data.z, data.pos)
    carbon = data.z == 6
    assert int(ligand.sum()) > 20
    assert bool((at[ligand & carbon, 1] > 1.2).all()) and bool((at[~ligand & carbon, 4] > 1.2).all())


def test_other_masks_other_text(pair):
    z, _ = pair
    one, two = (repr(complex_field(torch.arange(len(z)) < k)) for k in (2, 3))
    assert one != two and "GaussianField" in one


def test_bad_input(pair):
    z, pos = pair
    with pytest.raises(ValueError, match="some of the atoms"):
        complex_field(torch.zeros(3, dtype=torch.bool))
    with pytest.raises(ValueError, match="mask of shape"):
        complex_field(torch.tensor([True, False]))(pos, z, pos)
    with pytest.raises(ValueError, match="name of its own"):
        BlockField([("a", GaussianField(), z > 1), ("a", GaussianField(), z > 1)])
    both = torch.arange(2).repeat_interleave(len(z))
    with pytest.raises(ValueError, match="one molecule"):
        complex_field(both > 0)(pos, z.repeat(2), pos.repeat(2, 1), torch.zeros(len(pos)).long(), both)
