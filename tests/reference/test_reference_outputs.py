"""Shipped models and closed-form fields give what they gave when their outputs were recorded."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

_SPEC = importlib.util.spec_from_file_location("reference_outputs", Path(__file__).with_name("outputs.py"))
reference = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(reference)

RTOL = 1e-5
#: eV; total energies are large, and what is known of them is their differences
ENERGY_TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def found() -> dict[str, np.ndarray]:
    return reference.outputs()


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    with np.load(reference.RECORDED, allow_pickle=False) as file:
        return dict(file)


def test_every_output_is_recorded(found, recorded):
    assert set(found) == set(recorded)


@pytest.mark.parametrize("kind", ["field/", "frames/", "mesh/", "model/"])
def test_outputs_are_those_recorded(found, recorded, kind):
    for name in (name for name in recorded if name.startswith(kind)):
        expected = recorded[name]
        allowed = RTOL * np.maximum(np.abs(expected), np.sqrt(np.mean(expected**2)))
        error = np.abs(found[name] - expected)
        assert (error <= np.minimum(allowed, ENERGY_TOLERANCE if "energy" in name else np.inf)).all(), (
            f"{name} is off by {error.max():g}"
        )
