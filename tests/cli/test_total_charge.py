import pytest
import torch

from torch_molfield.cli.total_charge import ASSUMED, charge_of, prepare_charges
from torch_molfield.data import Entry, MolFieldData, from_smiles
from torch_molfield.models import PropertyMolField


class Charged:
    takes_charge = True


def test_a_given_charge_comes_before_that_of_the_smiles():
    ion = from_smiles("[OH-]")
    assert charge_of(ion, None) == (-1.0, "of the SMILES")
    assert charge_of(ion, 1) == (1.0, "given")
    assert charge_of(MolFieldData(z=ion.z, pos=ion.pos), None) == (0.0, ASSUMED)


def test_molecules_get_their_charge_and_an_assumption_is_stated(capsys):
    ion, bare = from_smiles("[OH-]"), MolFieldData(z=torch.tensor([8, 1, 1]), pos=torch.randn(3, 3))
    prepare_charges("m", Charged(), [("a", Entry(0, "", ion)), ("b.xyz", Entry(0, "", bare))], None)
    assert float(ion.charge) == -1.0 and float(bare.charge) == 0.0
    assert "charge 0 of b.xyz, molecule 0, assumed" in capsys.readouterr().err


def test_a_charge_that_the_model_does_not_take():
    model = PropertyMolField.from_pretrained("qm9-properties")
    with pytest.raises(ValueError, match="qm9-properties takes all molecules as neutral"):
        prepare_charges("qm9-properties", model, [], 1)


def test_an_open_shell_is_named_also_to_models_that_take_a_charge():
    oxygen = MolFieldData(z=torch.tensor([8, 8]), pos=torch.randn(2, 3), spin=torch.tensor([3]))
    with pytest.warns(
        UserWarning, match="o.xyz, molecule 0 has charge 0 and multiplicity 3; predicted as closed-shell"
    ):
        prepare_charges("m", Charged(), [("o.xyz", Entry(0, "", oxygen))], None)
    neutral = PropertyMolField.from_pretrained("qm9-properties")
    with pytest.warns(UserWarning, match="multiplicity 3; predicted as neutral and closed-shell"):
        prepare_charges("qm9-properties", neutral, [("o.xyz", Entry(0, "", oxygen))], None)
