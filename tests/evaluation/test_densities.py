import pytest
import torch
from torch_geometric.data import Data

from torch_molfield.evaluation.densities import density_psnr, evaluate_densities
from torch_molfield.fields import GaussianField
from torch_molfield.models import MolField
from torch_molfield.transforms.density_points import density_points

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 32, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}


@pytest.fixture(scope="module")
def pair():
    torch.manual_seed(0)
    return MolField(("H", "O"), "", elements=[1, 8], **SMALL).eval(), GaussianField(channels=("H", "O"), sigma=0.45)


def test_of_one_molecule(pair, molecules):
    (model, field), water = pair, molecules[4]
    batch = torch.zeros(len(water.z), dtype=torch.long)
    points = density_points(water.pos, batch, 256, torch.Generator().manual_seed(7))[0]
    with torch.no_grad():
        error = model(water.z, water.pos)(points) - field(points, water.z, water.pos)
    expected = 10 * (4.0 / error.double().square().mean()).log10()
    found = density_psnr(model, field, [water], num_points=256, peak=2.0, seed=7)
    torch.testing.assert_close(found[0], expected, atol=1e-4, rtol=0)


def test_a_row_a_molecule_and_repeatable(pair, molecules):
    found = density_psnr(*pair, molecules[4:8], num_points=64, batch_size=3)
    assert found.shape == (4,)
    assert found.dtype == torch.float64
    assert torch.equal(found, density_psnr(*pair, molecules[4:8], num_points=64, batch_size=3))
    assert not torch.equal(found, density_psnr(*pair, molecules[4:8], num_points=64, batch_size=3, seed=1))


def test_a_better_function_has_more_decibels(pair, molecules):
    """An error of a tenth, and the same error ten times smaller: 20 dB apart."""
    model = pair[0]

    class Near(GaussianField):
        share = 0.1

        def __call__(self, points, z, pos, owner, batch):
            exact = super().__call__(points, z, pos, owner, batch)
            learned = model(z, pos, batch)(points, owner)
            return learned + self.share * (exact - learned)

    near, nearer = Near(channels=("H", "O")), Near(channels=("H", "O"))
    nearer.share = 0.01
    ratios = [density_psnr(model, each, molecules[4:6], num_points=64) for each in (near, nearer)]
    torch.testing.assert_close(ratios[1] - ratios[0], torch.full((2,), 20.0, dtype=torch.float64), atol=1e-2, rtol=0)


class Exact(torch.nn.Module):
    """Generates a closed-form field of the same molecule, its atoms displaced by ``off`` Å."""

    def __init__(self, model, field, off):
        super().__init__()
        self.model, self.field, self.off = model, field, off

    def forward(self, z, pos):
        learned = self.model(z, pos)

        class Generated(type(learned)):
            def __call__(inner, points, points_batch=None):
                moved = pos + torch.tensor([self.off, 0.0, 0.0])
                return self.field(points, z, moved)

        return Generated(**learned.__dict__)


@pytest.mark.parametrize(("off", "found"), [(0.0, True), (0.04, True), (0.06, False)])
def test_atoms_are_found_within_the_tolerance(pair, molecules, off, found):
    model, field = pair
    evaluated = list(evaluate_densities(Exact(model, field, off), field, molecules[4:6], [1, 8]))
    assert [e.atoms_found for e in evaluated] == [found, found]
    for e in evaluated:
        assert e.iou == 1.0 if off == 0 else 0.5 < e.iou < 1.0


def test_carbons_of_an_alkyne_are_found_where_their_maxima_are_not():
    z, pos = torch.tensor([6, 6, 1, 1]), torch.tensor([[0.6, 0, 0], [-0.6, 0, 0], [1.66, 0, 0], [-1.66, 0, 0]])
    torch.manual_seed(0)
    model = MolField(("H", "C"), "", elements=[1, 6], **SMALL).eval()
    field = GaussianField(channels=("H", "C"), sigma=0.45)
    learned, molecule = Exact(model, field, 0.0), Data(z=z, pos=pos)
    for tolerance in (0.05, 0.03):
        evaluated = next(iter(evaluate_densities(learned, field, [molecule], [1, 6], tolerance=tolerance)))
        assert evaluated.maxima_found is (tolerance == 0.05)
        assert evaluated.atoms_found


def test_a_missing_or_an_additional_atom_is_noticed(pair, molecules):
    model, field = pair
    for heavier in (0.4, 3.0):

        class Scaled(GaussianField):
            factor = heavier

            def __call__(self, *arguments):
                return self.factor * super().__call__(*arguments)

        learned = Exact(model, Scaled(channels=("H", "O"), sigma=0.45), 0.0)
        evaluated = next(iter(evaluate_densities(learned, field, molecules[4:5], [1, 8])))
        assert evaluated.atoms_found is (heavier > 1)
        assert evaluated.iou < 0.9


def test_an_untrained_model_finds_nothing(pair, molecules):
    evaluated = next(iter(evaluate_densities(*pair, molecules[4:5], [1, 8])))
    assert not evaluated.atoms_found
    assert evaluated.iou < 0.5
