"""What a generator can be asked for, on an untrained one whose labels and sizes are known."""

import pytest
import torch

from tests.g2 import molecule
from torch_molfield.data import MolFieldData
from torch_molfield.data.properties import find_targets
from torch_molfield.geometry.united_atoms import to_sites
from torch_molfield.models import MoleculeGenerator
from torch_molfield.nn.generative.request import parse_formula
from torch_molfield.nn.generative.sampler import Schedule

LABELS = [(6, 0, 3), (6, 1, 2), (6, 2, 2), (6, 3, 1), (7, 2, 1), (8, 0, 1), (8, 0, 2), (8, 1, 1)]
QUICK = Schedule(num_steps=4)


@pytest.fixture
def generator():
    torch.manual_seed(0)
    model = MoleculeGenerator(
        LABELS,
        max_sites=8,
        max_atoms=16,
        hidden_channels=8,
        num_layers=1,
        num_heads=2,
        label_channels=8,
        properties=find_targets(["gap", "mu"]),
    ).eval()
    model.size_model.counts[2, [6, 8]] = 1.0
    model.size_model.counts[3, 8:12] = 2.0
    model.size_model.counts[4, 8:15] = 2.0
    model.size_model.counts[7, 12:17] = 1.0
    model.spread[2:] = torch.tensor([1.5, 1.0, 0.5])
    model.conditions.measure(torch.tensor([[4.0, 0.0], [8.0, 1.0]]))
    return model


def given(name):
    z, pos = molecule(name)
    return MolFieldData(z=z, pos=pos.float())


def sample(generator, count=8, **conditions):
    return generator.sample(count, schedule=QUICK, **conditions)


def test_a_number_of_heavy_atoms(generator):
    found = sample(generator, num_heavy=3)
    assert {int((data.z > 1).sum()) for data in found} == {3}
    assert {len(data.z) for data in sample(generator, num_heavy=3, num_atoms=9)} == {9}


def test_a_formula(generator):
    for data in sample(generator, formula="C3H8O"):
        assert dict(zip(*map(torch.Tensor.tolist, data.z.unique(return_counts=True)), strict=True)) == parse_formula(
            "C3H8O"
        )


def test_properties_change_what_is_drawn(generator):
    with torch.no_grad():
        generator.label_model.network[-1].weight *= 20
    plain, asked = sample(generator, 20), sample(generator, 20, properties={"gap": 5.0})
    stronger = sample(generator, 20, properties={"gap": 5.0}, guidance=4.0)

    def lists(found):
        return [data.function.labels for data in found]

    assert lists(plain) != lists(asked) != lists(stronger)
    assert lists(asked) == lists(sample(generator, 20, properties={"gap": 5.0}))


def test_a_value_for_each_molecule(generator):
    with torch.no_grad():
        generator.label_model.network[-1].weight *= 20
    one, other = (sample(generator, 6, properties={"gap": value}) for value in (4.0, 8.0))
    mixed = sample(generator, 6, properties={"gap": [4.0, 8.0] * 3})
    for k, data in enumerate(mixed):
        assert torch.equal(data.z, (one, other)[k % 2][k].z)


def test_a_value_outside_the_range_is_told(generator):
    with pytest.warns(UserWarning, match=r"gap = 80 eV is outside the range of the training molecules, 4 to 8"):
        sample(generator, 1, properties={"gap": 80.0})


def test_a_part_is_kept_where_it_is(generator):
    ethanol = given("CH3CH2OH")
    hydrogen = int((ethanol.z == 1).nonzero()[-1, 0])
    found = sample(generator, 4, keep=ethanol, replace=[hydrogen])
    rest = torch.ones(len(ethanol.z), dtype=torch.bool)
    rest[hydrogen] = False
    heavy = ethanol.pos[ethanol.z > 1]
    for data in found:
        assert int((data.z > 1).sum()) > 3
        assert float(torch.cdist(heavy, data.pos[data.z > 1]).amin(1).max()) < 1e-3
        assert float(torch.cdist(ethanol.pos[rest], data.pos).amin(1).median()) < 1e-3


def test_a_shape_sets_the_number_of_heavy_atoms_and_the_place(generator):
    reference = given("C3H8")
    reference.pos += 20
    for data in sample(generator, 4, shape=reference):
        assert int((data.z > 1).sum()) == 3
        assert float((data.pos[data.z > 1].mean(0) - reference.pos[reference.z > 1].mean(0)).abs().max()) < 1e-3
    assert {int((data.z > 1).sum()) for data in sample(generator, 4, shape=reference, num_heavy=4)} == {4}


def test_variations_keep_labels_as_the_strength_says(generator):
    start = given("CH3CH2OH")
    labels = sorted(to_sites(start.z, start.pos).labels)
    weak = sample(generator, 30, variations_of=start, strength=0.01)
    strong = sample(generator, 30, variations_of=start, strength=1.0)

    def same(found):
        return sum(sorted(data.function.labels) == labels for data in found)

    assert same(weak) > 25 > same(strong)
    assert {int((data.z > 1).sum()) for data in weak + strong} == {3}
    assert all(abs(len(data.z) - 9) <= 2 for data in strong)


def test_a_molecule_depends_on_its_number_alone(generator):
    generator = generator.double()
    start = given("CH3CH2OH")
    few, many = (sample(generator, n, variations_of=start, strength=0.5) for n in (2, 6))
    for a, b in zip(few, many, strict=False):
        assert torch.equal(a.z, b.z)
        torch.testing.assert_close(a.pos, b.pos, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"properties": {"alpha": 1.0}}, "was not trained with the property 'alpha'; its properties are gap, mu"),
        ({"properties": {"gap": [5.0, 6.0]}}, "gap must be a finite number, or one for each of 1 molecules"),
        ({"properties": {"gap": float("nan")}}, "gap must be a finite number"),
        ({"num_heavy": 1}, "num_heavy must be a number that training molecules have, from 2 to 7; got 1"),
        ({"num_heavy": 2, "num_atoms": 7}, "num_atoms must be a number that training molecules of 2 heavy atoms have"),
        ({"formula": "C2H6S"}, "was not trained on S"),
        ({"formula": "C9H20"}, "has 9 heavy atoms, more than the 8 that the model was trained on"),
        ({"formula": "CH4"}, "none can be a molecule that is asked for"),
        ({"keep": "C6H6", "replace": [0]}, "replace must be different hydrogens of the part"),
        ({"keep": "CH3SH", "replace": [2]}, "was not trained on S with 0 hydrogens and 2 heavy neighbours"),
        ({"variations_of": "CH3SH"}, "was not trained on S with 1 hydrogen and 1 heavy neighbour"),
        ({"shape": "H2"}, "the molecule has no heavy atom"),
    ],
)
def test_what_cannot_be(generator, conditions, words):
    molecules = {key: given(value) for key, value in conditions.items() if key in ("keep", "variations_of", "shape")}
    with pytest.raises(ValueError, match=words):
        sample(generator, 1, **{**conditions, **molecules})


def test_a_generator_without_conditions():
    model = MoleculeGenerator(LABELS, max_sites=3, max_atoms=9, hidden_channels=8, num_layers=1, num_heads=2)
    with pytest.raises(ValueError, match="was not trained"):
        sample(model)
    model.size_model.counts[2, 8] = 1
    with pytest.raises(ValueError, match="was not trained with the property 'gap'; its properties are none"):
        sample(model, properties={"gap": 5.0})
