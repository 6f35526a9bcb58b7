"""The surface of a molecule at every step of an ASE run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ase import Atoms, units

from torch_molfield.calculators.surface_file import SurfaceFile, SurfaceRecord
from torch_molfield.calculators.surfaces import SurfaceSource


class SurfaceRecorder:
    """An observer that writes mesh, area and volume: ``dyn.attach(SurfaceRecorder(dyn, atoms, "run.surfaces"), 10)``.

    The file holds a line a step (:class:`~torch_molfield.calculators.surface_file.SurfaceFile`), can be read while the
    run goes on and after a crash, and is added to when the run is continued with ``append``.

    Args:
        dyn: a molecular dynamics or an optimiser of ASE, for the number of the step and the time.
        atoms: with a :class:`MolFieldCalculator`, or any calculator if ``source`` is given.
        path: of the file.
        kind, spacing: see :meth:`MolFieldCalculator.get_surface`.
        append: add to the file if there is one.
        source: what tells surfaces, in place of the atoms' calculator.

    Raises:
        ValueError: if the atoms' calculator tells no surfaces, or the file to be added to is of another molecule, kind
            or spacing.
    """

    def __init__(
        self,
        dyn: Any,
        atoms: Atoms,
        path: str | Path,
        kind: str = "ses",
        spacing: float = 0.3,
        append: bool = False,
        source: SurfaceSource | None = None,
    ) -> None:
        self.dyn, self.atoms = dyn, atoms
        chosen = atoms.calc if source is None else source
        if not isinstance(chosen, SurfaceSource):
            raise ValueError("the calculator of the atoms tells no surfaces; give a MolFieldCalculator as source.")
        self.source = chosen
        self.file = _opened(Path(path), [int(n) for n in atoms.numbers], kind, spacing, append)

    def __call__(self) -> None:
        """Record the surface of the atoms as they are."""
        mesh = self.source.get_surface(self.atoms, self.file.kind, self.file.spacing)
        self.file.append(SurfaceRecord(self._step(), self._time(), self.atoms.positions, mesh))

    def _step(self) -> int:
        return int(self.dyn.get_number_of_steps())

    def _time(self) -> float:
        return float(self.dyn.get_time() / units.fs) if hasattr(self.dyn, "get_time") else float("nan")


def _opened(path: Path, numbers: list[int], kind: str, spacing: float, append: bool) -> SurfaceFile:
    if not (append and path.exists()):
        return SurfaceFile.create(path, numbers, kind, spacing)
    file = SurfaceFile.open(path)
    if (list(file.numbers), file.kind, file.spacing) != (numbers, kind, spacing):
        raise ValueError(
            f"{path} holds the {file.kind} surface of {len(file.numbers)} atoms at {file.spacing} Å, which is not what "
            "is to be added; choose another file."
        )
    return file
