"""MiNF's vector-valued fields: channels by element and by property, of a molecule or of the parts of a complex."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.data.elements import PROPERTIES
from torch_molfield.fields.base import Field
from torch_molfield.fields.block import BlockField
from torch_molfield.fields.channels import ALL, OTHERS
from torch_molfield.fields.gaussian import GaussianField
from torch_molfield.fields.property import HYDROPHOBICITY, PropertyField

#: the part of a complex that a hydrophobicity of residues is for
PROTEIN = "protein"


def named_field(
    channels: Sequence[str],
    parts: Mapping[str, Tensor],
    beta: float = 0.75,
    hydrophobicity: Tensor | None = None,
) -> BlockField:
    """Return a field whose channels are given by name, as in MiNF (Lhotka and Probst 2025).

    Each part has first the channels of the elements, then those of the properties. Radii and properties are relative to
    carbon's, as in the paper's code.

    Args:
        channels: elements, ``"others"`` or ``"all"`` (each a channel of Gaussians, :class:`GaussianField`), properties
            of :class:`PropertyField` in mode ``"radius"``, and ``"hydrophobicity"`` (in mode ``"amplitude"``).
        parts: name of each part -> mask ``[N]`` of its atoms. A channel is called ``part.channel``, or ``channel`` if
            the name of the part is ``""``.
        beta: scaling factor β; the paper uses 0.75 for molecules and 0.25 for complexes.
        hydrophobicity: ``[N]``; in a complex only the protein has this channel.

    Raises:
        ValueError: for a channel that is none of these or named twice, and for the channel ``"hydrophobicity"`` without
            values.
    """
    names = tuple(dict.fromkeys(channels))
    elements = [name for name in names if name in SYMBOLS or name in (OTHERS, ALL)]
    properties = [name for name in names if name in PROPERTIES]
    strange = [name for name in names if name not in (*elements, *properties, HYDROPHOBICITY)]
    if strange or not names or len(names) != len(channels):
        raise ValueError(
            f"channels: got {', '.join(channels) or 'none'}; give each once, out of elements, others, all, "
            f"{', '.join(PROPERTIES)} and {HYDROPHOBICITY}."
        )
    blocks: list[tuple[str, Field, Tensor]] = []
    for part, mask in parts.items():
        atoms = torch.as_tensor(mask).bool()
        if elements:
            ignored = [symbol for symbol in SYMBOLS if symbol not in elements]
            blocks.append((part, GaussianField(beta, elements, relative=True, ignore=ignored), atoms))
        if properties:
            blocks.append((part, PropertyField(properties, beta=beta), atoms))
        if HYDROPHOBICITY in names and part in ("", PROTEIN):
            values = None if hydrophobicity is None else hydrophobicity[atoms]
            field = PropertyField(HYDROPHOBICITY, "amplitude", beta, hydrophobicity=values)
            blocks.append((part, field, atoms))
    return BlockField(blocks)


def complex_field(
    ligand: Tensor,
    beta: float = 0.25,
    elements: Sequence[str] = ("H", "C"),
    properties: Sequence[str] = ("wigner_seitz",),
    hydrophobicity: Tensor | None = None,
) -> BlockField:
    """Return MiNF's field of a complex: the same channels for the ligand and for the other atoms.

    The default channels are hydrogen, carbon and the Wigner–Seitz electron density (Lhotka and Probst 2025).

    Args:
        ligand: ``[N]`` mask of the ligand's atoms.
        beta, elements, properties, hydrophobicity: see :func:`named_field`.

    Raises:
        ValueError: if the mask marks no atom or all of them; also as :func:`named_field`.
    """
    mask = torch.as_tensor(ligand).bool()
    if mask.all() or not mask.any():
        raise ValueError("ligand must mark some of the atoms, not all or none; check the ligand's residue name.")
    return named_field((*elements, *properties), {"ligand": mask, PROTEIN: ~mask}, beta, hydrophobicity)
