import numpy as np
import torch

from torch_molfield.data import MolFieldData
from torch_molfield.encode.batches import NO_MEMORY, encode_batches
from torch_molfield.encode.encoders import Encoder
from torch_molfield.testing.molecules import alkane


class Sizes(Encoder):
    """Numbers of atoms; remembers its batches, and has trouble with those that hold a molecule of ``size`` atoms."""

    shapes = {"size": ()}

    def __init__(self, size=0, trouble=None):
        self.size, self.trouble, self.batches = size, trouble, []

    def problem(self, data):
        return ""

    def encode(self, molecules):
        sizes = [len(molecule.z) for molecule in molecules]
        self.batches.append(sizes)
        if self.size in sizes:
            raise self.trouble
        return {"size": torch.tensor(sizes)}


def molecules(*carbons):
    return [MolFieldData(z=z, pos=pos.float()) for z, pos in map(alkane, carbons)]


def test_molecules_of_like_size_go_together():
    encoder = Sizes()
    arrays, problems = encode_batches(encoder, molecules(3, 1, 2, 1, 3), 2)
    assert encoder.batches == [[5, 5], [8, 11], [11]] and problems == {}
    assert arrays["size"].tolist() == [11, 5, 8, 5, 11] and arrays["size"].dtype == np.float32


def test_batches_are_as_large_as_memory_is_bounded_for():
    encoder = Sizes()
    encode_batches(encoder, molecules(*[1] * 70, 150, 150, 150))
    assert [len(batch) for batch in encoder.batches] == [64, 6, 1, 1, 1]


def test_one_molecule_does_not_end_the_batch():
    trouble = {
        "no such molecule": ValueError("no such molecule"),
        NO_MEMORY: RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried …"),
    }
    for sentence, error in trouble.items():
        done = []
        arrays, problems = encode_batches(Sizes(8, error), molecules(1, 1, 2, 3, 3), progress=done.append)
        assert problems == {2: sentence} and arrays["size"].tolist() == [5, 5, 11, 11] and sum(done) == 5


def test_arrays_of_no_molecule_have_their_shape():
    assert encode_batches(Sizes(), [])[0]["size"].shape == (0,)
