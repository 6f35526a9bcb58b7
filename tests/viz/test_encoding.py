import base64
from dataclasses import replace

import numpy as np
import pytest

from torch_molfield.viz.encoding import encode_molecule, to_base64


def decode(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype=dtype)


def test_what_the_viewer_decodes_is_what_was_meshed(water_report, water_frame):
    encoded = encode_molecule(water_report.molecules[0])
    assert len(encoded["frames"]) == 2
    frame = encoded["frames"][0]
    for name, mesh in (("true", water_frame.true), ("learned", water_frame.learned)):
        part = frame[name]
        vertices = decode(part["vertices"], "<u2").reshape(-1, 3) * part["step"] + part["low"]
        assert vertices == pytest.approx(mesh.vertices, abs=1e-4)
        assert np.array_equal(decode(part["faces"], "<u2").reshape(-1, 3), mesh.faces)
        assert not part["wide"]
    error = decode(frame["learned"]["error"], np.int8) / 127 * encoded["limit"]
    assert error == pytest.approx(np.clip(water_frame.error, -encoded["limit"], encoded["limit"]), abs=5e-4)
    assert decode(frame["atoms"], "<f4").reshape(-1, 3) == pytest.approx(water_frame.pos, abs=1e-6)
    assert encoded["bonds"] == [[0, 1], [0, 2]]


def test_without_a_movie_the_still_frame_is_shown(water_report):
    still = replace(water_report.molecules[0], movie=())
    assert len(encode_molecule(still)["frames"]) == 1


def test_base64_is_in_c_order():
    array = np.arange(6, dtype="<u2").reshape(2, 3)
    assert np.array_equal(decode(to_base64(array.T), "<u2"), array.T.ravel())
