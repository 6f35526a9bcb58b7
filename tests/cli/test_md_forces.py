import pytest
from ase.build import molecule
from ase.calculators.lj import LennardJones

from torch_molfield.calculators import GFN2Calculator, MolFieldCalculator
from torch_molfield.cli.md_forces import set_calculator


def test_a_shipped_model_where_it_knows_the_molecule(capsys):
    atoms = molecule("CH3CH2OH")
    set_calculator(atoms, "CCO")
    assert isinstance(atoms.calc, MolFieldCalculator)
    assert capsys.readouterr().err == "the forces are those of md-forces; --calculator tblite takes GFN2-xTB\n"


def test_gfn2_for_all_others(capsys):
    pytest.importorskip("tblite")
    atoms = molecule("CH3SH")
    set_calculator(atoms, "CS")
    assert isinstance(atoms.calc.base, GFN2Calculator)
    told = capsys.readouterr().err
    assert told.startswith("no shipped model was trained on CS itself; its forces are those of GFN2-xTB (--model ")


def test_a_calculator_of_ones_own_and_a_model_by_the_same_option(capsys):
    atoms = molecule("CH3CH2OH")
    set_calculator(atoms, "CCO", calculator="ase.calculators.lj:LennardJones", field="promolecular")
    assert isinstance(atoms.calc.base, LennardJones) and atoms.calc.field is not None
    set_calculator(atoms, "CCO", calculator="md-forces")
    assert isinstance(atoms.calc, MolFieldCalculator)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"models": ["md-forces"], "calculator": "tblite"}, "--model and --calculator exclude each other"),
        ({"calculator": "tblite", "compiled": True}, "--compile is for models, and tblite is not one"),
        ({"calculator": "md-surfaces"}, "not md"),
        ({"calculator": "nowhere:Class"}, "cannot be imported from 'nowhere:Class'"),
        ({"calculator": "ase.calculators.emt:EMT"}, r"EMT cannot take this molecule \(No EMT-potential for F\)"),
        ({"calculator": "tblite", "field": "md-forces"}, "not surface"),
    ],
)
def test_bad_input(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        set_calculator(molecule("HF"), "F", **settings)


def test_a_model_that_does_not_know_an_element():
    with pytest.raises(ValueError, match=r"F \(9\)"):
        set_calculator(molecule("HF"), "F", models=["md-forces"])
