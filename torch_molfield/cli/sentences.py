"""Messages of the package in the words of the shell: options for arguments of Python, and no endless SMILES."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

#: letters of a SMILES that are shown at most
SHOWN = 60
#: remedies of Python that a command does not have, and what takes their place
REMEDIES = {
    "; give it by the argument overrides={atomic number: value}": "; leave such molecules out",
    ", or make the calculator with unknown_elements='allow'": "",
    " (Give it to SignedDistanceField as radii={number: Å}.)": "",
    "; set atoms.info['charge']": "; correct the charge of the file or SMILES",
    "; set atoms.info['spin']": "; correct spin, the multiplicity, in the file",
    "if that is not meant, set atoms.info['charge']": "if that is not meant, correct the charge or spin of the file or "
    "SMILES",
    "give the value on the surface as level=…": "give the value on the surface with --level",
    "ask for kind='field' at a level": "use --surface field with --level",
    "move it or give width=": "another --spacing moves the points of the grid",
    "allow more (max_seconds), or ": "",
    ", or allow more (max_memory)": "",
    "read the molecule with from_pdb or from_mmcif": "give a PDB or mmCIF file",
    " (or pass ascent=True if the field is high inside)": "",
    "a trained field of surfaces; give one": "a trained field of surfaces; give one with --from",
    "leave settings.model empty": "leave model out of the file of --config",
}
#: names of tensors in front of what is wrong with them
_TENSOR = re.compile(r"(^|: |× )(?:z|pos|batch|points): ")


def in_shell(message: str, options: Mapping[str, str]) -> str:
    """The message with options in place of arguments; ``options`` are those of the command, by argument.

    An argument is known by an underscore in its name, by a value (``name=…``), or by being what the sentence is about
    (``name: …``, ``name must be …``, ``name and … exclude each other``); a word such as ``steps`` is left alone
    elsewhere, and so are the keys of a file of settings. Tensors at fault (``pos: …``) are not named.
    """
    if "configuration key" in message:
        return message
    for remedy, other in REMEDIES.items():
        if not any(f"({name})" in remedy for name in options):
            message = message.replace(remedy, other)
    message = _TENSOR.sub(r"\1", message).replace("molecule 0 of the batch", "the molecule")
    for name, option in options.items():
        valued = rf"(?<![\w./'\"-]){name}=['\"]?(?=[\w…])"
        alone = name if "_" in name else rf"{name}(?= must be |(?: and \S+)? (?:exclude|belong) )"
        message = re.sub(rf"^((?:.*: )?){name}(?=: )", rf"\1{option}", message)
        message = re.sub(rf"{valued}([^\s'\",;)]+)['\"]?", rf"{option} \1", message)
        message = re.sub(rf"(?<![\w./'\"-]){alone}(?![\w/'\"=-])", option, message)
    return message


def shortened(message: str) -> str:
    """The message with the first ``SHOWN`` letters of each longer SMILES."""
    return re.sub(rf"[^\s'\",;]{{{SHOWN + 1},}}?(?=[.:]*(?:[\s'\",;]|$))", _short, message)


def _short(word: re.Match[str]) -> str:
    text = word.group()
    smiles = "://" not in text and (text.isalpha() or re.search(r"[()\[\]=#@]", text))
    return f"{text[:SHOWN]}…" if smiles else text


def options_of(command: Any, arguments: Sequence[str]) -> dict[str, str]:
    """The options, by argument, of the command that ``arguments`` call; none of one that there is not."""
    for name in arguments:
        if not hasattr(command, "get_command"):
            break
        try:
            command = command.get_command(None, name)
        except ValueError:
            return {}
    long = {each.name: [way for way in each.opts if way.startswith("--")] for each in getattr(command, "params", ())}
    return {name: ways[0] for name, ways in long.items() if ways}
