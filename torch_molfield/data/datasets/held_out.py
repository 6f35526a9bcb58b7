"""The test molecules of an evaluation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torch_geometric.data import Data

from torch_molfield.data.datasets.named import find_dataset, without_labels
from torch_molfield.data.datasets.source import TestPart
from torch_molfield.data.properties import Target
from torch_molfield.data.validation import problem_with
from torch_molfield.data.words import counted

#: reasons that a summary lists, the most frequent ones
MAX_PROBLEMS = 3


@dataclass(frozen=True)
class TestData:
    """Test molecules by name.

    Those that ``check`` refuses are left out; :meth:`summary` says how many, and why.

    Attributes:
        names: datasets, bundled molecules, files or SMILES, as :func:`~torch_molfield.data.find_dataset` takes them.
        root: folder of the public datasets.
        num_samples: test molecules of each name and kind; by default as many as the dataset says
            (:meth:`~torch_molfield.data.datasets.source.DatasetSource.usual_samples`).
        movie: frames in order of time, where a name has a time.
        check: of ``(z, pos, None)`` of a molecule, raises ``ValueError`` for one that the model cannot take.

    Raises:
        ValueError: by each method that gives molecules, where none is left.
    """

    __test__ = False  # pytest takes classes of such names for tests

    names: Sequence[str]
    root: Path | None = None
    num_samples: int | None = None
    movie: int = 0
    check: Callable[..., object] | None = None
    _taken: list[int] = field(default_factory=list, init=False, repr=False, compare=False)
    _limits: set[int] = field(default_factory=set, init=False, repr=False, compare=False)
    _problems: Counter[str] = field(default_factory=Counter, init=False, repr=False, compare=False)

    def parts(self) -> list[TestPart]:
        """Atoms only, by name and kind."""
        return [without_labels(part) for _, part in self._parts()]

    def labelled(self, targets: Sequence[Target] = ()) -> dict[str, Sequence[Data]]:
        """With labels, by name; of files with the numbers that are these targets."""
        found: dict[str, Sequence[Data]] = {}
        for name, part in self._parts(targets):
            found[name] = [*found[name], *part.molecules] if name in found else part.molecules
        return found

    def by_kind(self, consecutive: bool = False) -> dict[str, Sequence[Data]]:
        """With labels, by name and kind; all of them where ``consecutive`` frames are needed."""
        return {f"{part.name} {part.kind}": part.molecules for _, part in self._parts(consecutive=consecutive)}

    def summary(self, option: str = "num_samples") -> str:
        """How many molecules were given and left out, and why, in one line; ``option`` is what ``num_samples`` is
        called."""
        usual = "".join(f", the usual {count} of each name and kind ({option})" for count in self._limits)
        left_out = f"; left out {self.num_left_out}: {self._reasons()}" if self._problems else ""
        return f"evaluated {counted(sum(self._taken), 'molecule')}{usual}{left_out}"

    @property
    def num_left_out(self) -> int:
        """Molecules that ``check`` has refused."""
        return self._problems.total()

    def _parts(self, targets: Sequence[Target] = (), consecutive: bool = False) -> list[tuple[str, TestPart]]:
        found = []
        for name in self.names:
            source = find_dataset(name, self.root, targets)
            count = None if consecutive else self.num_samples or source.usual_samples()
            for part in source.test_parts(count, self.movie):
                if self.num_samples is None and len(part.molecules) == count:
                    self._limits.add(count)
                accepted = self._accepted(part)
                if len(accepted.molecules):
                    self._taken.append(len(accepted.molecules))
                    found.append((name, accepted))
        if not found:
            raise ValueError(f"none of the molecules of {', '.join(self.names)} can be taken: {self._reasons()}.")
        return found

    def _accepted(self, part: TestPart) -> TestPart:
        """The part without what ``check`` refuses, which is counted."""
        problems = [self._problem(molecule) for molecule in part.molecules]
        if not any(problems):
            return part
        self._problems.update(problem for problem in problems if problem)
        good = [molecule for molecule, problem in zip(part.molecules, problems, strict=True) if not problem]
        return part._replace(molecules=good, movie=[frame for frame in part.movie if not self._problem(frame)])

    def _problem(self, molecule: Data) -> str:
        return "" if self.check is None else problem_with(self.check, molecule)

    def _reasons(self) -> str:
        shown = self._problems.most_common(MAX_PROBLEMS)
        others = self._problems.total() - sum(count for _, count in shown)
        reasons = [f"{count} × {reason.rstrip('.')}" for reason, count in shown]
        return "; ".join([*reasons, *([f"{others} for other reasons"] if others else [])])
