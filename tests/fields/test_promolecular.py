import json

import numpy as np
import pytest
import torch

from torch_molfield.data.elements import symbols
from torch_molfield.fields import PromolecularDensity
from torch_molfield.fields.promolecular import BOHR, TABLE

KNOWN = [*range(1, 37), 53]


@pytest.mark.parametrize("number", KNOWN, ids=symbols(torch.tensor(KNOWN)))
def test_free_atom_integrates_to_its_electrons(number):
    # Gauss–Legendre in log r: an independent quadrature of the spherical density
    nodes, weights = np.polynomial.legendre.leggauss(200)
    log_low, log_high = np.log(1e-5), np.log(15.0)
    radius = np.exp(0.5 * (log_high - log_low) * (nodes + 1) + log_low)
    weights = weights * 0.5 * (log_high - log_low) * 4 * np.pi * radius**3
    points = torch.zeros(200, 3, dtype=torch.float64)
    points[:, 2] = torch.from_numpy(radius)
    density = PromolecularDensity()(points, torch.tensor([number]), torch.zeros(1, 3, dtype=torch.float64))[:, 0]
    assert float(density.min()) >= 0
    assert float(density @ torch.from_numpy(weights)) == pytest.approx(number, rel=2e-3)


def test_hydrogen_is_the_exact_1s_density():
    radius = torch.tensor([0.0, 0.3, 1.0, 2.0], dtype=torch.float64)
    points = torch.stack([radius, 0 * radius, 0 * radius], 1)
    value = PromolecularDensity()(points, torch.tensor([1]), torch.zeros(1, 3, dtype=torch.float64))[:, 0]
    torch.testing.assert_close(value, torch.exp(-2 * radius / BOHR) / (np.pi * BOHR**3), rtol=1e-6, atol=0)


def test_contact_densities_are_hartree_focks():
    # ρ(0) of the Hartree–Fock limit in e/bohr^3 (Koga, Thakkar and others): C 127.5, O 311.9, Ne 619.9, Ar 3839.8
    for number, contact in ((6, 127.5), (8, 311.9), (10, 619.9), (18, 3839.8)):
        origin = torch.zeros(1, 3, dtype=torch.float64)
        value = float(PromolecularDensity()(origin, torch.tensor([number]), origin)) * BOHR**3
        assert value == pytest.approx(contact, rel=0.03)


def test_the_table_states_a_small_fit_error():
    content = json.loads(TABLE.read_text(encoding="utf-8"))
    assert sorted(content["terms"]) == sorted(symbols(torch.tensor(KNOWN)))
    assert content["worst_fit_error"] < 6e-3
    assert max(error for symbol, error in content["fit_error"].items() if symbol != "I") < 1.5e-3


def test_close_to_density_functional_theory(data_dir):
    for number in (1, 3, 14):
        path = data_dir / "density" / f"qm9_{number:06d}.npz"
        if not path.is_file():
            pytest.skip(f"density/{path.name} is not there")
        archive = dict(np.load(path, allow_pickle=False))
        difference, electrons = nmae(archive)
        assert electrons == pytest.approx(archive["z"].sum(), rel=2e-3)
        assert 0.02 < difference < 0.25


def nmae(archive):
    """∫|ρ_promolecule − ρ_DFT| / ∫ρ_DFT and ∫ρ_promolecule by the file's Becke quadrature."""
    z, pos = (torch.from_numpy(archive[key]) for key in ("z", "pos"))
    points = torch.from_numpy(archive["becke_xyz"]).double()
    weight, reference = archive["becke_w"], archive["becke_rho"]
    density = PromolecularDensity()(points, z.long(), pos.double())[:, 0].numpy() * BOHR**3
    return np.sum(weight * np.abs(density - reference)) / np.sum(weight * reference), np.sum(weight * density)


def test_unknown_element_and_repr():
    with pytest.raises(ValueError, match=r"no free-atom density of Xe; it has those of H to Kr and I"):
        PromolecularDensity()(torch.ones(1, 3), torch.tensor([54]), torch.zeros(1, 3))
    assert repr(PromolecularDensity()) == "PromolecularDensity(tolerance=1e-05)"
    assert PromolecularDensity().units == "e/Å^3"
