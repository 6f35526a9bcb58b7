import numpy as np
import pytest
import torch

from torch_molfield.surface.lattice import Evaluator, Lattice, evaluate_dense, evaluate_narrow_band

BOXES = (np.array([[-4.0, -3, -2], [4, 3, 2]]), np.array([[5.0, 5, 5], [25, 9, 9]]))
CENTRES = torch.tensor([[0.3, 0.2, 0.1], [9.0, 7.0, 7.0]])


def two_spheres(points, owner):
    return (points - CENTRES[owner]).norm(dim=1) - 1.5


def test_a_lattice_covers_its_box():
    lattice = Lattice.covering(BOXES[0], 0.3)
    last = lattice.origin + 0.3 * (np.array(lattice.shape) - 1)
    assert (lattice.origin <= BOXES[0][0] + 1e-9).all()
    assert (last >= BOXES[0][1] - 1e-9).all()
    assert lattice.size == np.prod(lattice.shape)


def test_dense_values_are_the_functions():
    lattices = [Lattice.covering(box, 0.5) for box in BOXES]
    grids = evaluate_dense(Evaluator(two_spheres, chunk=1000), lattices)
    for number, (grid, lattice) in enumerate(zip(grids, lattices, strict=True)):
        assert tuple(grid.shape) == lattice.shape
        node = torch.as_tensor(lattice.origin + 0.5 * np.array([3, 5, 7])).float()
        assert grid[3, 5, 7] == pytest.approx(float((node - CENTRES[number]).norm() - 1.5), abs=1e-6)


@pytest.mark.parametrize("spacing", [0.11, 0.37])
def test_narrow_band_agrees_where_it_matters_and_costs_less(spacing):
    lattices = [Lattice.covering(box, spacing) for box in BOXES]
    asked = []

    def counted(points, owner):
        asked.append(len(points))
        assert bool((owner[1:] >= owner[:-1]).all())
        return two_spheres(points, owner)

    band = evaluate_narrow_band(Evaluator(counted), lattices, lipschitz=1.0)
    spent = sum(asked)
    dense = evaluate_dense(Evaluator(two_spheres), lattices)
    for sparse, full in zip(band, dense, strict=True):
        assert torch.equal(sparse < 0, full < 0)
        close = full.abs() < spacing
        assert torch.allclose(sparse[close], full[close], atol=1e-6)
    if spacing < 0.2:
        assert spent < 0.25 * sum(lattice.size for lattice in lattices)


def test_chunks_bound_the_points_of_a_call():
    asked = []

    def counted(points, owner):
        asked.append(len(points))
        return two_spheres(points, owner)

    evaluate_narrow_band(Evaluator(counted, chunk=500), [Lattice.covering(box, 0.2) for box in BOXES], 1.0)
    assert max(asked) == 500


def test_a_function_of_wrong_shape_or_with_nan_is_named():
    lattice = [Lattice.covering(BOXES[0], 1.0)]
    with pytest.raises(ValueError, match="shape"):
        evaluate_dense(Evaluator(lambda points, _: points), lattice)
    with pytest.raises(ValueError, match="NaN"):
        evaluate_dense(Evaluator(lambda points, _: points[:, 0] * torch.nan), lattice)
