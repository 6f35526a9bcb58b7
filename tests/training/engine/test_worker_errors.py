import pytest
import torch
from torch.utils.data import DataLoader

from torch_molfield.training.engine.worker_errors import plain_worker_errors


class OddError(ValueError):
    """Another kind."""


class Bad(torch.utils.data.Dataset):
    def __init__(self, kind):
        self.kind = kind

    def __len__(self):
        return 2

    def __getitem__(self, k):
        try:
            raise KeyError(k)
        except KeyError as error:
            raise self.kind(f"molecule {k}: is bad; leave it out.\nAnd this: too.") from error


@pytest.mark.parametrize("kind", [ValueError, OddError])
@pytest.mark.parametrize("workers", [0, 1])
def test_the_sentence_of_the_worker(kind, workers):
    loader = DataLoader(Bad(kind), batch_size=None, num_workers=workers)
    with pytest.raises(kind) as caught, plain_worker_errors():
        next(iter(loader))
    assert str(caught.value) == "molecule 0: is bad; leave it out.\nAnd this: too."


def test_a_training_says_it(train_line, frames):
    molecules = [frame.clone() for frame in frames[:4]]
    batches = train_line.task.batches

    class Fails(train_line.task):
        def batches(self, data, seed, first=0):
            found = batches(self, data, seed, first)
            found.at = lambda *_: int("x")
            return found

    with pytest.raises(ValueError, match="^invalid literal for int.. with base 10: .x.$"):
        train_line(molecules, task=Fails({"max_steps": 4, "workers": 1}))
