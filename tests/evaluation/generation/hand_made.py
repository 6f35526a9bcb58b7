"""Molecules whose bonds are known, written down by hand."""

import numpy as np
import torch
from rdkit import Chem
from torch_geometric.data import Data

from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.evaluation.generation.graph import Graph

#: half an edge of the cube whose corners the hydrogens of methane are at: 1.09 Å from the centre
H = 1.09 / 3**0.5


def data(symbols, pos):
    z = torch.tensor([SYMBOLS.index(symbol) + 1 for symbol in symbols], dtype=torch.long)
    return Data(z=z, pos=torch.tensor(pos, dtype=torch.float64).reshape(-1, 3))


def pair(one, other, distance):
    return data([one, other], [[0, 0, 0], [distance, 0, 0]])


def methane(shift=0.0):
    corners = [[H, H, H], [H, -H, -H], [-H, H, -H], [-H, -H, H]]
    return data("CHHHH", np.array([[0, 0, 0], *corners]) + [shift, 0, 0])


def water(shift=0.0, length=0.96, angle=104.5):
    turned = np.radians(angle)
    pos = [[0, 0, 0], [length, 0, 0], [length * np.cos(turned), length * np.sin(turned), 0]]
    return data("OHH", np.array(pos) + [shift, 0, 0])


def methyl():
    """Methane without a hydrogen: C is not stable, and RDKit's sanitisation accepts it."""
    whole = methane()
    return Data(z=whole.z[:-1], pos=whole.pos[:-1])


def fluorine_between():
    """F-F-F: the middle one has two bonds, which no sanitisation accepts."""
    return data("FFF", [[0, 0, 0], [1.4, 0, 0], [2.8, 0, 0]])


def both(one, other):
    return Data(z=torch.cat([one.z, other.z]), pos=torch.cat([one.pos, other.pos]))


def peroxide(torsion, length=0.97):
    """H-O-O-H with right angles."""
    turned = np.radians(torsion)
    end = [1.45, length * np.cos(turned), length * np.sin(turned)]
    return data("HOOH", [[0, length, 0], [0, 0, 0], [1.45, 0, 0], end])


def graph(smiles):
    """Of a SMILES, as protocols give it: not sanitised, without aromatic bonds; all atoms at one place."""
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    Chem.Kekulize(mol, clearAromaticFlags=True)
    mol.AddConformer(Chem.Conformer(mol.GetNumAtoms()))
    return Graph(mol)
