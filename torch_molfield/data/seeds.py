"""Seeds made of other seeds."""

from __future__ import annotations


def mix_seed(seed: int, step: int) -> int:
    """Two integers to one, far apart for neighbours (the constants of SplitMix64)."""
    value = (seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) % 2**64
    value ^= value >> 31
    return (value * 0xBF58476D1CE4E5B9) % 2**63
