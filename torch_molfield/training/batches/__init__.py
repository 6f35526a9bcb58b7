"""Batches as a function of the seed and the step."""
