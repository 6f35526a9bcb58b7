"""Typical bond lengths (Å) from experiment, by SMARTS, where force fields do not know them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rdkit.Chem import Mol

Bond = tuple[int, int]

#: Bonds for which RDKit's MMFF94 has no parameters, or those of another bond. Its rule for unknown bonds gives every
#: one the length of a single bond. Values: CRC Handbook of Chemistry and Physics, "Structure of Free Molecules in the
#: Gas Phase". The bond is between the first two atoms of a pattern; the first pattern that fits counts.
SPECIAL = (
    ("[OX1]=[CX2]=[OX1]", 1.160), ("[OX1]=[CX2]=[SX1]", 1.156), ("[OX1]=[CX2]", 1.163), ("[OX1]=[CX1]", 1.128),
    ("[SX1]=[CX2]=[OX1]", 1.561), ("[SX1]=[CX2]=[SX1]", 1.553), ("[SX1]=[CX2]", 1.565),
    ("[NX2]=[CX2]", 1.205), ("[CX2]=[CX2]", 1.280), ("[CX2]-[CX2]", 1.380), ("[C-]#[O+]", 1.128), ("[C-]#[NX1]", 1.177),
    ("[F]-[CX2]", 1.275), ("[Cl]-[CX2]", 1.635), ("[Br]-[CX2]", 1.790), ("[I]-[CX2]", 1.990), ("[SiX4]-[CX2]", 1.830),
    ("[O-]-[CX2]#[NX1]", 1.220), ("[S-]-[CX2]#[NX1]", 1.650), ("[I]-C=O", 2.200), ("[Br]-C=O", 1.970),
    ("[NX1]#[NX1]", 1.098), ("[NX1-]=[NX2+]=[NX1-]", 1.180), ("[NX1-]=[NX2+]=[OX1]", 1.128),
    ("[OX1]=[NX2+]=[NX1-]", 1.184), ("[OX1-]-[NX2+]#[NX1]", 1.184), ("[NX1]#[NX2+]-[OX1-]", 1.128),
    ("[OX1]=[NX1]", 1.151), ("[OX1-]-[NX2+]=[OX1]", 1.193), ("[OX1]=[NX2+]-[OX1-]", 1.193),
    ("[OX1-]-[NX2;+0]=[OX1]", 1.240), ("[OX1]=[NX2;+0]-[OX1-]", 1.240), ("[OX1]=[NX2]-[F,Cl,Br]", 1.138),
    ("[F]-[NX2]=[OX1]", 1.512), ("[Cl]-[NX2]=[OX1]", 1.975), ("[Br]-[NX2]=[OX1]", 2.140), ("[OX2]-[NX2]=[OX1]", 1.420),
    ("[H]-[NX2]=[OX1]", 1.063), ("[F]-[NX2]=[NX2]", 1.384), ("[F]-[NX3+]=[OX1]", 1.467), ("[Cl]-[NX3+]=[OX1]", 1.840),
    ("[NX3+](=[OX1])([OX1-])-[NX3+](=[OX1])[OX1-]", 1.782), ("[NX3+](=[OX1])-[NX3+](=[OX1])", 1.782),
    ("[OX1]=[SX3](=[OX1])=[OX1]", 1.420), ("[OX1]=[SX2]", 1.440), ("[NX2]=[SX2]", 1.520), ("[SX1]=[SX2]", 1.884),
    ("[SX1]=[SX1]", 1.889), ("[OX1]=[SX1]", 1.481), ("[OX1]=[SX4]=[CX3]", 1.450), ("[N]=[PX4]", 1.570),
    ("[F]-[F]", 1.412), ("[OX1]=[OX1]", 1.208), ("[H]-[H]", 0.741), ("[OX1-]-[OX2+]=[OX1]", 1.272),
    ("[OX1]=[OX2+]-[OX1-]", 1.272),
)  # fmt: skip

#: bonds whose length in UFF is off by more than some percent; those of MMFF94 are as they should be
GENERAL = (
    ("[F]-[BX3]", 1.310), ("[F]-[BX4]", 1.390), ("[Cl]-[BX3]", 1.745), ("[Cl]-[BX4]", 1.850), ("[Br]-[BX3]", 1.893),
    ("[I]-[BX3]", 2.118), ("[O]-[BX3]", 1.365), ("[O]-[BX4]", 1.470), ("[N]-[BX3]", 1.410), ("[N]-[BX4]", 1.600),
    ("[S]-[BX3]", 1.805), ("c-[BX3]", 1.565), ("C-[BX3]", 1.578), ("[#6]-[BX4]", 1.620), ("[BX4]-[H]", 1.230),
    ("[BX3]-[BX3]", 1.720), ("[Si]-[BX3]", 2.040), ("[P]-[BX3]", 1.930), ("[P]-[BX4]", 1.930),
    ("[OX1]=[NX3+]", 1.225), ("[OX1-]-[NX3+]=[OX1]", 1.225), ("[OX1]=[SX3]", 1.480), ("[OX1]=[SX4]", 1.440),
    ("[OX2]-[SX4]", 1.590), ("[F]-[SX4]", 1.560), ("[F]-[S]", 1.590), ("[Cl]-[SX4]", 2.010), ("[S]-[S]", 2.040),
    ("[OX1]=[PX4]", 1.470), ("[OX1-]-[PX4]", 1.500), ("[OX2]-[P]", 1.600), ("[SX1]=[PX4]", 1.920),
    ("[F]-[P]", 1.570), ("[Cl]-[PX3]", 2.040), ("[Cl]-[PX4]", 2.000), ("[Br]-[P]", 2.220), ("[N]-[PX4]", 1.650),
    ("[F]-[Si]", 1.580), ("[Cl]-[Si]", 2.030), ("[O]-[Si]", 1.640), ("[C]-[Si]", 1.870), ("[Si]-[Si]", 2.330),
    ("[F]-[CX4]", 1.350), ("[OX1]=[CX3](-[OX1-])-[OX1-]", 1.290), ("[OX1-]-[CX3](=[OX1])-[OX1-]", 1.290),
    ("[OX1]=[CX3]-[OX1-]", 1.260), ("[OX1-]-[CX3]=[OX1]", 1.260), ("[OX1]=[CX3]-[O,N]", 1.215),
    ("[OX1]=[CX3]", 1.210), ("[SX1]=[CX3]", 1.640),
    ("[OX2]-[OX2]", 1.460), ("[H]-[SX2]", 1.340), ("[H]-[N]", 1.015),
    ("[F]-[Al]", 1.630), ("[Cl]-[Al]", 2.060), ("[C]-[Al]", 1.960),
)  # fmt: skip


def typical_lengths(mol: Mol, table: tuple[tuple[str, float], ...]) -> dict[Bond, float]:
    """The lengths that ``table`` gives bonds of ``mol``, by their two atoms, the lower number first."""
    found: dict[Bond, float] = {}
    for pattern, length in table:
        for match in mol.GetSubstructMatches(_query(pattern), uniquify=False):
            found.setdefault((min(match[:2]), max(match[:2])), length)
    return found


@cache
def _query(pattern: str) -> Mol:
    from rdkit import Chem

    return Chem.MolFromSmarts(pattern)
