import math

import pytest

from torch_molfield.data.io.reals import is_real, parse_count, parse_real


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5", 1.5),
        ("-.5e-3", -5e-4),
        ("9.6D-1", 0.96),
        ("1d2", 100.0),
        ("1.Q+2", 100.0),
        ("0.12345-100", 0.12345e-100),
        ("-1.5+3", -1500.0),
        ("inf", math.inf),
    ],
)
def test_numbers_of_c_and_fortran(text, value):
    assert parse_real(text) == value and is_real(text)


@pytest.mark.parametrize("text", ["", "x", "1_000", "********", "1.5-", "12-3", "1,5", "-10.12345-100.12345", "D2"])
def test_other_words_are_no_numbers(text):
    assert not is_real(text)
    with pytest.raises(ValueError, match="is not a number"):
        parse_real(text)


def test_counts():
    assert [parse_count(text) for text in ("3", " 12 \r", "0", "-1", "3.0", "1_0", "", "3 atoms", "²")] == [
        3, 12, 0, None, None, None, None, None, None,
    ]  # fmt: skip
