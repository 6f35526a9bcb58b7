import pytest
import torch

from torch_molfield.data import from_smiles


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_ethanol_has_sane_bonds(dtype):
    data = from_smiles("CCO", dtype=dtype)
    assert data.pos.dtype == dtype
    assert data.z.bincount()[[1, 6, 8]].tolist() == [6, 2, 1]
    first, second = data.edge_index[:, (data.z[data.edge_index] > 1).all(0)]
    lengths = (data.pos[first] - data.pos[second]).norm(dim=1)
    assert (first.tolist(), second.tolist()) == ([0, 1, 1, 2], [1, 0, 2, 1])
    assert lengths[[0, 2]].tolist() == pytest.approx([1.51, 1.42], abs=0.03)  # C-C, C-O of MMFF94
    assert data.smiles == "CCO"


def test_seeds():
    first, again, other = (from_smiles("CCCCO", seed=seed).pos for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.allclose(first, other, atol=1e-2)


def test_enantiomers_are_mirror_images():
    def handedness(smiles: str) -> float:
        data = from_smiles(smiles)
        carbon = data.pos[data.z == 6][0]
        arms = torch.stack([data.pos[data.z == number][0] - carbon for number in (9, 17, 35)])
        return torch.linalg.det(arms).item()

    left, right = handedness("F[C@H](Cl)Br"), handedness("F[C@@H](Cl)Br")
    assert left * right < 0
    assert abs(left) == pytest.approx(abs(right), rel=0.05)


def test_optimisation_can_be_left_out():
    assert not torch.allclose(from_smiles("CCO").pos, from_smiles("CCO", optimize=False).pos, atol=1e-3)


@pytest.mark.parametrize("smiles", ["[H][H]", "[He]", "OB(O)O", "[Fe]", "O=C=O"])
def test_small_and_odd_molecules(smiles):
    data = from_smiles(smiles)
    assert data.z.shape[0] == data.pos.shape[0] > 0


@pytest.mark.parametrize("smiles", ["O.O", "[Na+].[Cl-]", "C.[Na+].O"])
def test_fragments_lie_side_by_side(smiles):
    data = from_smiles(smiles)
    distance = torch.cdist(data.pos, data.pos) + 10 * torch.eye(len(data.z))
    bonded = torch.zeros_like(distance, dtype=torch.bool)
    bonded[data.edge_index[0], data.edge_index[1]] = True
    geminal = distance < 1.9  # the two hydrogens of a methane or water
    assert 2.9 < distance[~(bonded | bonded.T | geminal)].min() < 3.5


@pytest.mark.parametrize(
    ("smiles", "sentence"),
    [
        ("C(", r"RDKit refuses the SMILES 'C\('"),
        ("CN(C)(C)(C)C", "RDKit refuses the SMILES"),
        ("not a molecule", "RDKit refuses the SMILES"),
        ("", "non-empty string"),
        (None, "non-empty string"),
        ("C*", "wildcard atom"),
        ("[C@]12(F)[C@@](Cl)(C1)(C2)", "RDKit"),
    ],
)
def test_bad_smiles(smiles, sentence):
    with pytest.raises(ValueError, match=sentence):
        from_smiles(smiles)


def test_smiles_that_cannot_be_embedded(monkeypatch):
    from rdkit.Chem import rdDistGeom

    monkeypatch.setattr(rdDistGeom, "EmbedMolecule", lambda *_: -1)
    with pytest.raises(ValueError, match="RDKit cannot embed 'CCO'"):
        from_smiles("CCO")


def test_negative_seed():
    with pytest.raises(ValueError, match="seed must not be negative"):
        from_smiles("C", seed=-1)
