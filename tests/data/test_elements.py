import ase.data
import pytest
import torch

from torch_molfield.data.elements import PROPERTIES, atomic_number, element_property, lookup, symbols, vdw_radii


def test_radii_and_symbols_equal_ase():
    known = [z for z in range(1, 104) if ase.data.vdw_radii[z] == ase.data.vdw_radii[z]]
    expected = torch.tensor([float(ase.data.vdw_radii[z]) for z in known], dtype=torch.float64)
    assert torch.equal(vdw_radii(torch.tensor(known), dtype=torch.float64), expected)
    assert symbols(torch.arange(1, 119)) == ase.data.chemical_symbols[1:]


def test_bondi_values():
    radii = vdw_radii(torch.tensor([1, 6, 7, 8, 9, 15, 16, 17]))
    assert radii.tolist() == pytest.approx([1.20, 1.70, 1.55, 1.52, 1.47, 1.80, 1.80, 1.75])
    assert radii.dtype == torch.get_default_dtype()


def test_unknown_element_names_it_and_the_remedy():
    with pytest.raises(ValueError, match=r"Fe.*overrides"):
        vdw_radii(torch.tensor([6, 26]))
    assert vdw_radii(torch.tensor([6, 26]), overrides={26: 2.0}).tolist() == pytest.approx([1.7, 2.0])
    with pytest.raises(ValueError, match=r"outside 1\.\.118"):
        vdw_radii(torch.tensor([0]))
    with pytest.raises(ValueError, match="unknown element property 'colour'"):
        element_property("colour", torch.tensor([1]))


@pytest.mark.parametrize("name", PROPERTIES)
def test_tables_cover_organic_elements(name):
    organic = [1, 6, 7, 15] if name == "miedema" else [1, 6, 7, 8, 9, 15, 16, 17, 35, 53]
    values = element_property(name, torch.tensor(organic), dtype=torch.float64)
    assert (values > 0).all()


def test_units():
    # hydrogen: 4.5 bohr^3 exactly in the non-relativistic limit
    assert float(element_property("polarizability", torch.tensor([1]))) == pytest.approx(4.5 * 0.148185, rel=2e-3)
    assert float(element_property("allen", torch.tensor([1]))) == pytest.approx(13.61)


def test_atomic_number_and_lookup():
    assert atomic_number("Cl") == 17
    assert atomic_number(17) == 17
    with pytest.raises(ValueError, match="'Xx' is not an element"):
        atomic_number("Xx")
    table = torch.full((119, 2), float("nan"))
    table[6] = 1.0
    assert lookup(table, torch.tensor([6]), "a", "b").shape == (1, 2)
    with pytest.raises(ValueError, match="a has no value for H; b"):
        lookup(table, torch.tensor([1]), "a", "b")
