"""Errors of all variants of a host, and their ratios with confidence intervals."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
from once import once, plain
from scipy.stats import t as student

from encoding.problems import Problem, force_problem, property_problem
from encoding.speed import step_seconds
from encoding.training import chosen, trained
from encoding.variants import BASELINE, ENCODING, FILTERS, PENALTY, RADIAL, variants

#: what learning the basis does, what its penalty adds, both; filters; learning distances alone
RATIOS = {
    "learning": (ENCODING, BASELINE),
    "penalty": (PENALTY, ENCODING),
    "both": (PENALTY, BASELINE),
    "filters": (FILTERS, BASELINE),
    "radial": (RADIAL, BASELINE),
}
CONFIDENCE = 0.95


def properties(options: argparse.Namespace) -> dict[str, Any]:
    """Mean absolute errors on test molecules of QM9, one network for all targets; several sizes show how data count."""
    return _compare([property_problem(options, options.targets, n) for n in options.sizes], options)


def forces(options: argparse.Namespace) -> dict[str, Any]:
    """Mean absolute errors of forces on test frames of revised MD17, one network a molecule."""
    return _compare([force_problem(options, m, n) for n in options.frames for m in options.molecules], options)


def _compare(problems: Sequence[Problem], options: argparse.Namespace) -> dict[str, Any]:
    """By host: errors by problem, variant, seed and target; scans and speeds; ratios of errors."""
    found = {}
    for host in options.hosts:
        errors = {
            p.name: {v: [_errors(p, host, v, s, options) for s in options.seeds] for v in variants(host)}
            for p in problems
        }
        found[host] = {
            "errors": errors,
            "units": {p.name: p.units for p in problems},
            "chosen": {p.name: chosen(p, host, options) for p in problems},
            "seconds": {p.name: step_seconds(p, host, options) for p in problems},
            "ratios": {
                name: ratio(list(errors.values()), *pair)
                for name, pair in RATIOS.items()
                if set(pair) <= set(variants(host))
            },
        }
    return found


def _errors(problem: Problem, host: str, variant: str, seed: int, options: argparse.Namespace) -> dict[str, float]:
    name = f"{plain(host)}-{problem.name}-{variant}-{seed}"
    return once(options.out, name, lambda: problem.errors(trained(problem, host, variant, seed, options), problem.test))


def ratio(errors: Sequence[dict[str, list[dict[str, float]]]], variant: str, other: str) -> dict[str, float]:
    """Geometric mean of the errors of one variant over those of another, and its 95 % interval.

    Targets that one network tells are no independent trials: a pair of networks gives one number, the mean logarithm
    over its targets, and the interval is Student's over pairs (none from a single one).
    """
    pairs = [pair for row in errors for pair in zip(row[variant], row[other], strict=True)]
    logs = np.array([np.mean([np.log(one[name] / two[name]) for name in one]) for one, two in pairs])
    mean = float(np.exp(logs.mean()))
    if len(logs) < 2:
        return {"mean": mean}
    reach = student.ppf((1 + CONFIDENCE) / 2, len(logs) - 1) * logs.std(ddof=1) / len(logs) ** 0.5
    return {"mean": mean, "low": mean * float(np.exp(-reach)), "high": mean * float(np.exp(reach))}
