import pytest

from torch_molfield.cli.seed import LARGEST

COMMANDS = {
    "demo": (),
    "fit": ("CCO",),
    "interpolate": ("frames.xyz",),
    "md": ("CCO", "--model", "md-forces"),
    "evaluate": ("md-surfaces", "ethanol"),
    "train surface": ("ethanol", "--out", "out"),
    "train fields": ("library.smi", "--out", "out"),
}


@pytest.mark.parametrize("seed", [-1, LARGEST + 1])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_seed_out_of_range(refused, tmp_path, monkeypatch, command, seed):
    monkeypatch.chdir(tmp_path)
    assert "'--seed'" in refused(*command.split(), *COMMANDS[command], "--seed", seed)
    assert not list(tmp_path.iterdir())
