import numpy as np
import pytest
from ase import units
from ase.calculators.lj import LennardJones
from ase.md.verlet import VelocityVerlet
from ase.optimize import BFGS

from torch_molfield.calculators import MolFieldCalculator, SurfaceFile, SurfaceRecorder


def test_a_run_and_its_continuation(model, water, tmp_path):
    water.calc = MolFieldCalculator(model)
    path = tmp_path / "run.surfaces"
    dyn = VelocityVerlet(water, 0.5 * units.fs)
    dyn.attach(SurfaceRecorder(dyn, water, path, "vdw", 0.5), interval=2)
    dyn.run(4)
    dyn.observers.clear()
    dyn.attach(SurfaceRecorder(dyn, water, path, "vdw", 0.5, append=True), interval=2)
    dyn.run(2)
    file = SurfaceFile.open(path)
    table = file.table()
    assert table["step"].tolist() == [0, 2, 4, 6]
    np.testing.assert_allclose(table["time"], 0.5 * table["step"])
    last = list(file)[-1]
    np.testing.assert_allclose(last.positions, water.positions, atol=1e-5)
    assert last.mesh.area == pytest.approx(water.calc.get_surface(water, "vdw", 0.5).area, rel=1e-5)
    with pytest.raises(ValueError, match="holds the vdw surface of 6 atoms"):
        SurfaceRecorder(dyn, water, path, "ses", 0.5, append=True)


def test_a_new_run_goes_on_where_the_file_ends(model, water, tmp_path):
    water.calc = MolFieldCalculator(model)
    path = tmp_path / "run.surfaces"
    for _ in range(2):
        dyn = VelocityVerlet(water, 0.5 * units.fs)
        dyn.attach(SurfaceRecorder(dyn, water, path, "vdw", 0.5, append=True), interval=2)
        dyn.run(4)
    table = SurfaceFile.open(path).table()
    assert table["step"].tolist() == [0, 2, 4, 6, 8]
    np.testing.assert_allclose(table["time"], 0.5 * table["step"])


@pytest.mark.parametrize(
    ("kind", "spacing", "sentence"), [("foo", 0.5, "unknown"), ("learned", 0.5, "no field"), ("vdw", -1.0, "spacing")]
)
def test_a_refused_run_leaves_the_file_of_an_earlier_one(model, water, tmp_path, kind, spacing, sentence):
    water.calc = MolFieldCalculator(model)
    dyn, path = VelocityVerlet(water, 0.5 * units.fs), tmp_path / "run.surfaces"
    path.write_text("what was there")
    with pytest.raises(ValueError, match=sentence):
        SurfaceRecorder(dyn, water, path, kind, spacing)
    assert path.read_text() == "what was there"


def test_an_optimiser_has_no_time_and_other_calculators_no_surface(model, water, tmp_path):
    water.calc = LennardJones(rc=3.0)
    dyn = BFGS(water, logfile=None)
    with pytest.raises(ValueError, match="returns no surfaces"):
        SurfaceRecorder(dyn, water, tmp_path / "run.surfaces")
    source = MolFieldCalculator(model)
    dyn.attach(SurfaceRecorder(dyn, water, tmp_path / "run.surfaces", "vdw", 0.5, source=source))
    dyn.run(steps=1)
    assert np.isnan(SurfaceFile.open(tmp_path / "run.surfaces").table()["time"]).all()
