import math

import pytest
import torch

from torch_molfield.data import from_pdb, from_smiles, residue_mask
from torch_molfield.fields import GaussianField, PropertyField, complex_field, named_field


@pytest.fixture(scope="module")
def pair():
    data = from_smiles("CO.CN")
    return data.z, data.pos.double()


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


def test_a_molecule_without_parts_has_plain_names(pair):
    z, pos = pair
    field = named_field(("pauling", "C", "others"), {"": torch.ones_like(z)})
    assert field.channels == ("C", "others", "pauling")
    values = field(pos + 0.3, z, pos)
    gaussian = GaussianField(channels=("C", "others"), relative=True)
    torch.testing.assert_close(values[:, :2], gaussian(pos + 0.3, z, pos))
    torch.testing.assert_close(values[:, 2:], PropertyField(("pauling",))(pos + 0.3, z, pos))


def test_hydrophobicity_is_the_proteins(pair):
    z, pos = pair
    ligand = torch.arange(len(z)) < 6
    scale = torch.linspace(-4.5, 4.5, len(z)).double()
    field = complex_field(ligand, elements=("C",), properties=("hydrophobicity",), hydrophobicity=scale)
    assert field.channels == ("ligand.C", "protein.C", "protein.hydrophobicity")
    alone = PropertyField("hydrophobicity", "amplitude", 0.25, hydrophobicity=scale[~ligand])
    torch.testing.assert_close(field(pos, z, pos)[:, 2:], alone(pos, z[~ligand], pos[~ligand]))


def test_bad_names(pair):
    everything = {"": torch.ones_like(pair[0])}
    for names, words in ((("colour",), "others, all"), ((), "give each once"), (("C", "C"), "give each once")):
        with pytest.raises(ValueError, match=words):
            named_field(names, everything)
    with pytest.raises(ValueError, match=r"hydrophobicity=\[N\]"):
        named_field(("hydrophobicity",), everything)
    with pytest.raises(ValueError, match="some of the atoms"):
        complex_field(torch.zeros(3, dtype=torch.bool))
