"""Closed-form fields of a molecule: one protocol, exact at the query point, batched, differentiable."""

from torch_molfield.fields.base import Field
from torch_molfield.fields.block import BlockField
from torch_molfield.fields.gaussian import GaussianField
from torch_molfield.fields.named_channels import complex_field, named_field
from torch_molfield.fields.occupancy import OccupancyField
from torch_molfield.fields.potential import ElectrostaticPotential
from torch_molfield.fields.promolecular import PromolecularDensity
from torch_molfield.fields.property import PropertyField
from torch_molfield.fields.registry import FIELDS, register_field
from torch_molfield.fields.signed_distance import SignedDistanceField
from torch_molfield.functions.base import FieldFunction
from torch_molfield.functions.grid import GridField

__all__ = [
    "FIELDS",
    "BlockField",
    "ElectrostaticPotential",
    "Field",
    "FieldFunction",
    "GaussianField",
    "GridField",
    "OccupancyField",
    "PromolecularDensity",
    "PropertyField",
    "SignedDistanceField",
    "complex_field",
    "named_field",
    "register_field",
]
