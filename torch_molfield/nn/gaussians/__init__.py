"""Functions centred on atoms, Gaussians times solid harmonics, and the densities and potentials that they make."""

from torch_molfield.nn.gaussians.atom_density import AtomCenteredDensity
from torch_molfield.nn.gaussians.atom_potential import AtomCenteredPotential
from torch_molfield.nn.gaussians.density_basis import DensityBasis, density_basis

__all__ = ["AtomCenteredDensity", "AtomCenteredPotential", "DensityBasis", "density_basis"]
