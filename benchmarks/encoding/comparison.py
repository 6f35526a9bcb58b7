"""Errors of all variants of a host, and their ratios with confidence intervals."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
from once import once, plain
from scipy.stats import bootstrap

from encoding.problems import Problem, force_problem, property_problem
from encoding.training import chosen, trained
from encoding.variants import BASELINE, ENCODING, PENALTY, VARIANTS

#: what learning the basis does, what its penalty adds, and both
RATIOS = {"learning": (ENCODING, BASELINE), "penalty": (PENALTY, ENCODING), "both": (PENALTY, BASELINE)}


def properties(options: argparse.Namespace) -> dict[str, Any]:
    """Mean absolute errors on 2 000 test molecules of QM9, one network a target; several sizes show how data count."""
    return _compare([property_problem(options, t, n) for n in options.sizes for t in options.targets], options)


def forces(options: argparse.Namespace) -> dict[str, Any]:
    """Mean absolute errors of forces on 1 000 test frames of revised MD17, one network a molecule."""
    return _compare([force_problem(options, m, n) for n in options.frames for m in options.molecules], options)


def _compare(problems: Sequence[Problem], options: argparse.Namespace) -> dict[str, Any]:
    """By host: errors by problem, variant and seed; the scans; ratios of errors."""
    found = {}
    for host in options.hosts:
        errors = {
            p.name: {v: [_error(p, host, v, s, options) for s in options.seeds] for v in VARIANTS} for p in problems
        }
        scans = {p.name: chosen(p, host, options) for p in problems}
        ratios = {name: ratio(list(errors.values()), *pair) for name, pair in RATIOS.items()}
        found[host] = {"errors": errors, "units": {p.name: p.unit for p in problems}, "chosen": scans, "ratios": ratios}
    return found


def _error(problem: Problem, host: str, variant: str, seed: int, options: argparse.Namespace) -> float:
    name = f"{plain(host)}-{problem.name}-{variant}-{seed}"
    return once(options.out, name, lambda: problem.error(trained(problem, host, variant, seed, options), problem.test))


def ratio(errors: Sequence[dict[str, list[float]]], variant: str, other: str) -> dict[str, float]:
    """Geometric mean over problems and seeds of the errors of one variant over those of another, and its 95 % interval
    by bootstrap over problems and seeds (none from fewer than three)."""
    logs = np.log(np.concatenate([np.divide(row[variant], row[other]) for row in errors]))
    mean = float(np.exp(logs.mean()))
    if len(logs) < 3:
        return {"mean": mean}
    interval = bootstrap((logs,), np.mean, method="percentile", rng=np.random.default_rng(0)).confidence_interval
    return {"mean": mean, "low": float(np.exp(interval.low)), "high": float(np.exp(interval.high))}
