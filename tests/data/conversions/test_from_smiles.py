import pytest
import torch
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

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


def test_smiles_that_cannot_be_embedded():
    with pytest.raises(ValueError, match=r"'C1#CCCCCCC1' cannot be embedded in space by RDKit \(seed 0\)"):
        from_smiles("C1#CCCCCCC1")


def bond_lengths(smiles: str) -> list[float]:
    data = from_smiles(smiles)
    first, second = data.edge_index[:, data.edge_index[0] < data.edge_index[1]]
    return (data.pos[first] - data.pos[second]).norm(dim=1).tolist()


# Å, of the gas: CRC Handbook of Chemistry and Physics
@pytest.mark.parametrize(
    ("smiles", "lengths"),
    [
        ("O=C=O", [1.160, 1.160]),
        ("N#N", [1.098]),
        ("S=C=S", [1.553, 1.553]),
        ("[N-]=[N+]=O", [1.128, 1.184]),
        ("O=S(=O)=O", [1.420] * 3),
        ("O=S=O", [1.431, 1.431]),
        ("O=C=S", [1.156, 1.561]),
        ("C#N", [1.156, 1.064]),
        ("C#C", [1.203, 1.060, 1.060]),
        ("N#CC#N", [1.163, 1.393, 1.163]),
        ("[N-]=[N+]=[N-]", [1.18, 1.18]),
        ("[C-]#N", [1.177]),
        ("FB(F)F", [1.313] * 3),
        ("FF", [1.412]),
        ("[H][H]", [0.741]),
        ("F[Si](F)(F)F", [1.554] * 4),
        ("FP(F)F", [1.570] * 3),
    ],
)
def test_small_molecules_by_force_fields(smiles, lengths):
    assert bond_lengths(smiles) == pytest.approx(lengths, abs=0.05)


@pytest.mark.parametrize(
    ("smiles", "lengths", "apart"),
    [
        ("F[P-](F)(F)(F)(F)F", [1.60] * 6, 2.2),
        ("FP(F)(F)(F)F", [1.534, 1.534, 1.534, 1.577, 1.577], 2.1),
        ("FS(F)(F)(F)(F)F", [1.561] * 6, 2.1),
        ("FS(F)(F)F", [1.545, 1.545, 1.646, 1.646], 2.1),
        ("[NH4+].F[P-](F)(F)(F)(F)F", [1.03] * 4 + [1.60] * 6, 1.6),
    ],
)
def test_more_than_four_bonds_and_lone_pairs(smiles, lengths, apart):
    pytest.importorskip("tblite")
    assert sorted(bond_lengths(smiles)) == pytest.approx(lengths, abs=0.08)  # of GFN2-xTB
    data = from_smiles(smiles)
    distance = torch.cdist(data.pos, data.pos) + 10 * torch.eye(len(data.z))
    distance[data.edge_index[0], data.edge_index[1]] = 10
    assert distance.min() > apart


def test_a_geometry_that_nothing_knows_is_refused():
    with pytest.raises(ValueError, match=r"'F\[Xe\]F' has no geometry that could be trusted: .* file with coordinates"):
        from_smiles("F[Xe]F")


def test_what_mmff_knows_is_as_rdkit_makes_it():
    mol = Chem.AddHs(Chem.MolFromSmiles("CC(=O)Nc1ccc(cc1)S(N)(=O)=O"))
    parameters = rdDistGeom.ETKDGv3()
    parameters.randomSeed = 5
    rdDistGeom.EmbedMolecule(mol, parameters)
    assert rdForceFieldHelpers.MMFFOptimizeMolecule(mol, maxIters=2000) == 0
    found = from_smiles("CC(=O)Nc1ccc(cc1)S(N)(=O)=O", seed=5, dtype=torch.float64).pos
    assert found.tolist() == mol.GetConformer().GetPositions().tolist()


def test_a_molecule_has_a_limit_of_time():
    with pytest.raises(ValueError, match=r"'C+…' takes more than 1 s; allow more \(max_seconds\), or give a file"):
        from_smiles("C" * 200, max_seconds=1)
    assert len(from_smiles("CCO", max_seconds=30).z) == 9
    with pytest.raises(ValueError, match="max_seconds must be positive"):
        from_smiles("C", max_seconds=0)


def test_negative_seed():
    with pytest.raises(ValueError, match="seed must not be negative"):
        from_smiles("C", seed=-1)
