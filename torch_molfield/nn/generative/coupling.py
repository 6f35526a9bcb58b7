"""Noise in the form of sites, assigned to molecules by optimal transport.

Sites of one label may be exchanged, hydrogens of one site may be exchanged, and the signs of the canonical axes are
arbitrary. Of all noise that is equal up to these, a molecule gets the one nearest to it (minibatch optimal transport
of Tong et al. 2024, arXiv 2302.00482, within a molecule; Song et al. 2023, arXiv 2312.07168, for atoms). Paths of the
flow are then short, and noise that is drawn anew during sampling must be assigned in the same way.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
import torch
from torch import Tensor

from torch_molfield.geometry.united_atoms import MAX_HYDROGENS, Sites

#: Å, standard deviation of each coordinate of the noise of vectors to hydrogens: that of a random vector of 1.07 Å
HYDROGEN_SPREAD = 0.62
#: Å, least spread of noise along an axis: flat molecules are reached from noise that is not flat
MIN_SPREAD = 0.3
#: costs more than any distance: noise of another label
_FORBIDDEN = 1e6
#: orders of a site's hydrogens
_ORDERS = np.array(list(permutations(range(MAX_HYDROGENS))))


def axis_signs(mirror_images: bool) -> Tensor:
    """``[F, 3]`` signs of the axes: those of determinant +1, or all."""
    signs = torch.cartesian_prod(*[torch.tensor([1.0, -1.0])] * 3)
    return signs if mirror_images else signs[signs.prod(1) > 0]


def make_noise(normal: Tensor, label: Tensor, hydrogens: Tensor, spread: Tensor) -> Sites:
    """Sites of noise from standard normal numbers.

    Args:
        normal: ``[B, n, 4, 3]``; first the site, then its hydrogens.
        label: ``[B, n]``, −1 where there is no site.
        hydrogens: ``[B, n]``, how many each site has.
        spread: ``[B, 3]`` Å, standard deviation of positions along the axes.
    """
    mask = (label >= 0).to(normal.dtype)[..., None]
    pos = normal[:, :, 0] * spread[:, None] * mask
    pos = (pos - pos.sum(1, keepdim=True) / mask.sum(1, keepdim=True)) * mask
    there = torch.arange(MAX_HYDROGENS, device=label.device) < hydrogens[..., None]
    return Sites(label, pos, normal[:, :, 1:] * HYDROGEN_SPREAD * there[..., None])


def assign_noise(sites: Sites, noise: Sites, signs: Tensor) -> Sites:
    """``noise`` exchanged within labels and sites, and its axes turned round, so that it is nearest to ``sites``.

    Args:
        sites: of B molecules. noise: of the same labels, as :func:`make_noise` gives it.
        signs: ``[F, 3]`` of :func:`axis_signs`.
    """
    device = sites.pos.device
    label, x, vectors = (t.cpu().numpy() for t in sites)
    turned = noise.pos.cpu().numpy()[:, None] * signs.cpu().numpy()[None, :, None]
    cost = -np.einsum("bix,bfjx->bfij", x, turned) + _FORBIDDEN * (label[:, None, :, None] != label[:, None, None])
    sign, order = _best(cost)
    chosen = turned[np.arange(len(sign)), sign]
    pos = np.take_along_axis(chosen, order[..., None], axis=1)
    turned_vectors = noise.hydrogens.cpu().numpy() * signs.cpu().numpy()[sign][:, None, None]
    assigned = _nearest_hydrogens(vectors, np.take_along_axis(turned_vectors, order[..., None, None], axis=1))
    return Sites(sites.label, torch.from_numpy(pos).to(device), torch.from_numpy(assigned).to(device))


def _best(cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For ``cost [B, F, n, n]`` the cheapest sign ``[B]`` and assignment ``[B, n]``."""
    from scipy.optimize import linear_sum_assignment

    batch, number, count = cost.shape[:3]
    sign, order = np.zeros(batch, dtype=np.int64), np.zeros((batch, count), dtype=np.int64)
    rows = np.arange(count)
    for b in range(batch):
        least = np.inf
        for f in range(number):
            column = linear_sum_assignment(cost[b, f])[1]
            total = cost[b, f][rows, column].sum()
            if total < least:
                least, sign[b], order[b] = total, f, column
    return sign, order


def _nearest_hydrogens(vectors: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """The noise of each site's hydrogens in the order that fits best; what is 0 in both stays where it is."""
    closeness = np.einsum("bikx,bilx->bikl", vectors, noise)
    rows = np.arange(MAX_HYDROGENS)
    there = np.abs(noise).sum(-1) > 0
    # Noise must not go where there is no hydrogen: it would be lost.
    fits = np.stack([(there[:, :, order] == there).all(-1) for order in _ORDERS], axis=-1)
    value = np.stack([closeness[:, :, rows, order].sum(-1) for order in _ORDERS], axis=-1)
    best = _ORDERS[np.where(fits, value, -np.inf).argmax(-1)]
    return np.take_along_axis(noise, best[..., None], axis=2)
