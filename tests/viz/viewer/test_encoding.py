import base64
import json

import numpy as np
import pytest

from torch_molfield.viz import ShownMolecule
from torch_molfield.viz.viewer.encoding import encode_molecule, encode_scene, to_base64
from torch_molfield.viz.viewer.scene import Opened


def decode(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype=dtype)


def test_what_the_viewer_decodes_is_what_was_meshed(shown):
    encoded = encode_molecule(shown)
    assert encoded["elements"] == ["O", "H", "H"]
    assert decode(encoded["frames"][0], "<f4").reshape(-1, 3) == pytest.approx(shown.frames[0], abs=1e-6)
    for surface, made in zip(encoded["surfaces"], shown.surfaces, strict=True):
        assert len(surface["steps"]) == len(made.meshes)
        for step, mesh in zip(surface["steps"], made.meshes, strict=True):
            vertices = decode(step["vertices"], "<u2").reshape(-1, 3) * step["step"] + step["low"]
            assert vertices == pytest.approx(mesh.vertices, abs=1e-3)
            assert np.array_equal(decode(step["faces"], "<u2").reshape(-1, 3), mesh.faces)
            assert step["area"] == pytest.approx(mesh.area, abs=0.01)


def test_values_are_shares_of_the_limit(shown):
    (surface,) = [s for s in encode_molecule(shown)["surfaces"] if s["paint"] == "error"]
    paint = surface["paints"][0]
    assert (paint["low"], paint["high"], paint["unit"]) == (-paint["high"], paint["high"], "Å")
    found = decode(surface["steps"][0]["paints"][paint["column"]], np.int8) / 127 * paint["high"]
    exact = shown.surfaces[1].paints[0].values[0]
    assert found == pytest.approx(np.clip(exact, paint["low"], paint["high"]), abs=paint["high"] / 200)


def test_the_first_view_holds_all_of_it(shown):
    encoded = encode_molecule(shown)
    vertices = shown.surfaces[0].meshes[0].vertices
    assert np.linalg.norm(vertices - encoded["centre"], axis=1).max() <= encoded["radius"] + 1e-6
    assert np.linalg.norm(encoded["turn"]) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("count", [1, 2])
def test_few_atoms_have_a_view_too(count):
    atoms = ShownMolecule("atoms", np.full(count, 2), [np.eye(3)[:count]])
    encoded = encode_molecule(atoms)
    assert np.isfinite([*encoded["turn"], *encoded["centre"], encoded["radius"]]).all()


def test_nothing_in_the_data_can_end_its_element(shown):
    text = encode_scene([shown], [Opened()])
    assert "</" not in text
    assert json.loads(text)["molecules"][0]["name"] == "water <1>"


def test_base64_is_in_c_order():
    array = np.arange(6, dtype="<u2").reshape(2, 3)
    assert np.array_equal(decode(to_base64(array.T), "<u2"), array.T.ravel())
