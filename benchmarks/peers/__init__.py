"""Networks that MolField is compared with, and how all are trained alike.

Denormal numbers (below 1.2e-38) count as zero in every process that imports this package. SchNet's Gaussians of
distances are full of them, and CPUs multiply them so slowly that a training step of SchNet takes four times as long.
"""

import torch

torch.set_flush_denormal(True)
