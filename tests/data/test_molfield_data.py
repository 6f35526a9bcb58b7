import io

import pytest
import torch
from torch_geometric.data import Batch, InMemoryDataset
from torch_geometric.loader import DataLoader

from torch_molfield.data import MolFieldData


def molecule(atoms: int, points: int, vertices: int) -> MolFieldData:
    faces = torch.arange(vertices).unfold(0, 3, 1)
    return MolFieldData(
        z=torch.ones(atoms, dtype=torch.long),
        pos=torch.rand(atoms, 3),
        edge_index=torch.tensor([[0, atoms - 1], [atoms - 1, 0]]),
        points=torch.rand(points, 3),
        field_values=torch.rand(points, 2),
        surface_pos=torch.rand(vertices, 3),
        face=faces.T,
        frame_rotation=torch.eye(3)[None],
        frame_origin=torch.full((1, 3), float(atoms)),
    )


def test_batch_shifts_row_numbers_by_what_they_number():
    parts = [molecule(3, 5, 4), molecule(2, 7, 6), molecule(4, 1, 5)]
    batch = Batch.from_data_list(parts, follow_batch=["points", "surface_pos"])
    shifted = [part.face + first for part, first in zip(parts, (0, 4, 10), strict=True)]
    assert torch.equal(batch.face, torch.cat(shifted, dim=1))
    assert batch.edge_index.tolist() == [[0, 2, 3, 4, 5, 8], [2, 0, 4, 3, 8, 5]]
    assert batch.points_batch.bincount().tolist() == [5, 7, 1]
    assert batch.surface_pos_batch.bincount().tolist() == [4, 6, 5]
    assert batch.frame_rotation.shape == (3, 3, 3)
    assert batch.frame_origin[:, 0].tolist() == [3.0, 2.0, 4.0]


def test_batch_can_be_taken_apart():
    parts = [molecule(3, 5, 4), molecule(2, 7, 6)]
    for part, again in zip(parts, Batch.from_data_list(parts).to_data_list(), strict=True):
        assert isinstance(again, MolFieldData)
        assert all(torch.equal(part[key], again[key]) for key in part.to_dict())


def test_empty_queries_batch():
    parts = [molecule(3, 0, 4), molecule(2, 7, 4)]
    for part in parts:
        part.points_batch = torch.zeros(part.points.shape[0], dtype=torch.long)
    batch = Batch.from_data_list(parts)
    assert batch.points_batch.tolist() == [1] * 7
    loaded = next(iter(DataLoader(parts, batch_size=2, follow_batch=["field_values"])))
    assert loaded.field_values_batch.tolist() == [1] * 7


def test_foreign_index_keys_keep_pygs_rule():
    parts = [molecule(3, 1, 3), molecule(2, 1, 3)]
    for part in parts:
        part.angle_index = torch.tensor([[0, 1], [1, 0]])
    assert Batch.from_data_list(parts).angle_index.tolist() == [[0, 1, 3, 4], [1, 0, 4, 3]]


def earlier(part: MolFieldData) -> MolFieldData:
    """As earlier versions wrote it: each bond once, in an order of its own."""
    old = MolFieldData(**{key: part[key] for key in part.keys() if key not in ("edge_index", "face")})
    old.bonds, old.surface_face = part.edge_index.T[1:], part.face.T.contiguous()
    return old


def test_earlier_names_can_be_read():
    batch = Batch.from_data_list([molecule(3, 5, 4), molecule(2, 7, 6)])
    with pytest.warns(DeprecationWarning, match=r"use edge_index \[2, E\]"):
        assert batch.bonds.tolist() == [[0, 2], [3, 4]]
    with pytest.warns(DeprecationWarning, match=r"use face \[3, F\]"):
        assert torch.equal(batch.surface_face, batch.face.T)
    assert "bonds" not in batch
    assert MolFieldData().edge_index is None
    with (
        pytest.warns(DeprecationWarning, match="edge_index"),
        pytest.raises(AttributeError, match="has no attribute 'bonds'"),
    ):
        MolFieldData().bonds  # noqa: B018


class Stored(InMemoryDataset):
    """A dataset of a user, processed by an earlier version."""

    def __init__(self, root, molecules):
        self.molecules = molecules
        super().__init__(root)
        self.load(self.processed_paths[0], data_cls=MolFieldData)

    @property
    def processed_file_names(self):
        return ["data.pt"]

    def process(self):
        self.save(self.molecules, self.processed_paths[0])


def test_files_of_earlier_versions_have_the_new_names_too(tmp_path):
    parts = [molecule(3, 5, 4), molecule(2, 7, 6)]
    dataset = Stored(str(tmp_path), [earlier(part) for part in parts])
    assert torch.equal(dataset[1].edge_index, parts[1].edge_index)
    assert torch.equal(dataset[1].face, parts[1].face)
    old, new = next(iter(DataLoader(dataset, batch_size=2))), Batch.from_data_list(parts)
    assert torch.equal(old.edge_index, new.edge_index)
    assert torch.equal(old.face, new.face)
    with pytest.warns(DeprecationWarning, match="edge_index"):
        assert old.bonds.tolist() == [[2, 0], [4, 3]]


def test_faces_without_vertices_say_what_is_missing():
    data = molecule(3, 1, 4)
    del data.surface_pos
    with pytest.raises(ValueError, match="face numbers the rows of surface_pos, which is missing"):
        Batch.from_data_list([data, data])


def test_loads_under_weights_only():
    data, buffer = molecule(3, 5, 4), io.BytesIO()
    torch.save(data, buffer)
    buffer.seek(0)
    again = torch.load(buffer, weights_only=True)
    assert isinstance(again, MolFieldData)
    assert torch.equal(again.points, data.points)


def test_number_of_nodes_is_the_number_of_atoms():
    assert molecule(3, 9, 4).num_nodes == 3
