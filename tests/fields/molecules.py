"""Small molecules and rigid motions shared by the tests of the fields."""

import torch


def batch_of_three(dtype=torch.float64, seed=0):
    """Molecules of 5, 1 and 9 atoms: ``(z, pos, batch)``; atoms at least 0.5 Å apart."""
    z = torch.tensor([6, 1, 8, 1, 7, 17, 16, 6, 1, 9, 15, 8, 1, 35, 6])
    batch = torch.tensor([0] * 5 + [1] + [2] * 9)
    generator = torch.Generator().manual_seed(seed)
    grid = torch.tensor([[i % 3, i // 3 % 3, i // 9] for i in range(15)], dtype=dtype) * 1.3
    return z, grid + 0.4 * torch.rand(15, 3, generator=generator, dtype=dtype), batch


def queries(pos, batch, per_molecule=(7, 3, 11), seed=1):
    """Points near the atoms of each molecule and their ``points_batch``."""
    generator = torch.Generator().manual_seed(seed)
    points, owner = [], []
    for molecule, count in enumerate(per_molecule):
        centre = pos[batch == molecule].mean(0)
        points.append(centre + 2.0 * torch.randn(count, 3, generator=generator, dtype=pos.dtype))
        owner += [molecule] * count
    return torch.cat(points), torch.tensor(owner)


def random_rotation(seed=0, dtype=torch.float64):
    """A rotation matrix with determinant +1."""
    generator = torch.Generator().manual_seed(seed)
    q, r = torch.linalg.qr(torch.randn(3, 3, generator=generator, dtype=torch.float64))
    q = q * torch.sign(torch.diagonal(r))
    q[:, 0] *= torch.linalg.det(q)
    return q.to(dtype)
