"""Numbers of the elements: ASE's, and those that ASE does not have, with their sources; read them through
:mod:`torch_molfield.data.elements`."""

from __future__ import annotations

import math
from collections.abc import Iterable

import ase.data

#: symbols of the elements 1 to 118, in order
SYMBOLS: tuple[str, ...] = tuple(ase.data.chemical_symbols[1:])


def _by_symbol(values: Iterable[float]) -> dict[str, float]:
    """The known numbers of one of ASE's tables, whose row 0 is not an element."""
    pairs = zip(SYMBOLS, list(values)[1:], strict=False)  # the radii end at Lr
    return {symbol: float(value) for symbol, value in pairs if math.isfinite(value)}


#: van der Waals radii, Å: Bondi 1964, others Mantina et al. 2009
VDW_RADII = _by_symbol(ase.data.vdw_radii)

#: standard atomic weights, u (IUPAC 2016; an isotope where there is none)
MASSES = _by_symbol(ase.data.atomic_masses)

# fmt: off
#: electronegativity, Pauling scale (CRC Handbook of Chemistry and Physics)
PAULING = {
    "H": 2.2, "Li": 0.98, "Be": 1.57, "B": 2.04, "C": 2.55, "N": 3.04, "O": 3.44, "F": 3.98, "Na": 0.93, "Mg":
    1.31, "Al": 1.61, "Si": 1.9, "P": 2.19, "S": 2.58, "Cl": 3.16, "K": 0.82, "Ca": 1.0, "Sc": 1.36, "Ti": 1.54,
    "V": 1.63, "Cr": 1.66, "Mn": 1.55, "Fe": 1.83, "Co": 1.88, "Ni": 1.91, "Cu": 1.9, "Zn": 1.65, "Ga": 1.81,
    "Ge": 2.01, "As": 2.18, "Se": 2.55, "Br": 2.96, "Rb": 0.82, "Sr": 0.95, "Y": 1.22, "Zr": 1.33, "Nb": 1.6,
    "Mo": 2.16, "Tc": 2.1, "Ru": 2.2, "Rh": 2.28, "Pd": 2.2, "Ag": 1.93, "Cd": 1.69, "In": 1.78, "Sn": 1.96,
    "Sb": 2.05, "Te": 2.1, "I": 2.66, "Xe": 2.6, "Cs": 0.79, "Ba": 0.89, "La": 1.1, "Ce": 1.12, "Pr": 1.13,
    "Nd": 1.14, "Sm": 1.17, "Gd": 1.2, "Dy": 1.22, "Ho": 1.23, "Er": 1.24, "Tm": 1.25, "Lu": 1.0, "Hf": 1.3,
    "Ta": 1.5, "W": 1.7, "Re": 1.9, "Os": 2.2, "Ir": 2.2, "Pt": 2.2, "Au": 2.4, "Hg": 1.9, "Tl": 1.8, "Pb": 1.8,
    "Bi": 1.9, "Po": 2.0, "At": 2.2, "Fr": 0.7, "Ra": 0.9, "Ac": 1.1, "Th": 1.3, "Pa": 1.5, "U": 1.7, "Np": 1.3,
    "Pu": 1.3,
}

#: electronegativity, Allen scale, eV: configuration energies (Mann, Meek, Allen 2000, JACS 122, 2780 and 5132)
ALLEN = {
    "H": 13.61, "He": 24.59, "Li": 5.392, "Be": 9.323, "B": 12.13, "C": 15.05, "N": 18.13, "O": 21.36, "F":
    24.8, "Ne": 28.31, "Na": 5.14, "Mg": 7.646, "Al": 9.539, "Si": 11.33, "P": 13.33, "S": 15.31, "Cl": 16.97,
    "Ar": 19.17, "K": 4.34, "Ca": 6.113, "Sc": 7.042, "Ti": 8.17, "V": 9.063, "Cr": 9.77, "Mn": 10.34, "Fe":
    10.64, "Co": 10.86, "Ni": 11.13, "Cu": 10.96, "Zn": 9.395, "Ga": 10.39, "Ge": 11.8, "As": 13.08, "Se":
    14.34, "Br": 15.88, "Kr": 17.54, "Rb": 4.177, "Sr": 5.695, "Y": 6.631, "Zr": 7.808, "Nb": 8.34, "Mo": 8.71,
    "Tc": 8.94, "Ru": 9.1, "Rh": 9.259, "Pd": 9.402, "Ag": 11.05, "Cd": 8.995, "In": 9.793, "Sn": 10.79, "Sb":
    11.74, "Te": 12.76, "I": 13.95, "Xe": 15.27, "Cs": 3.898, "Ba": 5.211, "Lu": 6.455, "Hf": 6.83, "Ta": 7.93,
    "W": 8.67, "Re": 9.46, "Os": 9.78, "Ir": 9.96, "Pt": 10.16, "Au": 11.33, "Hg": 10.44, "Pb": 10.97, "Bi":
    11.9, "Po": 13.0, "At": 14.1, "Rn": 15.4,
}

#: electronegativity, Mulliken scale (I + A) / 2, eV (Pearson 1988, Inorg. Chem. 27, 734); main groups
MULLIKEN = {
    "H": 7.18, "Li": 3.01, "Be": 4.9, "B": 4.29, "C": 6.27, "N": 7.3, "O": 7.54, "F": 10.41, "Na": 2.85, "Al":
    3.23, "Si": 4.77, "P": 5.62, "S": 6.22, "Cl": 8.3, "K": 2.42, "Ga": 3.2, "Ge": 4.6, "As": 5.3, "Se": 5.89,
    "Br": 7.59, "I": 6.76,
}

#: electronegativity, Miedema scale, V (de Boer et al. 1988, Cohesion in Metals); has no O, F, S nor halogens
MIEDEMA = {
    "H": 5.2, "Li": 2.85, "Be": 5.05, "B": 5.3, "C": 6.24, "N": 6.86, "Na": 2.7, "Mg": 3.45, "Al": 4.2, "Si":
    4.7, "P": 5.55, "K": 2.25, "Ca": 2.55, "Sc": 3.25, "Ti": 3.8, "V": 4.25, "Cr": 4.65, "Mn": 4.45, "Fe": 4.93,
    "Co": 5.1, "Ni": 5.2, "Cu": 4.45, "Zn": 4.1, "Ga": 4.1, "Ge": 4.55, "As": 4.8, "Rb": 2.1, "Sr": 2.4, "Y":
    3.2, "Zr": 3.45, "Nb": 4.05, "Mo": 4.65, "Tc": 5.3, "Ru": 5.4, "Rh": 5.4, "Pd": 5.45, "Ag": 4.35, "Cd":
    4.05, "In": 3.9, "Sn": 4.15, "Sb": 4.4, "Cs": 1.95, "Ba": 2.32, "La": 3.17, "Ce": 3.18, "Pr": 3.19, "Nd":
    3.19, "Pm": 3.19, "Sm": 3.2, "Eu": 3.2, "Gd": 3.2, "Tb": 3.21, "Dy": 3.21, "Ho": 3.22, "Er": 3.22, "Tm":
    3.22, "Yb": 3.22, "Lu": 3.22, "Hf": 3.6, "Ta": 4.05, "W": 4.8, "Re": 5.2, "Os": 5.4, "Ir": 5.55, "Pt": 5.65,
    "Au": 5.15, "Hg": 4.2, "Tl": 3.9, "Pb": 4.1, "Bi": 4.15, "Th": 3.3, "U": 3.9, "Pu": 3.8,
}

#: electron density at the Wigner-Seitz cell boundary as MiNF uses it (Lhotka and Probst 2025, arXiv 2502.10848)
WIGNER_SEITZ = {
    "H": 3.38, "C": 5.55, "N": 4.49, "O": 1.7, "F": 1.44, "P": 4.49, "S": 1.31, "Cl": 1.17, "Br": 1.11, "I":
    1.03,
}

#: static dipole polarizability of the neutral atom, bohr^3 (Schwerdtfeger and Nagle 2019, Mol. Phys. 117, 1200)
POLARIZABILITY = {
    "H": 4.50711, "He": 1.38375, "Li": 164.113, "Be": 37.74, "B": 20.5, "C": 11.3, "N": 7.4, "O": 5.3, "F":
    3.74, "Ne": 2.6611, "Na": 162.7, "Mg": 71.2, "Al": 57.8, "Si": 37.3, "P": 25.0, "S": 19.4, "Cl": 14.6, "Ar":
    11.083, "K": 289.7, "Ca": 160.8, "Sc": 97.0, "Ti": 87.0, "V": 87.0, "Cr": 83.0, "Mn": 68.0, "Fe": 62.0,
    "Co": 55.0, "Ni": 49.0, "Cu": 46.5, "Zn": 38.67, "Ga": 50.0, "Ge": 40.0, "As": 30.0, "Se": 28.9, "Br": 21.0,
    "Kr": 16.78, "Rb": 319.8, "Sr": 197.2, "Y": 162.0, "Zr": 112.0, "Nb": 98.0, "Mo": 87.0, "Tc": 79.0, "Ru":
    72.0, "Rh": 66.0, "Pd": 26.14, "Ag": 55.0, "Cd": 46.0, "In": 65.0, "Sn": 53.0, "Sb": 43.0, "Te": 38.0, "I":
    32.9, "Xe": 27.32, "Cs": 400.9, "Ba": 272.0, "La": 215.0, "Ce": 205.0, "Pr": 216.0, "Nd": 208.0, "Pm":
    200.0, "Sm": 192.0, "Eu": 184.0, "Gd": 158.0, "Tb": 170.0, "Dy": 163.0, "Ho": 165.0, "Er": 150.0, "Tm":
    144.0, "Yb": 139.0, "Lu": 137.0, "Hf": 103.0, "Ta": 74.0, "W": 68.0, "Re": 62.0, "Os": 57.0, "Ir": 54.0,
    "Pt": 48.0, "Au": 36.0, "Hg": 33.91, "Tl": 50.0, "Pb": 47.0, "Bi": 48.0, "Po": 44.0, "At": 42.0, "Rn": 35.0,
    "Fr": 317.8, "Ra": 246.0, "Ac": 203.0, "Th": 217.0, "Pa": 154.0, "U": 129.0, "Np": 151.0, "Pu": 132.0, "Am":
    131.0, "Cm": 144.0, "Bk": 125.0, "Cf": 122.0, "Es": 118.0, "Fm": 113.0, "Md": 109.0, "No": 110.0, "Lr":
    320.0, "Rf": 112.0, "Db": 42.0, "Sg": 40.0, "Bh": 38.0, "Hs": 36.0, "Mt": 34.0, "Ds": 32.0, "Rg": 32.0,
    "Cn": 28.0, "Nh": 29.0, "Fl": 31.0, "Mc": 71.0, "Lv": 67.0, "Ts": 76.0, "Og": 58.0,
}
