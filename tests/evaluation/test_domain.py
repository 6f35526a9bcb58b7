import pytest
import torch

from torch_molfield.data import MolFieldData
from torch_molfield.data.properties import Target
from torch_molfield.evaluation.domain import measure_domain
from torch_molfield.models import ElectronDensityMolField, PropertyMolField
from torch_molfield.testing import molecule

FIELD = {"hidden": 8, "depth": 2, "num_frequencies": 12, "width": 16, "vectors": 2, "heads": 2, "trunk": "clusters"}


def water(seed, stretch=1.0):
    z, pos = molecule("H2O", torch.float32)
    generator = torch.Generator().manual_seed(seed)
    return MolFieldData(
        z=z, pos=stretch * (pos + 0.05 * torch.randn(3, 3, generator=generator)), charge=torch.tensor([0])
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: PropertyMolField([Target("gap")], width=8, field=FIELD),
        lambda: ElectronDensityMolField(width=16, tensors=4, layers=1),
    ],
)
def test_stretched_molecules_are_outside(make, tmp_path):
    torch.manual_seed(0)
    model = make().eval()
    assert "domain" not in {output.name for output in model.outputs}
    measured = measure_domain(model, [water(k) for k in range(150)], [water(k) for k in range(150, 200)])
    again = type(measured).from_pretrained(measured.save_pretrained(tmp_path))
    assert "domain" in {output.name for output in again.outputs}
    usual, odd = water(300), water(301, stretch=1.4)
    scores = [float(again.predict(each.z, each.pos, names=["domain"])["domain"]) for each in (usual, odd)]
    assert scores[0] > 0.02 and scores[1] == 0.0
    assert set(again.predict(usual.z, usual.pos)) - {"domain"} == set(model.predict(usual.z, usual.pos))
