from pathlib import Path

import pytest
import torch

from torch_molfield.data import from_pdb


def record(name, residue, number, position, chain="A", altloc=" ", occupancy=1.0, element="", hetero=False):
    x, y, z = position
    kind = "HETATM" if hetero else "ATOM  "
    return (
        f"{kind}    1 {name:4s}{altloc}{residue:>3s} {chain}{number:4d}    {x:8.3f}{y:8.3f}{z:8.3f}"
        f"{occupancy:6.2f}{0.0:6.2f}          {element:>2s}\n"
    )


def write(folder: Path, *records: str) -> Path:
    path = folder / "some.pdb"
    path.write_text("".join(records) + "END\n")
    return path


def glycine(number: int, x: float, chain: str = "A", **more) -> list[str]:
    names, offsets = (" N  ", " CA ", " C  ", " O  "), ((0, 0, 0), (1.46, 0, 0), (2.0, 1.4, 0), (1.3, 2.4, 0))
    return [
        record(name, more.pop("residue", "GLY") if False else more.get("residue", "GLY"), number, (x + a, b, c), chain,
               element=name.strip()[0], hetero=more.get("hetero", False))
        for name, (a, b, c) in zip(names, offsets, strict=True)
    ]  # fmt: skip


def test_labels_follow_the_atoms(tmp_path):
    data = from_pdb(write(tmp_path, *glycine(5, 0.0), *glycine(6, 10.0, "B")))
    assert data.z.tolist() == [7, 6, 6, 8] * 2
    assert data.atom_name == ["N", "CA", "C", "O"] * 2
    assert data.residue_name == ["GLY"] * 8
    assert data.chain == ["A"] * 4 + ["B"] * 4
    assert data.residue_number.tolist() == [5] * 4 + [6] * 4
    assert from_pdb(write(tmp_path, *glycine(5, 0.0)), dtype=torch.float64).pos.dtype == torch.float64


def test_altloc_is_one_for_the_whole_residue(tmp_path):
    # Location B has the higher mean occupancy, though A wins at one atom.
    path = write(
        tmp_path,
        record(" N  ", "SER", 1, (0, 0, 0), element="N"),
        record(" CB ", "SER", 1, (1, 0, 0), altloc="A", occupancy=0.55, element="C"),
        record(" CB ", "SER", 1, (1, 1, 0), altloc="B", occupancy=0.45, element="C"),
        record(" OG ", "SER", 1, (2, 0, 0), altloc="A", occupancy=0.30, element="O"),
        record(" OG ", "SER", 1, (2, 2, 0), altloc="B", occupancy=0.70, element="O"),
        record(" CB ", "SER", 2, (5, 0, 0), altloc="A", occupancy=0.50, element="C"),
        record(" CB ", "SER", 2, (5, 1, 0), altloc="B", occupancy=0.50, element="C"),
    )
    data = from_pdb(path)
    assert data.pos.tolist() == [[0, 0, 0], [1, 1, 0], [2, 2, 0], [5, 0, 0]]


def test_altloc_that_is_another_residue_brings_no_atoms_of_the_loser(tmp_path):
    path = write(
        tmp_path,
        record(" CB ", "SER", 1, (1, 0, 0), altloc="A", occupancy=0.6, element="C"),
        record(" OG ", "SER", 1, (2, 0, 0), altloc="A", occupancy=0.6, element="O"),
        record(" CB ", "THR", 1, (1, 1, 0), altloc="B", occupancy=0.4, element="C"),
        record(" CG2", "THR", 1, (2, 2, 0), altloc="B", occupancy=0.4, element="C"),
    )
    data = from_pdb(path)
    assert data.residue_name == ["SER", "SER"]
    assert data.atom_name == ["CB", "OG"]


def test_atom_with_the_losing_letter_only_is_left_out(tmp_path):
    path = write(
        tmp_path,
        record(" CB ", "LYS", 1, (1, 0, 0), altloc="A", occupancy=0.6, element="C"),
        record(" CB ", "LYS", 1, (1, 1, 0), altloc="B", occupancy=0.4, element="C"),
        record(" CD ", "LYS", 1, (3, 0, 0), altloc="B", occupancy=0.4, element="C"),
    )
    assert from_pdb(path).pos.tolist() == [[1, 0, 0]]


def test_waters_and_hydrogens(tmp_path):
    path = write(
        tmp_path,
        *glycine(1, 0.0),
        record(" HA2", "GLY", 1, (1.8, -0.6, 0.8), element="H"),
        record(" O  ", "HOH", 9, (20, 0, 0), element="O", hetero=True),
    )
    assert from_pdb(path).num_nodes == 5
    assert from_pdb(path, waters=True).num_nodes == 6
    assert from_pdb(path, hydrogens="drop").z.tolist() == [7, 6, 6, 8]


def test_hydrogens_are_added_at_bonding_distance(tmp_path):
    data = from_pdb(write(tmp_path, *glycine(1, 0.0)), hydrogens="add")
    heavy, light = data.pos[data.z > 1], data.pos[data.z == 1]
    assert data.z[:4].tolist() == [7, 6, 6, 8]
    assert len(light) == 5  # NH2, CH2 and the open carbonyl of a lone glycine residue
    nearest = torch.cdist(light, heavy).min(dim=1).values
    assert 0.9 < nearest.min() < nearest.max() < 1.15
    assert data.residue_name == ["GLY"] * data.num_nodes


def test_hydrogens_cannot_be_added_to_unknown_residues(tmp_path):
    path = write(tmp_path, *glycine(1, 0.0), record(" C1 ", "LIG", 7, (9, 0, 0), element="C", hetero=True))
    with pytest.raises(ValueError, match=r"hydrogens cannot be added to \['LIG'\]"):
        from_pdb(path, hydrogens="add")
    assert from_pdb(path, hydrogens="add", ligands="none").num_nodes == 9


def test_ligands_and_modified_residues(tmp_path):
    path = write(
        tmp_path,
        *glycine(1, 0.0),
        *glycine(2, 2.3, residue="CSO", hetero=True),  # its N lies 1.43 Å from the C before: bound into the chain
        *glycine(3, 30.0, residue="SAH", hetero=True),  # a free amino acid in all but name
        record(" C1 ", "LIG", 7, (50, 0, 0), element="C", hetero=True),
    )
    assert set(from_pdb(path).residue_name) == {"GLY", "CSO", "SAH", "LIG"}
    assert set(from_pdb(path, ligands="none").residue_name) == {"GLY", "CSO"}
    assert set(from_pdb(path, ligands="only").residue_name) == {"SAH", "LIG"}
    for one in ("LIG", {"LIG"}):
        assert set(from_pdb(path, ligands=one).residue_name) == {"GLY", "CSO", "LIG"}
    with pytest.raises(ValueError, match=r"no ligand \['XYZ'\].*it has \['LIG', 'SAH'\]"):
        from_pdb(path, ligands={"XYZ"})
    with pytest.raises(ValueError, match="no ligand at all"):
        from_pdb(write(tmp_path, *glycine(1, 0.0)), ligands="only")


def test_chains(tmp_path):
    path = write(tmp_path, *glycine(1, 0.0, "A"), *glycine(1, 9.0, "B"), *glycine(1, 18.0, "C"))
    assert from_pdb(path, chains=["C", "A"]).chain == ["A"] * 4 + ["C"] * 4
    with pytest.raises(ValueError, match=r"no chain \['X'\]; it has \['A', 'B', 'C'\]"):
        from_pdb(path, chains="XA")


def test_models(tmp_path):
    one, two = "".join(glycine(1, 0.0)), "".join(glycine(1, 5.0))
    path = write(tmp_path, "MODEL        1\n", one, "ENDMDL\n", "MODEL        2\n", two, "ENDMDL\n")
    assert from_pdb(path).num_nodes == 4
    assert from_pdb(path, model=2).pos[0].tolist() == [5.0, 0.0, 0.0]
    with pytest.raises(ValueError, match=r"has 2 models"):
        from_pdb(path, model=3)


def test_bad_files_and_choices(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no PDB file .*none\.pdb"):
        from_pdb(tmp_path / "none.pdb")
    with pytest.raises(ValueError, match="no ATOM or HETATM record"):
        from_pdb(write(tmp_path, "HEADER\n"))
    with pytest.raises(ValueError, match="line 4: an atom record is truncated"):
        from_pdb(write(tmp_path, *glycine(1, 0.0)[:3], glycine(1, 0.0)[3][:45] + "\n"))
    with pytest.raises(ValueError, match="hydrogens must be"):
        from_pdb(write(tmp_path, *glycine(1, 0.0)), hydrogens="maybe")
    with pytest.raises(ValueError, match="no atom is left"):
        from_pdb(write(tmp_path, record(" O  ", "HOH", 9, (20, 0, 0), element="O", hetero=True)))


def test_hiv_protease_and_its_inhibitor(data_dir):
    path = data_dir / "pdb" / "1hvr_hiv_protease_ligand.pdb"
    assert from_pdb(path).num_nodes == 1890
    ligand = from_pdb(path, ligands="only")
    assert set(ligand.residue_name) == {"XK2"}
    assert ligand.z.bincount()[[6, 7, 8]].tolist() == [41, 2, 3]
    monomer = from_pdb(path, chains="A", ligands="none", hydrogens="drop")
    assert "CSO" in monomer.residue_name
    assert monomer.num_nodes == 757


def test_methyltransferase_with_dna(data_dir):
    path = data_dir / "pdb" / "3mht_protein_dna.pdb"
    assert set(from_pdb(path, ligands="only").residue_name) == {"SAH"}
    dna = from_pdb(path, chains="CD")
    assert dna.z.bincount()[15] == 24
    assert from_pdb(path, waters=True).num_nodes - from_pdb(path).num_nodes == 70


def test_ubiquitin_gets_all_its_hydrogens(data_dir):
    data = from_pdb(data_dir / "pdb" / "1ubi.pdb", hydrogens="add")
    assert data.z.bincount()[[6, 7, 8, 16]].tolist() == [378, 105, 118, 1]
    assert data.num_nodes == 1231  # as in the NMR ensemble of the same protein, 2K39
    assert torch.pdist(data.pos).min() > 0.9
