"""Potentials and dipoles of point charges that users have today, beside those of a model of electron densities.

    OMP_NUM_THREADS=1 python benchmarks/potential_baselines.py --model organic-density --data ../shared/data

Test molecules are in DATA/electron_density/test, one a file
(:func:`~torch_molfield.evaluation.electron_densities.read_reference`): the exact potential of PBE0/def2-SVP on the van
der Waals surface and 1.4 Å outside of it, and the dipole. Gasteiger's and MMFF94's charges are RDKit's, of the SMILES;
GFN2-xTB's are Mulliken's, its dipole that of its density. Free atoms have no charges. Charges of the model are
Hirshfeld's and those fitted to its own potential. Writes OUT/potential_baselines.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from ase import Atoms
from electron_densities import free_atoms, group, predicted
from rdkit import Chem
from rdkit.Chem import AllChem
from shipped import shipped_weights
from torch import Tensor

from torch_molfield.calculators.xtb import GFN2Calculator
from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.data.units import DEBYE, KCAL_PER_MOL
from torch_molfield.evaluation.electron_densities import DensityReference, density_scores, read_reference
from torch_molfield.models import ElectronDensityMolField
from torch_molfield.nn.gaussians import AtomCenteredDensity, density_basis
from torch_molfield.nn.gaussians.atom_potential import COULOMB

SCORES = ("potential vdw + 1.4", "potential vdw", "dipole")
HEADINGS = ("V vdw + 1.4", "V vdw", "dipole D")


def molecule(reference: DensityReference) -> Chem.Mol:
    """RDKit's molecule, whose atoms are in the order of the file."""
    mol = Chem.AddHs(Chem.MolFromSmiles(reference.name))
    if [atom.GetAtomicNum() for atom in mol.GetAtoms()] != reference.z.tolist():
        raise ValueError(f"the atoms of {reference.name} are not in RDKit's order.")
    return mol


def gasteiger(reference: DensityReference) -> Tensor | None:
    """Gasteiger and Marsili, Tetrahedron 36, 3219 (1980); nothing where it has no parameters."""
    mol = molecule(reference)
    AllChem.ComputeGasteigerCharges(mol)
    charges = torch.tensor([atom.GetDoubleProp("_GasteigerCharge") for atom in mol.GetAtoms()], dtype=torch.float64)
    return charges if bool(charges.isfinite().all()) else None


def mmff94(reference: DensityReference) -> Tensor | None:
    """Halgren, J. Comput. Chem. 17, 520 (1996); nothing where it has no parameters."""
    properties = AllChem.MMFFGetMoleculeProperties(molecule(reference))
    if properties is None:
        return None
    charges = [properties.GetMMFFPartialCharge(k) for k in range(len(reference.z))]
    return torch.tensor(charges, dtype=torch.float64)


def centred(reference: DensityReference) -> Tensor:
    """``[N, 3]`` Å from the centre of the nuclear charges."""
    weight = density_basis().nuclear_charge(reference.z)
    return reference.pos - weight @ reference.pos / weight.sum()


def charge_scores(charges: Tensor, reference: DensityReference) -> dict[str, float]:
    """Root mean square errors of the potential of charges, kcal/mol/e, and the error of their dipole, D."""
    found = {"dipole": float((charges @ centred(reference) - reference.dipole).norm()) / DEBYE}
    for name, (points, exact) in reference.surfaces.items():
        error = COULOMB * (charges / torch.cdist(points, reference.pos)).sum(1) - exact
        found[f"potential {name}"] = float(error.square().mean().sqrt()) / KCAL_PER_MOL
    return found


def gfn2_scores(reference: DensityReference) -> dict[str, float]:
    """As :func:`charge_scores`, with the dipole of GFN2-xTB itself."""
    atoms = Atoms(reference.z.numpy(), reference.pos.numpy(), info={"charge": reference.charge})
    atoms.calc = GFN2Calculator()
    scores = charge_scores(torch.from_numpy(atoms.get_charges()).double(), reference)
    # about the centroid
    shift = centred(reference).mean(0)
    dipole = torch.from_numpy(atoms.get_dipole_moment()).double() + reference.charge * shift
    return {**scores, "dipole": float((dipole - reference.dipole).norm()) / DEBYE}


def score(model: ElectronDensityMolField, reference: DensityReference) -> dict[str, dict[str, float]]:
    """By method, where it takes the molecule."""
    density: AtomCenteredDensity = predicted(model)(reference)
    of_tables = {"Gasteiger": gasteiger(reference), "MMFF94": mmff94(reference)}
    own = {kind: density.atomic_charges(kind).double() for kind in ("hirshfeld", "mbis", "esp")}
    return {
        "free atoms": density_scores(free_atoms(reference), reference),
        **{name: charge_scores(charges, reference) for name, charges in of_tables.items() if charges is not None},
        "GFN2-xTB": gfn2_scores(reference),
        "model, Hirshfeld's charges": charge_scores(own["hirshfeld"], reference),
        "model, MBIS charges": charge_scores(own["mbis"], reference),
        "model, fitted charges": charge_scores(own["esp"], reference),
        "model": density_scores(density, reference),
    }


def means(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    """By group and method, of the molecules for which there are values."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name in sorted({row["group"] for row in rows}, reverse=True):
        mine = [row["scores"] for row in rows if row["group"] == name]
        found[name] = {}
        for method in dict.fromkeys(method for each in mine for method in each):
            known = [each[method] for each in mine if method in each]
            average = {key: sum(each[key] for each in known) / len(known) for key in SCORES}
            found[name][method] = {**average, "count": len(known)}
    return found


def table(found: dict[str, dict[str, dict[str, float]]]) -> str:
    """Means as text."""
    lines = [f"{'group':<20}{'method':<30}{'count':>6}" + "".join(f"{heading:>14}" for heading in HEADINGS)]
    for name, methods in found.items():
        for method, values in methods.items():
            cells = "".join(f"{values[key]:>14.2f}" for key in SCORES)
            lines.append(f"{name:<20}{method:<30}{values['count']:>6}{cells}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="organic-density", help="Folder of a training, or a shipped name.")
    parser.add_argument("--data", type=Path, required=True, help="Folder of the public data sets.")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    given = parser.parse_args()
    folder = given.data / "electron_density" / "test"
    model = ElectronDensityMolField.from_pretrained(given.model)
    known = set(model.config["elements"] or density_basis().elements)
    references = [each for each in map(read_reference, sorted(folder.glob("*.npz"))) if set(each.z.tolist()) <= known]
    if not references:
        raise SystemExit(f"There is no test molecule in {folder}.")
    rows = [
        {"smiles": reference.name, "group": group(reference), "scores": score(model, reference)}
        for reference in references
    ]
    found = means(rows)
    print(table(found))
    given.out.mkdir(parents=True, exist_ok=True)
    with atomic_file(given.out / "potential_baselines.json") as part:
        content = {"torch": torch.__version__, **shipped_weights(given.model), "means": found, "molecules": rows}
        part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
