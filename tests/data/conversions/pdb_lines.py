"""Records of PDB files as text."""


def record(name, residue, number, position, chain="A", altloc=" ", occupancy=1.0, element="", hetero=False, serial=1):
    x, y, z = position
    kind = "HETATM" if hetero else "ATOM  "
    return (
        f"{kind}{serial:>5} {name:4s}{altloc}{residue:>3s} {chain}{number:>4}    {x:8.3f}{y:8.3f}{z:8.3f}"
        f"{occupancy:6.2f}{0.0:6.2f}          {element:>2s}\n"
    )


def write(folder, *records, name="some.pdb"):
    path = folder / name
    path.write_text("".join(records))
    return path
