"""Parts of benchmarks/regpe.py: a baseline basis beside the regularized positional encoding."""
