from ase.data import covalent_radii
from rdkit import Chem

from torch_molfield.embedding.bond_lengths import GENERAL, SPECIAL, typical_lengths


def test_the_first_pattern_counts():
    mol = Chem.MolFromSmiles("O=C=S")
    assert typical_lengths(mol, SPECIAL) == {(0, 1): 1.156, (1, 2): 1.561}
    assert typical_lengths(Chem.AddHs(Chem.MolFromSmiles("CCO")), SPECIAL) == {}


def test_every_pattern_is_a_bond_of_a_possible_length():
    for pattern, length in SPECIAL + GENERAL:
        query = Chem.MolFromSmarts(pattern)
        assert query.GetBondBetweenAtoms(0, 1) is not None, pattern
        radii = sum(covalent_radii[query.GetAtomWithIdx(k).GetAtomicNum()] for k in (0, 1))
        if "," not in pattern:
            assert 0.7 < length / radii < 1.32, pattern  # N–N of N2O4, Cl–N of ClNO are long
