import numpy as np
import pytest
import torch

from torch_molfield.data import QM9
from torch_molfield.models import QuantumDeepField

COUNT = 60


@pytest.fixture(scope="module")
def archive(data_dir):
    path = data_dir / "qdf" / "reference_under14.npz"
    return path, dict(np.load(path, allow_pickle=False))


def test_published_predictions(archive, data_dir):
    path, arrays = archive
    model = QuantumDeepField.from_reference(path)
    assert sum(p.numel() for p in model.parameters()) == 392_562
    chosen = np.linspace(0, len(arrays["test_ids"]) - 1, COUNT).astype(int)
    molecules = QM9(data_dir, gdb=arrays["test_ids"][chosen])
    z, pos = torch.cat([m.z for m in molecules]), torch.cat([m.pos for m in molecules])
    batch = torch.arange(COUNT).repeat_interleave(torch.tensor([len(m.z) for m in molecules]))
    with torch.no_grad():
        predicted = model(z, pos, batch)
        published = torch.from_numpy(arrays["test_prediction_eV"][chosen])
        assert float((predicted - published).abs().max()) < 1e-3
        for block in model.blocks(z, pos, batch):
            parts = model.functions(block).points
            electrons = sum((part.weight * psi.square().sum(-1)).sum(1) for part, psi in parts)
            assert float((electrons - block.electrons).abs().max()) < 2e-5
    errors = torch.tensor([float(m.atomization) for m in molecules]) - predicted
    assert float(errors.abs().mean()) < 0.08


def test_shipped_weights_are_the_published_ones(archive):
    shipped, published = QuantumDeepField.from_pretrained("qdf"), QuantumDeepField.from_reference(archive[0])
    assert shipped.config == published.config
    for name, tensor in published.state_dict().items():
        assert torch.equal(shipped.state_dict()[name], tensor)


class TestBadInput:
    def write(self, tmp_path, arrays, **changes):
        np.savez(tmp_path / "weights.npz", **{k: v for k, v in {**arrays, **changes}.items() if v is not None})
        return tmp_path / "weights.npz"

    def test_weights_of_another_basis(self, archive, tmp_path):
        labels = archive[1]["orbital_labels"].copy()
        labels[0] = "C3d0"
        with pytest.raises(ValueError, match="another basis than 6-31G as published: it differs in C1s0, C3d0"):
            QuantumDeepField.from_reference(self.write(tmp_path, archive[1], orbital_labels=labels))

    def test_labels_of_no_element(self, archive, tmp_path):
        labels = np.array([f"X{k}" for k in range(60)])
        with pytest.raises(ValueError, match="another basis"):
            QuantumDeepField.from_reference(self.write(tmp_path, archive[1], orbital_labels=labels))

    def test_missing_and_misshapen_arrays(self, archive, tmp_path):
        with pytest.raises(ValueError, match="lacks 'W_density__bias'"):
            QuantumDeepField.from_reference(self.write(tmp_path, archive[1], W_density__bias=None))
        with pytest.raises(ValueError, match=r"'W_property__weight' has shape \(1, 7\), expected \(1, 250\)"):
            QuantumDeepField.from_reference(self.write(tmp_path, archive[1], W_property__weight=np.zeros((1, 7))))

    def test_no_file(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"gone\.npz"):
            QuantumDeepField.from_reference(tmp_path / "gone.npz")
