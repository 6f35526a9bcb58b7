import sys

import pytest
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones

from torch_molfield.calculators import FieldCalculator, GFN2Calculator, charge_potential
from torch_molfield.calculators.named import field_calculator, is_base, named_base, named_field
from torch_molfield.fields import PromolecularDensity
from torch_molfield.models import MolField

MODULE = """
from ase.calculators.calculator import Calculator
from ase.calculators.lj import LennardJones

class Energies(Calculator):
    implemented_properties = ["energy"]

class Needs(Calculator):
    def __init__(self, path):
        super().__init__()

def soft():
    return LennardJones(epsilon=0.01)

def text():
    return "no calculator"
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "own_calculators.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "own_calculators"
    sys.modules.pop("own_calculators", None)


def test_calculators_by_name(module):
    assert isinstance(named_base("tblite"), GFN2Calculator)
    assert isinstance(named_base("ase.calculators.emt:EMT"), EMT)
    made = named_base(f"{module}:soft")
    assert isinstance(made, LennardJones) and made.parameters.epsilon == 0.01
    assert isinstance(field_calculator("tblite", "promolecular").field, PromolecularDensity)
    assert isinstance(field_calculator("tblite"), FieldCalculator)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("no_such_module:Class", "cannot be imported from 'no_such_module:Class'"),
        ("{module}:Missing", "cannot be imported from 'own_calculators:Missing'.*Missing"),
        ("{module}:Energies", r"\(Energies\) has no forces; motion needs them"),
        ("{module}:Needs", "cannot be made without arguments .*path.*; write a function"),
        ("{module}:text", "gives str, which is not an ASE calculator"),
        ("mopac", "calculator 'mopac' is unknown; give a class as module:Class"),
    ],
)
def test_bad_names(module, name, sentence):
    with pytest.raises(ValueError, match=sentence):
        named_base(name.format(module=module))


def test_models_are_no_bases(tmp_path):
    assert is_base("tblite") and is_base("a.b:C")
    assert not is_base("md-forces") and not is_base(str(tmp_path))


def test_fields_by_name():
    assert isinstance(named_field("promolecular"), PromolecularDensity)
    assert isinstance(named_field("torch_molfield.fields:PromolecularDensity"), PromolecularDensity)
    assert isinstance(named_field("md-surfaces"), MolField)
    assert named_field("charge_potential") is charge_potential
    with pytest.raises(ValueError, match=r"is for the commands .*, not surface"):
        named_field("md-forces")
    with pytest.raises(FileNotFoundError, match="neither a directory"):
        named_field("nothing")
