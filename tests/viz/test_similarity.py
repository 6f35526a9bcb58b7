import pytest
import torch
from scipy.cluster.hierarchy import fcluster

from torch_molfield.viz import save_figure, similarity_figure
from torch_molfield.viz.similarity import cluster

NAMES = ["U0", "gap", "U", "homo"]
MATRIX = torch.tensor([[1.0, 0.2, 0.9, 0.3], [0.2, 1.0, 0.1, 0.8], [0.9, 0.1, 1.0, 0.2], [0.3, 0.8, 0.2, 1.0]])


def test_alike_ones_are_a_cluster():
    found = fcluster(cluster(MATRIX), 2, "maxclust")
    assert found[0] == found[2] != found[1] == found[3]


def test_the_matrix_is_in_the_order_of_the_tree(tmp_path):
    figure = similarity_figure(NAMES, MATRIX)
    _, axis = figure.axes
    names = [text.get_text() for text in axis.get_yticklabels()]
    assert {frozenset(names[:2]), frozenset(names[2:])} == {frozenset(["U0", "U"]), frozenset(["gap", "homo"])}
    shown = [text.get_text() for text in axis.texts]
    assert shown[:4] == [f"{MATRIX[NAMES.index(names[0]), NAMES.index(name)]:.2f}" for name in names]
    assert save_figure(figure, tmp_path / "similarity.png").stat().st_size > 5000


@pytest.mark.parametrize("matrix", [torch.eye(1), torch.ones(2, 3), torch.rand(3, 3), torch.full((2, 2), torch.nan)])
def test_what_is_no_matrix_of_similarities(matrix):
    with pytest.raises(ValueError, match="symmetric matrix of at least two items"):
        cluster(matrix)
