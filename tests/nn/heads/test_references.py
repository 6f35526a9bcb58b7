import pytest
import torch

from torch_molfield.data.properties import Target
from torch_molfield.nn.heads.references import ChargeReference, References

TARGETS = [Target("gap"), Target("energy", extensive=True), Target("dipole", "vector"), Target("alpha", "tensor", True)]


def test_references_are_those_of_least_squares():
    references = References(TARGETS)
    z = torch.tensor([8, 1, 1, 6, 1, 1, 1, 1, 8, 6, 8])
    batch = torch.tensor([0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2])
    energy = torch.tensor([-76.0, -40.0, -188.0], dtype=torch.float64)
    alpha = torch.eye(3, dtype=torch.float64) * torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)[:, None, None]
    values = {"gap": torch.tensor([1.0, 2.0, 6.0]), "energy": energy, "dipole": torch.ones(3, 3), "alpha": alpha}
    references.measure(z, batch, values)
    base = torch.zeros(3, 4, dtype=torch.float64).index_add(0, batch, references.reference[z])
    torch.testing.assert_close(base[:, 1], energy)
    torch.testing.assert_close(base[:, 3], alpha[:, 0, 0])
    assert float(references.shift[0]) == 3.0
    assert float(references.scale[0]) == pytest.approx((14 / 3) ** 0.5)
    assert float(references.scale[2]) == 1.0
    assert float(references.size) == pytest.approx(11 / 3)
    assert not references.reference[9].any()


def test_extensive_targets_grow_with_the_molecule():
    references = References(TARGETS)
    references.size.fill_(3.0)
    said = {"gap": torch.ones(2), "energy": torch.ones(2), "dipole": torch.ones(2, 3), "alpha": torch.ones(2, 3, 3)}
    found = references(said, torch.ones(12, dtype=torch.long), torch.tensor([0] * 3 + [1] * 9))
    assert found["energy"].tolist() == [1.0, 3.0]
    assert found["gap"].tolist() == [1.0, 1.0]
    assert found["dipole"].tolist() == [[1.0] * 3] * 2
    assert found["alpha"][1].tolist() == [[3.0] * 3] * 3


def test_lengths_have_a_scale_alone():
    references = References([Target("mu", "length")])
    values = torch.tensor([3.0, 4.0])
    references.measure(torch.tensor([1, 8]), torch.tensor([0, 1]), {"mu": values})
    assert float(references.shift[0]) == 0.0
    assert float(references.scale[0]) == pytest.approx(12.5**0.5)
    said = values.double() / references.scale
    assert references({"mu": said}, torch.tensor([1, 8]), torch.tensor([0, 1]))["mu"].tolist() == [3.0, 4.0]


def test_charges_have_terms_beside_the_elements():
    references = References(TARGETS, charges=True)
    generator = torch.Generator().manual_seed(0)
    sizes = torch.randint(2, 8, (60,), generator=generator)
    batch = torch.arange(60).repeat_interleave(sizes)
    z = torch.tensor([1, 6, 8])[torch.randint(0, 3, (len(batch),), generator=generator)]
    charge = torch.randint(-2, 3, (60,), generator=generator)
    elements = torch.tensor([0.0, -13.0, 0, 0, 0, 0, -60.0, 0, -110.0], dtype=torch.float64)
    energy = torch.zeros(60, dtype=torch.float64).index_add(0, batch, elements[z]) + 5.0 * charge - 0.7 * charge**2
    nothing = {"dipole": torch.zeros(60, 3), "alpha": torch.zeros(60, 3, 3)}
    values = {"gap": 8.0 - charge.double(), "energy": energy, **nothing}
    references.measure(z, batch, values, charge)
    said = {name: torch.zeros_like(value) for name, value in values.items()}
    found = references(said, z, batch, charge)
    torch.testing.assert_close(found["energy"], energy)
    torch.testing.assert_close(found["gap"], values["gap"])
    torch.testing.assert_close(references(said, z, batch)["gap"], torch.full((60,), 8.0, dtype=torch.float64))
    assert float(references.scale[0]) < 1e-6


def test_references_stay_exact():
    references = References(TARGETS)
    references.reference[1, 1] = -13.600000000001
    assert references.half().float().reference[1, 1] == -13.600000000001


def test_bad_targets():
    with pytest.raises(ValueError, match="kind 'matrix' is unknown; choose one of scalar, length, vector, tensor"):
        Target("alpha", "matrix")
    with pytest.raises(ValueError, match="targets must have different names"):
        References([Target("a"), Target("a")])


def test_the_charge_of_a_molecule_adds_a_parabola():
    generator = torch.Generator().manual_seed(0)
    sizes = torch.randint(2, 8, (60,), generator=generator)
    batch = torch.arange(60).repeat_interleave(sizes)
    z = torch.tensor([1, 6, 8])[torch.randint(0, 3, (len(batch),), generator=generator)]
    charge = torch.randint(-2, 3, (60,), generator=generator).double()
    elements = torch.tensor([0.0, -13.0, 0, 0, 0, 0, -60.0, 0, -110.0], dtype=torch.float64)
    energy = torch.zeros(60, dtype=torch.float64).index_add(0, batch, elements[z]) + 5.0 * charge - 0.7 * charge**2
    reference = ChargeReference()
    reference.measure(z, batch, energy, charge)
    torch.testing.assert_close(reference.terms, torch.tensor([5.0, -0.7], dtype=torch.float64))
    assert reference.float().terms.dtype == torch.float64
    torch.testing.assert_close(reference(charge), 5.0 * charge - 0.7 * charge**2)
