"""Pages of results whose numbers and plots come from the JSON files of the benchmarks.

In a page of ``docs/results``, ``{{forces/accuracy/MolField/*/#/forces; ×1000 .1f}}`` stands for a number of
``docs/results/forces.json`` (see `figures`), and ``{results-plot}`` draws such numbers as bars (see `plots`). A number
that is not there, and a file whose figures are of other weights than the shipped ones (see `stale`), are warnings, with
which ``make docs`` fails.
"""
