import pytest

from torch_molfield.encode.job_part import WHOLE, JobPart


def test_every_shard_is_of_one_part():
    parts = [JobPart.read(f"{k}/5") for k in range(1, 6)]
    assert all(sum(part.has(shard) for part in parts) == 1 for shard in range(23))
    assert all(WHOLE.has(shard) for shard in range(7))


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "1/0", "-1/4", "a/b", "1/4/2", "1.0/2", ""])
def test_what_is_no_part(text):
    with pytest.raises(ValueError, match="from 1/64 to 64/64"):
        JobPart.read(text)
