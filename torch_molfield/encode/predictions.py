"""What a model predicts of molecules, as arrays of a library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, float64, tensor

from torch_molfield.data import MolFieldData
from torch_molfield.data.electrons import charge_or_zero
from torch_molfield.data.properties import Output
from torch_molfield.data.validation import problem_with
from torch_molfield.encode.encoders import Encoder, end_to_end
from torch_molfield.models.predictor import Predictor, problem_with_charge, takes_charge


class PredictionEncoder(Encoder):
    """Encoder of predicted values ``[...]`` per molecule, by name.

    The charge of a molecule is that of its SMILES or file, else 0.

    Args:
        model: in eval mode.
        outputs: the outputs of the model that are wanted.

    Raises:
        ValueError: for an output per atom, whose length differs between molecules.
    """

    dtype = float64

    def __init__(self, model: Predictor, outputs: Sequence[Output]) -> None:
        per_atom = [output.name for output in outputs if output.per == "atom"]
        if per_atom:
            raise ValueError(f"a library has no values per atom, such as {per_atom[0]}; write them to a .csv file.")
        self.model = model
        self.outputs = tuple(outputs)

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {output.name: output.shape for output in self.outputs}

    def problem(self, data: MolFieldData) -> str:
        return problem_with(self.model.check, data) or problem_with_charge(self.model, data, charge_or_zero(data))

    def encode(self, molecules: Sequence[MolFieldData]) -> dict[str, Tensor]:
        """All molecules in one pass."""
        device = next(self.model.parameters()).device
        z, pos, batch = (rows.to(device) for rows in end_to_end(molecules))
        if takes_charge(self.model):
            charge = tensor([charge_or_zero(data) for data in molecules], device=device)
            return dict(self.model.predict(z, pos, batch, list(self.shapes), charge=charge))
        return dict(self.model.predict(z, pos, batch, list(self.shapes)))
