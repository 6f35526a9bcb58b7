import pytest

from torch_molfield.nn.qdf.passes import Passes


@pytest.mark.parametrize("keep", [True, False])
def test_every_pass_gives_all(keep):
    made = []
    passes = Passes(lambda: (made.append(k) or k for k in range(3)), keep)
    assert list(passes) == list(passes) == [0, 1, 2]
    assert len(made) == (3 if keep else 6)
