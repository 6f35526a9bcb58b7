import pytest

from torch_molfield.fields import GaussianField, PromolecularDensity, SignedDistanceField
from torch_molfield.functions import display as module
from torch_molfield.functions.display import register_display
from torch_molfield.nn.gaussians import AtomCenteredDensity


def test_a_distance_is_shown_by_its_surface(water):
    view = SignedDistanceField("ses").bind(water.z, water.pos).show(spacing=0.4)
    (shown,) = view.molecules
    assert view.title == "signed distance of H₂O"
    assert shown.surfaces[0].axis == ""
    assert shown.bonds


def test_another_field_has_a_slider(water):
    (shown,) = PromolecularDensity().bind(water.z, water.pos).show(level=0.01, spacing=0.4).molecules
    (surface,) = shown.surfaces
    assert surface.levels[surface.start] == 0.01
    assert surface.unit == "e/Å^3"


def test_a_density_is_painted_with_its_potential(water):
    (shown,) = AtomCenteredDensity(water.z, water.pos).show(spacing=0.5).molecules
    first, slider = shown.surfaces
    assert [paint.name for paint in first.paints] == ["potential", "curvature"]
    assert slider.levels[slider.start] == pytest.approx(0.001)


def test_a_channel_that_there_is_not_is_refused(water):
    with pytest.raises(ValueError, match="channel 9 does not exist"):
        GaussianField().bind(water.z, water.pos).show(channel=9)


def test_others_can_show_it_their_way(water, monkeypatch):
    monkeypatch.setattr(module, "_ways", [])
    register_display(lambda function, **options: options)
    assert SignedDistanceField("vdw").bind(water.z, water.pos).show(molecule=0, level=0.5)["level"] == 0.5
