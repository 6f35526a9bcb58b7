"""``molfield optimize``: minima, conformers by energy and vibrations of any molecule."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torch_molfield.cli.data_help import MOLECULE_HELP
from torch_molfield.cli.device import Device
from torch_molfield.cli.keep_water import KeepWater
from torch_molfield.cli.md_forces import CalculatorName, set_calculator
from torch_molfield.cli.md_start import starting_atoms
from torch_molfield.cli.output import Overwrite, output_file, working
from torch_molfield.cli.seed import seed_option

if TYPE_CHECKING:
    from ase import Atoms

    from torch_molfield.calculators.conformers import Conformer

ENDINGS = (".sdf", ".xyz", ".extxyz")


def optimize(
    molecule: Annotated[str, typer.Argument(help=MOLECULE_HELP)],
    out: Annotated[Path, typer.Option(help="A .xyz or .extxyz file for the minimum; for a SMILES also .sdf.")] = Path(
        "optimized.xyz"
    ),
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Force field: a folder that training wrote, or a shipped name. By default as of molfield md.",
            show_default=False,
        ),
    ] = None,
    calculator: CalculatorName = None,
    conformers: Annotated[
        int,
        typer.Option(help="Number of initial conformers of a SMILES; different minima are ranked by energy.", min=1),
    ] = 1,
    vibrations: Annotated[
        bool, typer.Option("--vibrations", help="Also compute harmonic frequencies of the lowest minimum.")
    ] = False,
    fmax: Annotated[float, typer.Option(help="Largest force at convergence, eV/Å.", min=1e-6)] = 0.01,
    steps: Annotated[int, typer.Option(help="Largest number of steps.", min=1)] = 1000,
    frame: Annotated[int, typer.Option(help="Which molecule or frame of the file, from 0.")] = 0,
    keep_water: KeepWater = False,
    seed: Annotated[int, seed_option("conformers")] = 0,
    overwrite: Overwrite = False,
    device: Device = "cpu",
) -> None:
    """Optimize the geometry of a molecule, or conformers of it, with a learned force field, GFN2-xTB or another
    calculator.

    Prints energies in eV and relative to the lowest in kcal/mol. Charge and spin are those of the SMILES or file.
    """
    output_file(out, ENDINGS, overwrite, [molecule])
    smiles = _is_smiles(molecule)
    if not smiles and (conformers > 1 or out.suffix.lower() == ".sdf"):
        raise ValueError("--conformers and an .sdf file need the bonds of the molecule; give a SMILES.")
    from torch_molfield.calculators.conformers import rank_conformers
    from torch_molfield.calculators.optimization import optimize_geometry

    starts = [starting_atoms(molecule, frame, keep_water)] if conformers == 1 else _embedded(molecule, conformers, seed)
    set_calculator(starts[0], Path(molecule).name, model or (), calculator, None, device)
    results = []
    with working("Optimizing"):
        for atoms in starts:
            atoms.calc = starts[0].calc
            result = optimize_geometry(atoms, fmax, steps)
            results.append((atoms.copy(), result))
        ranked = rank_conformers(results, _bonded(molecule) if smiles else None)
    for place, found in enumerate(ranked):
        typer.echo(_line(place, found))
    if vibrations:
        lowest = ranked[0].atoms.copy()
        lowest.calc = starts[0].calc
        _tell_vibrations(lowest)
    _write(out, ranked, molecule)
    typer.echo(f"wrote   {out}")


def _is_smiles(argument: str) -> bool:
    from torch_molfield.data.io import has_format

    return not has_format(argument)


def _embedded(smiles: str, count: int, seed: int) -> list[Atoms]:
    """Conformers of ETKDG, each with the charge and spin of the SMILES."""
    from ase import Atoms

    from torch_molfield.data import from_smiles
    from torch_molfield.data.electrons import electrons_of

    with working("Embedding"):
        made = [from_smiles(smiles, seed=seed + k) for k in range(count)]
    info = electrons_of(smiles)
    return [Atoms(data.z.numpy(), data.pos.double().numpy(), info=dict(info)) for data in made]


def _bonded(smiles: str) -> Any:
    from rdkit import Chem

    return Chem.AddHs(Chem.MolFromSmiles(smiles))


def _line(place: int, found: Conformer) -> str:
    result = found.result
    end = "" if result.converged else f", NOT converged: {result.largest_force:.3g} eV/Å left; give more --steps"
    return f"{place:4d}  {result.energy:14.5f} eV  {found.relative:+8.3f} kcal/mol  {result.steps} steps{end}"


def _tell_vibrations(atoms: Atoms) -> None:
    from ase.units import invcm

    from torch_molfield.calculators.vibrations import internal_frequencies, vibrations

    with working("Vibrations"):
        found = internal_frequencies(vibrations(atoms))
    typer.echo("frequencies (cm-1; imaginary ones negative): " + " ".join(f"{value:.1f}" for value in found))
    typer.echo(f"zero-point energy {0.5 * invcm * found[found > 0].sum():.5f} eV")
    if (found < 0).any():
        typer.echo("an imaginary frequency: a saddle point, or forces that are still too large; try a smaller --fmax")


def _write(out: Path, ranked: list[Conformer], molecule: str) -> None:
    from torch_molfield.data.io.atomic import atomic_file

    with atomic_file(out) as path:
        if out.suffix.lower() == ".sdf":
            _write_sdf(path, ranked, molecule)
            return
        from ase.io import write

        for found in ranked:
            found.atoms.info |= {"energy_eV": found.result.energy, "relative_kcal_per_mol": found.relative}
        write(path, [found.atoms for found in ranked], format="extxyz")


def _write_sdf(path: Path, ranked: list[Conformer], smiles: str) -> None:
    from rdkit import Chem

    from torch_molfield.data.conversions.positions import set_positions

    mol = _bonded(smiles)
    with Chem.SDWriter(str(path)) as file:
        for found in ranked:
            made = set_positions(Chem.Mol(mol), found.atoms.positions)
            made.SetProp("_Name", smiles)
            made.SetProp("energy_eV", f"{found.result.energy:.6f}")
            made.SetProp("relative_kcal_per_mol", f"{found.relative:.4f}")
            file.write(made)
