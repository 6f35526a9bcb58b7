"""The surface of a molecule at every step of an ASE run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ase import Atoms, units

from torch_molfield.calculators.surface_file import SurfaceFile, SurfaceRecord
from torch_molfield.calculators.surfaces import SurfaceSource


class SurfaceRecorder:
    """An observer for ASE that records mesh, area and volume of the surface at every step.

    ``dyn.attach(SurfaceRecorder(dyn, atoms, "run.surfaces"), 10)``. The file holds one line per step
    (:class:`~torch_molfield.calculators.surface_file.SurfaceFile`) and can be read during the run and after a crash.
    With ``append`` a run is continued: steps and times go on from the last record, which is not written twice.

    Args:
        dyn: a molecular dynamics or an optimiser of ASE, for the number of the step and the time.
        atoms: with a :class:`MolFieldCalculator` or :class:`FieldCalculator`, or any calculator if ``source`` is given.
        path: of the file.
        kind, spacing, level, channel: see :meth:`MolFieldCalculator.get_surface`.
        append: add to the file if it exists; otherwise a new file replaces it, once the atoms have a surface.
        source: object that gives the surfaces, in place of the atoms' calculator.

    Raises:
        ValueError: if the atoms' calculator gives no surfaces or not this one, or the file to append to is of another
            molecule, kind or spacing.
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
        level: float | None = None,
        channel: str | None = None,
    ) -> None:
        self.dyn, self.atoms = dyn, atoms
        self._surface: dict[str, Any] = {"kind": kind, "spacing": spacing, "level": level, "channel": channel}
        chosen = atoms.calc if source is None else source
        if not isinstance(chosen, SurfaceSource):
            raise ValueError(
                "the calculator of the atoms returns no surfaces; make it FieldCalculator(calculator), or give one as "
                "source."
            )
        self.source = chosen
        # What is wrong with kind, spacing or atoms is told here, before a file of an earlier run is replaced.
        chosen.get_surface(atoms, **self._surface)
        told = f"{channel or 'field'} = {level or 0.0:g}" if kind == "field" else kind
        self.file = _opened(Path(path), [int(n) for n in atoms.numbers], told, spacing, append)
        self._last, self._done, self._passed = self._continued()

    def __call__(self) -> None:
        """Record the surface of the current atoms."""
        step = self._done + self._step()
        if step <= self._last:
            return
        mesh = self.source.get_surface(self.atoms, **self._surface)
        self.file.append(SurfaceRecord(step, self._passed + self._time(), self.atoms.positions, mesh))
        self._last = step

    def _continued(self) -> tuple[int, int, float]:
        """The last step of the file, and the steps and the time (fs) that a new ``dyn``, which counts from 0, has
        behind it."""
        table = self.file.table()
        if len(table["step"]) == 0:
            return -1, 0, 0.0
        last, now = int(table["step"][-1]), self._step()
        if now >= last:
            return last, 0, 0.0
        return last, last - now, float(table["time"][-1]) - self._time()

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
