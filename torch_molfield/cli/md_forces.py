"""The calculator of ``molfield md``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ase import Atoms

    from torch_molfield.calculators import FieldCalculator, MolFieldCalculator

#: atomic numbers that organic-forces knows
ORGANIC = {1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 35, 53}
#: in place of a model
CalculatorName = Annotated[
    str | None,
    typer.Option(
        help="In place of it tblite (GFN2-xTB), or a calculator of ASE's kind as module:Class or module:function.",
        show_default=False,
    ),
]


def set_calculator(
    atoms: Atoms,
    name: str,
    models: Sequence[str] = (),
    calculator: str | None = None,
    field: str | None = None,
    device: str = "cpu",
    compiled: bool = False,
) -> None:
    """Give the atoms a calculator and compute them once: ``models``, or ``calculator``; without either a shipped model
    that was trained on the molecule ``name``, else GFN2-xTB, which a sentence on stderr tells.

    Raises:
        ValueError: for both, for what does not go together, or where the calculator cannot take the molecule.
    """
    if models and calculator:
        raise ValueError("--model and --calculator exclude each other: both set the source of the forces; give one.")
    if not models and calculator is None:
        models, calculator = _usual(atoms, name)
    chosen = list(models) if models else [str(calculator)]
    atoms.calc = _made(chosen, field, device, compiled)
    try:
        atoms.get_potential_energy()
    except (ValueError, ImportError):
        raise
    except Exception as error:  # whatever a calculator of others raises
        reason = str(error) or type(error).__name__
        raise ValueError(
            f"{', '.join(chosen)} cannot take this molecule ({reason}); take another calculator."
        ) from error


def _usual(atoms: Atoms, name: str) -> tuple[list[str], str | None]:
    from torch_molfield.calculators.domain import shipped_force_field
    from torch_molfield.calculators.named import XTB

    shipped = shipped_force_field(atoms)
    if shipped is None:
        known = set(atoms.numbers.tolist()) <= ORGANIC
        hint = " (--model organic-forces is faster, and less accurate)" if known else ""
        typer.echo(
            f"no shipped model was trained on {name} itself; its forces are those of GFN2-xTB{hint}",
            err=True,
        )
        return [], XTB
    typer.echo(f"the forces are those of {shipped}; --calculator {XTB} takes GFN2-xTB", err=True)
    return [shipped], None


def _made(chosen: list[str], field: str | None, device: str, compiled: bool) -> MolFieldCalculator | FieldCalculator:
    from torch_molfield.calculators import MolFieldCalculator
    from torch_molfield.calculators.named import field_calculator, is_base
    from torch_molfield.models.load import served_class

    if is_base(chosen[0]):
        if compiled:
            raise ValueError(f"--compile is for models, and {chosen[0]} is not one; omit it.")
        return field_calculator(chosen[0], field, device)
    for name in chosen:
        served_class(name, "md")
    return MolFieldCalculator.from_pretrained(chosen, field=field, device=device, compile=compiled)
