import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import pytest

from torch_molfield.data.setting_types import Count, Element, Positive, Range, Share, argument_types, check_types
from torch_molfield.models.pretrained import MODELS

GOOD = [
    (Count, 1),
    (Positive, 2),
    (Positive | None, None),
    (Share, 1.0),
    (float, -0.5),
    (bool, True),
    (str, ""),
    (dict[str, Any], {"a": 1}),
    (Sequence[Element] | None, [1, 118]),
    (Sequence[str | Mapping[str, Any]], ("gap", {})),
    (Literal["a", "b"], "b"),
    (Any, object()),
    (str | range, range(3)),
]
BAD = [
    (Count, 0, "a whole number of at least 1"),
    (Count, 2.0, "a whole number of at least 1"),
    (Count, 10**30, "a whole number"),
    (int, True, "a whole number"),
    (float, math.nan, "a number"),
    (float, math.inf, "a number"),
    (Positive | None, 0, "a number above 0 or none"),
    (Share, 7, "a number above 0 and at most 1"),
    (bool, 2, "true or false"),
    (str, 7, "a text"),
    (dict[str, Any], None, "an object of settings"),
    (Sequence[Element] | None, 5, "a list, each a whole number of at least 1 and at most 118 or none"),
    (Sequence[Annotated[int, Range(2)]], [2, 1], "a list, each a whole number of at least 2"),
    (Sequence[str], "gap", "a list, each a text"),
    (Literal["a", "b"], "c", "one of 'a', 'b'"),
    (str | range, 5, "a text"),
]


@pytest.mark.parametrize(("hint", "value"), GOOD)
def test_values_that_fit(hint, value):
    check_types({"name": value, "unknown": 5}, {"name": hint})


@pytest.mark.parametrize(("hint", "value", "sentence"), BAD)
def test_values_that_do_not_fit(hint, value, sentence):
    with pytest.raises(ValueError) as refused:
        check_types({"name": value}, {"name": hint}, "here: ")
    assert str(refused.value).startswith(f"here: name must be {sentence}")
    assert f"got {value!r}"[:60] in str(refused.value)


@pytest.mark.parametrize("name", MODELS.names())
def test_the_annotations_of_every_model_can_be_evaluated(name):
    assert argument_types(MODELS.get(name))


def test_annotations_that_cannot_be_evaluated():
    def made(value: "Absent") -> None:  # noqa: F821
        del value

    assert argument_types(made) == {}
