import pytest

from torch_molfield.data.datasets.sized_source import SizedSource


class Numbers(SizedSource):
    usage = plain = "numbers"
    example = 7

    def part(self, part, size):
        return [part, size]


def test_a_size_limits_the_training_split_alone():
    source = Numbers("numbers/5", "5")
    assert source.load("train", None) == ["train", 5]
    assert source.load("train", 3) == ["train", 3] and source.load("train", 9) == ["train", 5]
    assert source.load("val", None) == ["validation", None] and source.load("test", 2) == ["test", 2]
    assert Numbers("numbers").load("train", None) == ["train", None]
    assert source.title == "numbers"


@pytest.mark.parametrize("option", ["0", "many", "-1", "1.5"])
def test_what_is_no_size(option):
    with pytest.raises(ValueError, match=f"numbers/{option}: after the slash goes a number .* as in numbers/7"):
        Numbers(f"numbers/{option}", option)
