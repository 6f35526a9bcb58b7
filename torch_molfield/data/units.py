"""Units of other sources, and the factors to the units of this package."""

from __future__ import annotations

# CODATA 2018
HARTREE, BOHR, DEBYE = 27.211386245988, 0.529177210903, 0.2081943
#: e²/4πε₀, eV Å
COULOMB = HARTREE * BOHR
#: eV in one kcal/mol
KCAL_PER_MOL = 0.0433641153087705
#: unit elsewhere -> (factor, unit here)
UNITS = {
    "GHz": (1.0, "GHz"),
    "D": (DEBYE, "e Å"),
    "bohr^3": (BOHR**3, "Å^3"),
    "bohr^2": (BOHR**2, "Å^2"),
    "Ha": (HARTREE, "eV"),
    "eV": (1.0, "eV"),
    "kcal/mol": (KCAL_PER_MOL, "eV"),
    "cal/mol/K": (4.33641153087705e-5, "eV/K"),
}
