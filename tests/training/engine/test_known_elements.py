import pytest
import torch
from torch_geometric.data import Data

from torch_molfield.training.engine.known_elements import require_known_elements


def molecules(*places):
    made = [Data(z=torch.tensor(z)) for z in ([6, 1], [17, 1], [6, 9, 35])]
    for data, place in zip(made, places, strict=False):
        data.place = place
    return made


@pytest.mark.parametrize("known", [None, [1, 6, 9, 17, 35]])
def test_known_ones_pass(known):
    require_known_elements(molecules(), known)


@pytest.mark.parametrize(("places", "number"), [((), 1), ((4, 7, 9), 7)])
def test_the_first_stranger_is_named_by_its_place(places, number):
    with pytest.raises(ValueError, match=rf"molecule {number} has Cl, .* only H, C, F; 2 molecules have such elements"):
        require_known_elements(molecules(*places), [1, 6, 9])


def test_a_single_stranger():
    with pytest.raises(ValueError, match=r"molecule 2 has Br, .* only H, C, F, Cl\. Leave them out"):
        require_known_elements(molecules(), [1, 6, 9, 17])
