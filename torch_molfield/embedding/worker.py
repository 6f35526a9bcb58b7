"""The process that makes conformers: a request and an answer a line, as JSON."""

from __future__ import annotations

import json
import os
import sys
from base64 import b64decode
from typing import Any


def serve() -> None:
    """Write an empty line, then answer until the input ends; what libraries print goes to stderr."""
    from torch_molfield.embedding import geometry  # noqa: F401  # takes seconds on a busy machine

    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        answers.write("\n")
        answers.flush()
        for line in sys.stdin:
            answers.write(json.dumps(answer(json.loads(line))) + "\n")
            answers.flush()


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """``positions [N][3]`` Å of the molecule of a request, or the ``problem``."""
    from rdkit.Chem import Mol

    from torch_molfield.embedding.geometry import make_conformer

    mol = Mol(b64decode(request.pop("mol")))  # type: ignore[call-overload]  # RDKit's stubs know no bytes
    problem = make_conformer(mol, **request)
    return {"problem": problem} if problem else {"problem": "", "positions": mol.GetConformer().GetPositions().tolist()}
