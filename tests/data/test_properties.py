import math

import pytest
import torch
from torch_geometric.data import Batch, Data

from torch_molfield.data.properties import (
    TARGETS,
    Target,
    batch_values,
    dataset_columns,
    find_targets,
    scalar_names,
    target_values,
)


class Table(list):
    """Molecules whose targets are columns of ``y``, as QM9's are."""

    target_names = ("gap", "alpha")


def labelled(**values):
    return Data(z=torch.tensor([1]), pos=torch.zeros(1, 3), **values)


def test_the_twelve_of_qm9_and_the_vectors():
    twelve = ("mu", "alpha", "homo", "lumo", "gap", "r2", "zpve", "U0", "U", "H", "G", "Cv")
    assert [target.name for target in find_targets(twelve)] == list(twelve)
    assert TARGETS["U0"].extensive
    assert not TARGETS["homo"].extensive
    assert (TARGETS["alpha"].unit, TARGETS["U0"].unit) == ("Å^3", "eV")
    assert (TARGETS["dipole"].kind, TARGETS["polarizability"].kind) == ("vector", "tensor")


def test_values_of_columns_and_attributes():
    tensor = torch.arange(9.0).reshape(1, 3, 3)
    table = Table(labelled(y=torch.tensor([[k, 10.0 + k]]), polarizability=tensor + k) for k in range(3))
    values = target_values(table, find_targets(["alpha", "polarizability"]))
    assert values["alpha"].tolist() == [10.0, 11.0, 12.0]
    assert values["alpha"].dtype == torch.float64
    assert torch.equal(values["polarizability"][2], tensor[0].double() + 2)


def test_values_of_a_batch():
    tensor = torch.arange(9.0).reshape(3, 3)
    table = Table(labelled(y=torch.tensor([[k, 10.0 + k]]), polarizability=tensor + k) for k in range(3))
    targets = find_targets(["alpha", "polarizability"])
    values = batch_values(Batch.from_data_list(table), targets, dataset_columns(table))
    assert values["alpha"].tolist() == [10.0, 11.0, 12.0]
    assert torch.equal(values["polarizability"][2], tensor + 2)
    in_memory = labelled(alpha=values["alpha"], polarizability=values["polarizability"])
    assert torch.equal(batch_values(in_memory, targets, dataset_columns(table))["alpha"], values["alpha"])
    with pytest.raises(ValueError, match="the batch has no 'alpha'"):
        batch_values(Batch.from_data_list(table), targets)


@pytest.mark.parametrize(
    ("molecules", "sentence"),
    [
        ([labelled(gap=torch.ones(1)), labelled()], "molecule 1 has no 'gap'"),
        ([labelled(gap=torch.tensor([math.nan]))], r"molecule 0: 'gap' is \[nan\]"),
        ([labelled(gap=torch.ones(1, 3))], r"molecule 0: 'gap' has shape \[1, 3\], which is no scalar"),
    ],
)
def test_bad_values(molecules, sentence):
    with pytest.raises(ValueError, match=sentence):
        target_values(molecules, [Target("gap")])


def test_what_a_molecule_lacks_can_be_nan():
    molecules = [labelled(gap=torch.ones(1)), labelled()]
    assert target_values(molecules, find_targets(["gap"]), allow_missing=True)["gap"].isnan().tolist() == [False, True]


def test_unknown_names_are_answered_with_the_known():
    with pytest.raises(ValueError, match=r"there is no target \['gab'\]; known are mu, alpha"):
        find_targets(["gab"])


def test_known_ones_in_the_unit_of_a_file():
    assert find_targets(["gap:meV", "U0:kcal/mol", "mu:D"]) == [
        Target("gap", unit="meV"),
        Target("U0", extensive=True, unit="kcal/mol"),
        Target("mu", "length", unit="D"),
    ]
    for wrong, allowed in (("gap:D", "eV, meV"), ("mu:eV", "e Å, D"), ("dipole:D", "vector, here a scalar")):
        with pytest.raises(ValueError, match=allowed):
            find_targets([wrong])
    with pytest.raises(ValueError, match="'logS' is wanted twice"):
        find_targets(["logS:x", "logS:y"])
    table = Table([labelled(y=torch.ones(1, 2))])
    with pytest.raises(ValueError, match="'gap' of Table is in eV, not in meV"):
        target_values(table, find_targets(["gap:meV"]))


def test_ones_own():
    energy = {"name": "E", "kind": "scalar", "extensive": True, "unit": "kJ/mol"}
    assert find_targets(["logS:log(mol/L)", "gap", energy]) == [
        Target("logS", unit="log(mol/L)"),
        TARGETS["gap"],
        Target("E", "scalar", True, "kJ/mol"),
    ]
    assert scalar_names(find_targets(["logS:", "dipole"])) == ["logS"]
    for wrong in ({"name": "E", "colour": "red"}, {"unit": "eV"}):
        with pytest.raises(ValueError, match="makes no target"):
            find_targets([wrong])
