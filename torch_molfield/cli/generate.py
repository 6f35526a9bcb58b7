"""``molfield generate``: new molecules by a trained generator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torch_molfield.cli.device import Device
from torch_molfield.cli.generation_conditions import (
    Formula,
    Guidance,
    Keep,
    NumAtoms,
    NumHeavy,
    Property,
    Replace,
    Shape,
    Strength,
    Vary,
    conditions,
)
from torch_molfield.cli.library_run import ShardOptions, run_entries
from torch_molfield.cli.option_groups import with_options
from torch_molfield.cli.output import Overwrite, output_file
from torch_molfield.cli.seed import seed_option

if TYPE_CHECKING:
    from torch_molfield.evaluation.generation.protocols import BondProtocol

#: files that molecules are written to
ENDINGS = (".sdf", ".xyz", ".smi")
FILTERS = "Filters: the remaining molecules are not an unbiased sample"


@with_options(ShardOptions)
def generate(
    out: Annotated[
        Path, typer.Option(help="A .sdf, .xyz or .smi file for the molecules, or a folder for shards.")
    ] = Path("generated.sdf"),
    num_samples: Annotated[int, typer.Option("--num-samples", "-n", help="How many molecules.", min=1)] = 100,
    model: Annotated[str, typer.Option(help="A folder that training wrote, or a shipped name.")] = "qm9-generator",
    num_atoms: NumAtoms = None,
    num_heavy: NumHeavy = None,
    formula: Formula = None,
    property: Property = None,  # noqa: A002  # the name of the option
    guidance: Guidance = 1.0,
    shape: Shape = None,
    keep: Keep = None,
    replace: Replace = None,
    vary: Vary = None,
    strength: Strength = None,
    steps: Annotated[
        int, typer.Option(help="Steps from noise to a molecule; fewer are faster and less good.", min=2, max=1000)
    ] = 100,
    repairs: Annotated[
        int,
        typer.Option(
            help="How often a molecule is sampled again if its atoms have other numbers of neighbours than planned.",
            min=0,
            max=100,
        ),
    ] = 3,
    protocol: Annotated[
        str, typer.Option(help="Rule that finds bonds from positions: edm, rdkit or openbabel.")
    ] = "edm",
    predictor: Annotated[
        str,
        typer.Option(
            help="Model whose predictions are written as tags to an SDF file, with its held-out error; or none."
        ),
    ] = "qm9-properties",
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Leave out molecules that are not valid, connected and stable.", rich_help_panel=FILTERS
        ),
    ] = False,
    unique: Annotated[
        bool, typer.Option("--unique", help="Leave out repetitions, by SMILES.", rich_help_panel=FILTERS)
    ] = False,
    novel: Annotated[
        str | None,
        typer.Option(
            help="Leave out molecules of the training split of a dataset, such as qm9, or of a file.",
            rich_help_panel=FILTERS,
        ),
    ] = None,
    root: Annotated[
        Path | None, typer.Option(help="Folder of the dataset of --novel.", rich_help_panel=FILTERS)
    ] = None,
    seed: Annotated[int, seed_option("the molecules")] = 0,
    overwrite: Overwrite = False,
    device: Device = "cpu",
    *,
    options: ShardOptions,
) -> None:
    """Generate new molecules.

    Without filters all samples are written, also those whose bonds make no valid molecule; an SDF file states which are
    valid, connected and stable by the rule for bonds, and a .smi file has only the valid and connected ones. Positions
    are those of the generator, not relaxed.

    With a folder as --out, elements, positions and SMILES of any number of molecules are written to shards; run again,
    the command continues where it stopped, and with --part the jobs of an array share the folder.
    """
    wanted = conditions(num_atoms, num_heavy, formula, property, guidance, shape, keep, replace, vary, strength)
    if out.suffix == "":
        if check or unique or novel is not None or overwrite:
            raise ValueError("--check, --unique, --novel and --overwrite are for one file; shards hold all samples.")
        given = (num_atoms, num_heavy, formula, property, guidance, shape, keep, replace, vary, strength)
        texts = [None if value is None else str(value) for value in given]
        _write_shards(model, num_samples, seed, steps, repairs, protocol, wanted, texts, out, device, options)
        return
    options.require_unused()
    output_file(out, ENDINGS, overwrite)
    from rich.console import Console
    from rich.progress import track

    from torch_molfield.data.io.atomic import write_atomically
    from torch_molfield.data.words import counted
    from torch_molfield.evaluation.generation.filters import keep_records
    from torch_molfield.evaluation.generation.predicted import held_out_errors, predicted_tags
    from torch_molfield.evaluation.generation.protocols import find_protocols
    from torch_molfield.evaluation.generation.records import WRITERS, make_record
    from torch_molfield.models.load import load_model
    from torch_molfield.models.pretrained import find_pretrained
    from torch_molfield.nn.generative.sampler import Schedule

    (rule,) = find_protocols([protocol]).values()
    judge: Any = (
        None if predictor == "none" or out.suffix.lower() != ".sdf" else load_model(predictor, "predict").to(device)
    )
    known = None if novel is None else _known(novel, root, rule)
    generator: Any = load_model(model, "generate").to(device)
    schedule = Schedule(num_steps=steps, max_repairs=repairs)
    samples = generator.iterate(num_samples, seed, schedule=schedule, **wanted)
    console = Console(stderr=True)
    shown = track(samples, "Generating", num_samples, console=console, disable=not console.is_terminal, transient=True)
    asked = {f"asked {name}": f"{value:g}" for name, value in wanted["properties"].items()}
    origin = {"model": model, "seed": str(seed), "protocol": protocol, **asked}
    records, tries = [], 0
    for molecule in shown:
        records.append(make_record(molecule.to("cpu"), rule, origin))
        tries += molecule.label_tries
    kept = keep_records(records, check, unique, known)
    if not kept:
        raise ValueError(f"no molecule of {num_samples} passes the filters, so no file is written; ask for more.")
    if judge is not None:
        tags = predicted_tags(judge, [record.molecule for record in kept], held_out_errors(find_pretrained(predictor)))
        for record, told in zip(kept, tags, strict=True):
            record.properties.update({"predictor": predictor, **told})
    write_atomically(out, WRITERS[out.suffix.lower()](kept).encode())
    smiles = [found for record in records if (found := record.smiles)]
    stable = sum(record.properties.get("stable") == "yes" for record in records)
    typer.echo(f"stable  {stable} of {num_samples} (bonds: {protocol})")
    typer.echo(
        f"valid   {len(smiles)} of {num_samples} valid and connected, {len(set(smiles))} different; "
        f"{counted(num_samples - len(smiles), 'molecule')} invalid or in pieces"
    )
    typer.echo(
        f"drawn   {counted(tries, 'composition')} (elements with hydrogens and neighbours), of which "
        f"{tries - num_samples} could not be a molecule and were drawn again"
    )
    if not smiles:
        typer.echo("molfield: no molecule is valid; ask for properties and sizes of training molecules.", err=True)
    if check or unique or known is not None:
        typer.echo(f"filters {len(kept)} of {num_samples} kept")
    typer.echo(f"wrote   {out}")


def _write_shards(
    model: str,
    num_samples: int,
    seed: int,
    steps: int,
    repairs: int,
    protocol: str,
    wanted: dict[str, Any],
    asked: list[str | None],
    out: Path,
    device: str,
    options: ShardOptions,
) -> None:
    """Shards of samples in a folder; ``asked`` are the conditions as they were given, which a later run must repeat."""
    from torch_molfield.encode.generated import GeneratedEntries, MoleculeEncoder
    from torch_molfield.encode.identity import model_identity
    from torch_molfield.models.load import load_model
    from torch_molfield.nn.generative.sampler import Schedule

    generator: Any = load_model(model, "generate").to(device)
    schedule = Schedule(num_steps=steps, max_repairs=repairs)
    entries = GeneratedEntries(generator, num_samples, seed, schedule, wanted, protocol)
    settings = {"model": model, "weights": model_identity(model), "num_samples": num_samples, "seed": seed}
    settings |= {"steps": steps, "repairs": repairs, "protocol": protocol, "conditions": asked, "units": {"pos": "Å"}}
    run_entries(entries, num_samples, MoleculeEncoder(), out, settings, options, device, "generated", source=str(out))


def _known(novel: str, root: Path | None, rule: BondProtocol) -> frozenset[str]:
    from torch_molfield.cli.output import working
    from torch_molfield.data.datasets.named import find_dataset
    from torch_molfield.evaluation.generation.filters import known_smiles

    with working("Reading"):
        return known_smiles(find_dataset(novel, root).split("train"), rule)
