import pytest
from ase import Atoms
from ase.build import molecule

from torch_molfield.calculators.domain import shipped_force_field
from torch_molfield.data import BundledTrajectories, from_smiles
from torch_molfield.data.datasets.bundled import BUNDLED_NAMES


def atoms_of(smiles):
    data = from_smiles(smiles)
    return Atoms(data.z.numpy(), data.pos.numpy())


@pytest.mark.parametrize("name", BUNDLED_NAMES)
def test_frames_in_motion_are_known(name):
    for number in (0, 700, 1999):
        frame = BundledTrajectories(name)[number]
        assert shipped_force_field(Atoms(frame.z.numpy(), frame.pos.numpy())) == "md-forces"


@pytest.mark.parametrize(
    ("smiles", "model"),
    [("c1ccc2ccccc2c1", "rmd17-forces"), ("Cc1ccccc1", "rmd17-forces"), ("COC", None), ("CS", None), ("O", None)],
)
def test_isomers_and_others(smiles, model):
    assert shipped_force_field(atoms_of(smiles)) == model


def test_ions_and_radicals_are_unknown():
    ethanol = molecule("CH3CH2OH")
    assert shipped_force_field(ethanol) == "md-forces"
    ethanol.info["charge"] = 1
    assert shipped_force_field(ethanol) is None
    ethanol.info.update(charge=0, spin=3)
    assert shipped_force_field(ethanol) is None
