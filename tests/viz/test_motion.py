import re

import numpy as np
import pytest

from torch_molfield.fields import SignedDistanceField
from torch_molfield.surface import mesh_molecules
from torch_molfield.testing import molecule
from torch_molfield.viz import Motion, write_motion
from torch_molfield.viz.motion import columns_figure


@pytest.fixture(scope="module")
def motion():
    z, pos = molecule("H2O")
    positions = [(pos * (1 + 0.02 * k)).numpy() for k in range(3)]
    meshes = [mesh_molecules(SignedDistanceField("vdw"), z, pos * (1 + 0.02 * k), spacing=0.5)[0] for k in range(3)]
    times = np.array([0.0, 5.0, 10.0])
    columns = {"area, Å²": (times, np.array([mesh.area for mesh in meshes]))}
    return Motion("water <1>", z.numpy(), "van der Waals surface", positions, meshes, times, columns=columns)


def test_a_page_that_fetches_nothing_and_has_all_that_the_viewer_asks_for(motion, tmp_path):
    document = write_motion(tmp_path / "motion.html", motion, "molfield md").read_text(encoding="utf-8")
    assert "water &lt;1&gt; in motion" in document
    assert "3 surfaces of 3 atoms" in document
    assert "van der Waals surface" in document
    assert not re.search(r"https?://|@import|url\(", document)
    assert all(source.startswith("data:image/") for source in re.findall(r"src='([^']*)'", document))
    ids = set(re.findall(r'id="([\w-]+)"', document))
    assert set(re.findall(r'\$\("([\w-]+)"\)', document)) <= ids
    assert "$" not in re.sub(r"\$\(|\$ =", "", document.split("<script>")[0])


def test_time_and_columns(motion):
    assert motion.interval == 5.0
    axis = columns_figure(motion).axes[0]
    assert axis.get_ylabel() == "area, Å²"
    np.testing.assert_allclose(axis.lines[0].get_xdata(), [0, 5, 10])


def test_frames_must_match(motion):
    with pytest.raises(ValueError, match="are no motion"):
        Motion("water", motion.z, "ses", motion.positions, motion.meshes[:2], motion.times)
