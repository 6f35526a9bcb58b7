import numpy as np

from torch_molfield.cli.view_run import read_log

HEAD = "step,time_fs,potential_eV,kinetic_eV,total_eV,temperature_K\n"


def test_energies_begin_at_zero_at_the_first_step(tmp_path):
    (tmp_path / "log.csv").write_text(HEAD + "0,0.0,-10.0,1.0,-9.0,300\n10,5.0,-9.5,0.5,-9.0,150\n")
    found = read_log(tmp_path / "log.csv")
    assert set(found) == {"potential energy, eV", "temperature, K"}
    times, energy = found["potential energy, eV"]
    np.testing.assert_array_equal(times, [0.0, 5.0])
    np.testing.assert_array_equal(energy, [0.0, 0.5])


def test_no_log_and_logs_of_other_programs(tmp_path):
    assert read_log(tmp_path / "log.csv") == {}
    (tmp_path / "log.csv").write_text("step,energy\n0,1.0\n")
    assert read_log(tmp_path / "log.csv") == {}
    (tmp_path / "log.csv").write_text(HEAD)
    assert read_log(tmp_path / "log.csv") == {}
