from tests.evaluation.generation.hand_made import both, fluorine_between, graph, methane, methyl, water
from torch_molfield.evaluation.generation.graph import Graph
from torch_molfield.evaluation.generation.protocols import find_protocols


def by_edm(molecule):
    return Graph(find_protocols(["edm"])["edm"].assign(molecule).mol)


def test_a_valid_molecule():
    of = by_edm(water())
    assert (of.valid, of.connected, of.smiles) == (True, True, "[H]O[H]")


def test_the_largest_fragment():
    of = by_edm(both(water(), methane(5.0)))
    assert (of.valid, of.connected, of.smiles) == (True, False, by_edm(methane()).smiles)


def test_what_sanitisation_refuses():
    of = by_edm(fluorine_between())
    assert (of.valid, of.connected, of.smiles) == (False, True, None)


def test_a_radical_is_not_the_molecule():
    assert by_edm(methyl()).valid
    assert by_edm(methyl()).smiles != by_edm(methane()).smiles


def test_smiles_have_no_stereochemistry():
    assert graph("C[C@H](O)F").smiles == graph("C[C@@H](O)F").smiles
    assert graph("F/C=C/F").smiles == graph("F/C=C\\F").smiles


def test_charges_and_elements():
    of = graph("C[N+](=O)[O-]")
    assert of.z.tolist() == [6, 7, 8, 8, 1, 1, 1]
    assert of.charges.tolist() == [0, 1, 0, -1, 0, 0, 0]
