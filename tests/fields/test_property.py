import math

import pytest
import torch

from torch_molfield.fields import PropertyField

PAIR = torch.tensor([6, 8]), torch.tensor([[0.0, 0, 0], [30.0, 0, 0]])


def test_property_as_radius_relative_to_carbon():
    field = PropertyField(("pauling", "wigner_seitz"), beta=0.5)
    oxygen = torch.tensor([[30.0, 3.44 / 2.55, 0], [30.0, 1.70 / 5.55, 0]])
    value = field(oxygen, *PAIR)
    assert float(value[0, 0]) == pytest.approx(1.0, rel=1e-5)
    assert float(value[1, 1]) == pytest.approx(1.0, rel=1e-5)
    assert field.channels == ("pauling", "wigner_seitz")
    assert field.units == ""


def test_property_as_amplitude_is_the_property_at_a_lone_atom():
    field = PropertyField(("polarizability", "charge"), mode="amplitude", charges=torch.tensor([0.3, -0.4]))
    value = field(torch.tensor([[30.0, 0, 0], [0.0, 1.70, 0]]), *PAIR)
    assert value[0].tolist() == pytest.approx([5.3 * 0.1481847, -0.4], rel=1e-4)
    assert float(value[1, 1]) == pytest.approx(0.3 * math.exp(-0.75), rel=1e-5)
    assert field.units == "Å^3, e"


def test_hydrophobicity_has_a_sign_and_values_of_its_own():
    field = PropertyField("hydrophobicity", "amplitude", hydrophobicity=torch.tensor([4.5, -3.5]))
    assert field(PAIR[1], *PAIR)[:, 0].tolist() == pytest.approx([4.5, -3.5], rel=1e-5)
    assert field.units == "1"
    with pytest.raises(ValueError, match=r"hydrophobicity=\[N\]"):
        PropertyField("hydrophobicity", "amplitude")


def test_errors_name_the_remedy():
    with pytest.raises(ValueError, match="'miedema' has no value for O"):
        PropertyField(("miedema",))(torch.zeros(1, 3), *PAIR)
    assert torch.isfinite(PropertyField("miedema", overrides={"miedema": {8: 7.0}})(torch.zeros(1, 3), *PAIR)).all()
    with pytest.raises(ValueError, match="mode='amplitude'"):
        PropertyField(("charge",), charges=torch.zeros(2))
    with pytest.raises(ValueError, match=r"charges=\[N\]"):
        PropertyField(("charge",), mode="amplitude")
    with pytest.raises(ValueError, match="properties must be among"):
        PropertyField(("colour",))
    with pytest.raises(ValueError, match="mode must be"):
        PropertyField(mode="height")
    with pytest.raises(ValueError, match=r"charges must have shape \[2\]"):
        PropertyField(("charge",), mode="amplitude", charges=torch.zeros(3))(torch.zeros(1, 3), *PAIR)


def test_repr():
    assert repr(PropertyField(("pauling",))) == (
        "PropertyField(properties=('pauling',), mode='radius', beta=0.75, charges=None, overrides={}, tolerance=1e-06, "
        "hydrophobicity=None, sigma=None)"
    )
    one, two = (PropertyField("charge", "amplitude", charges=torch.tensor([q, 0.1])) for q in (0.1, 0.2))
    assert repr(one) != repr(two)
    assert "Tensor([2], torch.float32, sha256=" in repr(one)


def test_equal_widths():
    field = PropertyField("charge", "amplitude", charges=torch.tensor([0.3, -0.4]), sigma=0.5)
    z, pos = torch.tensor([1, 8]), torch.tensor([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0]])
    points = torch.tensor([[0.5, 0.0, 0.0], [2.0, 0.0, 0.0]])
    square = torch.cdist(points, pos).square()
    expected = (torch.exp(-square / (2 * 0.5**2)) * torch.tensor([0.3, -0.4])).sum(1, keepdim=True)
    torch.testing.assert_close(field(points, z, pos), expected)
    with pytest.raises(ValueError, match="sigma belongs to mode='amplitude'"):
        PropertyField("pauling", sigma=0.5)
    with pytest.raises(ValueError, match="sigma must be"):
        PropertyField("charge", "amplitude", charges=torch.zeros(2), sigma=-1.0)
