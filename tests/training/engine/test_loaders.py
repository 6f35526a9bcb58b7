import lightning
import pytest
import torch
from torch.utils.data import DataLoader as TorchLoader
from torch_geometric.data import Data
from torch_geometric.data.lightning import LightningDataset
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import Compose, RandomJitter

from torch_molfield.fields import GaussianField
from torch_molfield.training import DensityTask, DensityTraining, train
from torch_molfield.training.engine.loaders import LoaderModule
from torch_molfield.transforms import SampleField

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}


class Molecules(torch.utils.data.Dataset):
    """Molecules that a transform changes whenever they are taken."""

    def __init__(self, molecules, transform):
        self.molecules, self.transform = molecules, transform

    def __len__(self):
        return len(self.molecules)

    def __getitem__(self, k):
        return self.transform(self.molecules[k].clone())


class OwnModule(lightning.LightningDataModule):
    def __init__(self, molecules):
        super().__init__()
        self.given, self.calls = molecules, []

    def prepare_data(self):
        self.calls.append("prepare_data")

    def setup(self, stage):
        self.calls.append(stage)
        self.molecules = self.given

    def train_dataloader(self):
        return DataLoader(self.molecules[:16], batch_size=4, shuffle=True)


class OwnModuleWithValidation(OwnModule):
    def val_dataloader(self):
        return DataLoader(self.molecules[16:], batch_size=4)


def columns(folder):
    return (folder / "log" / "metrics.csv").read_text().splitlines()[0].split(",")


def test_a_loader_of_sampled_fields_trains_densities(frames, tmp_path):
    plain = [Data(z=frame.z, pos=frame.pos) for frame in frames[:16]]
    sampled = Molecules(plain, SampleField(GaussianField(channels=["H", "O"], sigma=0.45), num_points=64))
    loader = DataLoader(sampled, batch_size=4, shuffle=True, follow_batch=["points"])
    task = DensityTask(DensityTraining(max_steps=120, learning_rate=0.02, model=SMALL))
    seen = []
    losses = task.losses
    task.losses = lambda batch: seen.append((batch.points.shape, batch.field_values.shape)) or losses(batch)
    model = train(task, loader, directory=tmp_path, accelerator="cpu", progress_bar=False)
    assert seen == [((256, 3), (256, 2))] * 120
    assert model.channels == ("H", "O")
    batch = next(iter(loader))
    with torch.no_grad():
        found = model(batch.z, batch.pos, batch.batch)(batch.points, batch.points_batch)
    assert float((found - batch.field_values).square().mean()) < 0.9 * float(batch.field_values.square().mean())


def test_points_need_their_molecules(frames, tmp_path):
    sampled = Molecules(frames[:8], SampleField(GaussianField(channels=["H", "O"]), num_points=8))
    task = DensityTask(DensityTraining(max_steps=2, model=SMALL))
    with pytest.raises(ValueError, match=r"points_batch.*follow_batch=\[.points.\]"):
        train(task, DataLoader(sampled, batch_size=4), directory=tmp_path, accelerator="cpu", progress_bar=False)


def test_a_data_module_trains_and_is_set_up(train_line, frames, tmp_path):
    module = OwnModule(frames)
    train_line(module)
    assert module.calls == ["prepare_data", "fit"]
    assert not (tmp_path / "run" / "best").exists()


def test_the_validation_of_a_data_module_is_used(train_line, frames, tmp_path):
    train_line(OwnModuleWithValidation(frames), settings={"max_steps": 20})
    assert {"val_loss", "val_mae"} <= set(columns(tmp_path / "run"))


@pytest.mark.parametrize("validated", [False, True])
def test_data_modules_of_pyg_train(train_line, frames, tmp_path, validated):
    parts = {"train_dataset": frames[:16], "val_dataset": frames[16:]} if validated else {"train_dataset": frames[:16]}
    train_line(LightningDataset(**parts, batch_size=4, num_workers=0, pin_memory=False), settings={"max_steps": 20})
    assert ("val_loss" in columns(tmp_path / "run")) is validated


def test_a_loader_is_validated_on_molecules_or_a_loader(train_line, frames, tmp_path):
    loader = DataLoader(frames[:16], batch_size=4)
    for k, val_data in enumerate((frames[16:], DataLoader(frames[16:], batch_size=4))):
        train_line(loader, val_data, settings={"max_steps": 20}, directory=tmp_path / str(k))
        assert "val_loss" in columns(tmp_path / str(k))


def test_loaders_that_are_none_are_refused(frames):
    class Several(OwnModuleWithValidation):
        def val_dataloader(self):
            return [DataLoader(self.molecules, batch_size=4)] * 2

    with pytest.raises(ValueError, match=r"val_dataloader\(\) of Several gives no DataLoader; give one loader"):
        LoaderModule.of(Several(frames))
    module = OwnModule(frames)
    module.train_dataloader = lambda: [1, 2]
    with pytest.raises(ValueError, match=r"train_dataloader\(\) of OwnModule gives no DataLoader"):
        LoaderModule.of(module)
    assert isinstance(LoaderModule.of(OwnModule(frames)).train_dataloader(), TorchLoader)


def test_molecules_that_change_whenever_they_are_taken_can_be_resumed(train_line, frames):
    loader = DataLoader(Molecules(frames[:16], Compose([RandomJitter(0.1)])), batch_size=4)
    train_line(loader)
    train_line(loader, settings={"max_steps": 12}, resume=True)
