"""What a batch must have for a task."""

from __future__ import annotations

from torch_geometric.data import Data

#: what makes ``points_batch``
FOLLOW_POINTS = 'a DataLoader with follow_batch=["points"]'


def require(batch: Data, **makers: str) -> None:
    """``ValueError`` for the first attribute that ``batch`` lacks; it names what makes the attribute."""
    for name, maker in makers.items():
        if name not in batch:
            raise ValueError(f"the batch has no {name!r}, which {maker} makes.")
