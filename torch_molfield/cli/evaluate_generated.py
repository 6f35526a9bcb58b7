"""``molfield evaluate FILE --against DATASET``: generated molecules of a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from torch_molfield.cli.output import output_folder, working

#: options of evaluate that are of generated molecules only, and those that are of models only
GENERATED = ("against", "protocol", "relax", "measure")
MODELS = ("data", "count", "task", "device", "kind", "movie", "spacing", "samples", "seed")
PANEL = "Generated molecules only"


def is_generated(context: typer.Context, name: str) -> bool:
    """Whether what is evaluated is a file of generated molecules.

    Raises:
        ValueError: for a file without ``--against``, or an option that means nothing for what is evaluated.
    """
    from torch_molfield.data.io import has_format

    given = [option for option in (*GENERATED, *MODELS) if _is_given(context, option)]
    if not has_format(name):
        useless = next((option for option in given if option in GENERATED), None)
        if useless is not None:
            raise ValueError(
                f"{name} is not a molecule file, and --{useless} is only for these; omit it, or give such a file."
            )
        return False
    if "against" not in given:
        raise ValueError(
            f"{name} is a file of molecules, not a model; give --against DATASET to evaluate them as generated ones."
        )
    useless = next((option for option in given if option in MODELS), None)
    if useless is not None:
        what = "the second argument" if useless == "data" else f"--{useless}"
        raise ValueError(f"{name} is a file of molecules, and {what} is only for models; omit it.")
    return True


def evaluate_generated(
    file: str,
    against: str,
    root: Path | None,
    protocols: Sequence[str],
    relaxation: str | None,
    measures: Sequence[str],
    out: Path,
) -> None:
    """Score the molecules of a file against the training split of a dataset, print the tables and write
    ``metrics.json`` into ``out``."""
    from torch_molfield.data.datasets.named import find_dataset
    from torch_molfield.data.io import iterate_atoms
    from torch_molfield.data.words import counted
    from torch_molfield.evaluation.generation import Missing, check_names, evaluate_molecules
    from torch_molfield.evaluation.result import METRICS

    check_names(protocols, relaxation, measures)
    source = find_dataset(against, root)
    entries = iterate_atoms(file)
    molecules = [Missing(0, entry.problem) if entry.data is None else entry.data for entry in entries]
    if not molecules:
        raise ValueError(f"{file} holds no molecules; it is empty or truncated.")
    output_folder(out)
    with working("Scoring"):
        scores = evaluate_molecules(molecules, source.split("train"), protocols, relaxation, measures)
    scores.facts.update({"file": file, "against": against})
    scores.write(out)
    typer.echo(scores.table())
    typer.echo(f"evaluated {counted(len(molecules), 'molecule')} against {scores.facts['references']} of {against}")
    typer.echo(f"wrote   {out / METRICS}")


def _is_given(context: typer.Context, option: str) -> bool:
    source = context.get_parameter_source(option)
    return source is not None and source.name == "COMMANDLINE"
