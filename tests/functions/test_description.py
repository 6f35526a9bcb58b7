import torch

from torch_molfield.functions.description import Described, describe


class Thing(Described):
    parameters = ("size", "values")

    def __init__(self, size, values):
        self.size, self.values = size, values


def test_describe_tells_tensors_apart():
    assert describe(0.5) == "0.5"
    texts = {describe(torch.tensor(values)) for values in ([1.0, 2.0], [1.0, 3.0], [[1.0], [2.0]])}
    assert len(texts) == 3


def test_the_text_of_an_object_names_its_arguments():
    assert repr(Thing(2, None)) == "Thing(size=2, values=None)"
    assert repr(Thing(2, torch.zeros(3))) != repr(Thing(2, torch.ones(3)))
