import pytest
import torch
from torch_geometric.transforms import BaseTransform

from torch_molfield.data import MolFieldData
from torch_molfield.data.datasets.molecules import MoleculeDataset, file_identity


class Shift(BaseTransform):
    """Moves a molecule along x; its repr carries the length, as PyG asks."""

    def __init__(self, length: float) -> None:
        self.length = length

    def forward(self, data):
        data.pos = data.pos + torch.tensor([self.length, 0.0, 0.0])
        return data

    def __repr__(self) -> str:
        return f"Shift({self.length})"


class Source:
    """Counts how often it is read."""

    def __init__(self, count: int = 4) -> None:
        self.reads, self.count = 0, count

    def __call__(self):
        self.reads += 1
        for k in range(self.count):
            yield MolFieldData(z=torch.tensor([1] * (k + 1)), pos=torch.zeros(k + 1, 3), name=f"m{k}")


def test_filter_transform_and_access():
    data = MoleculeDataset(
        Source(), {}, transform=Shift(1.0), pre_transform=Shift(2.0), pre_filter=lambda m: m.num_nodes > 1
    )
    assert [m.num_nodes for m in data] == [2, 3, 4]
    assert data[0].pos[:, 0].tolist() == [3.0, 3.0]
    assert data[0].pos[:, 0].tolist() == [3.0, 3.0], "a transform must not pile up"
    assert [m.name for m in data[1:]] == ["m2", "m3"]
    assert isinstance(data[0], MolFieldData)
    assert data.cache_file is None


def test_cache_is_used_and_never_stale(tmp_path):
    source = Source()
    first = MoleculeDataset(source, {"a": 1}, tmp_path, pre_transform=Shift(2.0))
    again = MoleculeDataset(source, {"a": 1}, tmp_path, pre_transform=Shift(2.0))
    assert source.reads == 1
    assert len(again) == 4
    assert [m.name for m in again] == [m.name for m in first]
    assert all(torch.equal(a.pos, b.pos) for a, b in zip(first, again, strict=True))
    assert isinstance(again[0], MolFieldData)
    other = MoleculeDataset(source, {"a": 1}, tmp_path, pre_transform=Shift(3.0))
    assert source.reads == 2
    assert other[0].pos[0, 0] == 3.0
    MoleculeDataset(source, {"a": 2}, tmp_path, pre_transform=Shift(3.0))
    assert source.reads == 3
    MoleculeDataset(source, {"a": 1}, tmp_path, pre_transform=Shift(3.0), force_reload=True)
    assert source.reads == 4
    assert len(list(tmp_path.iterdir())) == 3
    assert all(path.suffix == ".pt" for path in tmp_path.iterdir())


def test_cache_loads_under_weights_only(tmp_path):
    data = MoleculeDataset(Source(), {}, tmp_path)
    content, _, kind = torch.load(data.cache_file, weights_only=True)
    assert kind is MolFieldData
    assert content["pos"].shape == (10, 3)


def test_transforms_without_identity_are_not_cached(tmp_path):
    source = Source()
    for _ in range(2):
        data = MoleculeDataset(source, {}, tmp_path, pre_transform=lambda m: m)
    assert source.reads == 2
    assert data.cache_file is None
    assert not list(tmp_path.iterdir())


def test_one_molecule(tmp_path):
    for _ in range(2):
        data = MoleculeDataset(Source(1), {}, tmp_path)
        assert len(data) == 1
        assert data[0].z.tolist() == [1]


def test_damaged_cache_names_the_remedy(tmp_path):
    path = MoleculeDataset(Source(), {}, tmp_path).cache_file
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ValueError, match=r"\.pt is damaged; delete it or pass force_reload=True"):
        MoleculeDataset(Source(), {}, tmp_path)
    assert len(MoleculeDataset(Source(), {}, tmp_path, force_reload=True)) == 4


def test_nothing_left():
    with pytest.raises(ValueError, match="no molecule is left"):
        MoleculeDataset(Source(), {}, pre_filter=lambda m: False)


def test_a_failing_transform_leaves_no_file(tmp_path):
    class Fails(Shift):
        def forward(self, data):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        MoleculeDataset(Source(), {}, tmp_path, pre_transform=Fails(1.0))
    assert not list(tmp_path.iterdir())


def test_file_identity(tmp_path):
    path = tmp_path / "f"
    assert file_identity(path) is None
    path.write_text("a")
    first = file_identity(path)
    path.write_text("ab")
    assert file_identity(path) != first
