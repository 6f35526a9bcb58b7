import pytest
import torch

from torch_molfield.data import from_mmcif, from_pdb, read_molecules

gemmi = pytest.importorskip("gemmi")
COLUMNS = (
    ("group_PDB", "id", "type_symbol", "label_atom_id", "label_alt_id", "label_comp_id", "label_asym_id")
    + ("label_entity_id", "label_seq_id", "pdbx_PDB_ins_code", "Cartn_x", "Cartn_y", "Cartn_z", "occupancy")
    + ("auth_seq_id", "auth_asym_id", "pdbx_PDB_model_num")
)
ROWS = (
    "ATOM 1 N N . GLY A 1 1 ? 0.0 0.0 0.0 1.0 5 B 1",
    "ATOM 2 C CA A GLY A 1 1 ? 1.46 0.0 0.0 0.3 5 B 1",
    "ATOM 3 C CA B GLY A 1 1 ? 1.40 0.3 0.0 0.7 5 B 1",
    "HETATM 4 ZN ZN . ZN C 2 . ? 9.0 0.0 0.0 1.0 101 B 1",
    "HETATM 5 O O . HOH D 3 . ? 20.0 0.0 0.0 1.0 201 B 1",
    "ATOM 6 N N . GLY A 1 1 ? 0.1 0.0 0.0 1.0 5 B 2",
)


def write(folder, rows=ROWS, columns=COLUMNS):
    keep = [COLUMNS.index(c) for c in columns]
    lines = [" ".join(row.split()[k] for k in keep) for row in rows]
    path = folder / "some.cif"
    path.write_text("data_x\nloop_\n" + "".join(f"_atom_site.{c}\n" for c in columns) + "\n".join(lines) + "\n#\n")
    return path


def test_labels_altlocs_ligands_waters(tmp_path):
    data = from_mmcif(write(tmp_path))
    assert data.z.tolist() == [7, 6, 30]
    assert data.atom_name == ["N", "CA", "ZN"] and data.chain == ["B"] * 3
    assert data.residue_number.tolist() == [5, 5, 101]
    assert data.pos[1].tolist() == pytest.approx([1.40, 0.3, 0.0])
    assert from_mmcif(write(tmp_path), ligands="none", waters=True).z.tolist() == [7, 6, 8]
    assert from_mmcif(write(tmp_path), model=2).pos[0, 0] == pytest.approx(0.1)
    assert [len(one.z) for one in read_molecules(write(tmp_path))] == [3, 1]


def test_a_complex_is_the_same_as_from_pdb(data_dir, tmp_path):
    for name in ("1hvr_hiv_protease_ligand", "3mht_protein_dna"):
        source = data_dir / "pdb" / f"{name}.pdb"
        structure = gemmi.read_structure(str(source))
        structure.setup_entities()
        structure.make_mmcif_document().write_file(str(tmp_path / "a.cif"))
        ours, other = from_pdb(source), from_mmcif(tmp_path / "a.cif")
        order = [sorted(range(len(d.z)), key=lambda k, d=d: d.pos[k].tolist()) for d in (ours, other)]
        assert torch.equal(ours.z[order[0]], other.z[order[1]])
        torch.testing.assert_close(ours.pos[order[0]], other.pos[order[1]])
        assert sorted(ours.residue_name) == sorted(other.residue_name)


@pytest.mark.parametrize("missing", ["Cartn_y", "type_symbol", "label_atom_id"])
def test_a_missing_column(tmp_path, missing):
    with pytest.raises(ValueError, match=f"no column _atom_site.{missing}"):
        from_mmcif(write(tmp_path, columns=[c for c in COLUMNS if c != missing]))


def test_bad_files(tmp_path):
    with pytest.raises(ValueError, match="no number for a coordinate"):
        from_mmcif(write(tmp_path, [ROWS[0].replace("0.0 0.0 0.0", "0.0 abc 0.0")]))
    with pytest.raises(ValueError, match="no known element"):
        from_mmcif(write(tmp_path, [ROWS[0].replace("1 N N", "1 Qq N")]))
    with pytest.raises(ValueError, match=r"2 models; model 3"):
        from_mmcif(write(tmp_path), model=3)
    with pytest.raises(ValueError, match="no chain"):
        from_mmcif(write(tmp_path), chains=["Q"])
    with pytest.raises(ValueError, match="'keep', 'drop' or 'add'"):
        from_mmcif(write(tmp_path), hydrogens="some")
    path = write(tmp_path)
    for text in ("", "no cif at all", path.read_text()[:-40]):
        path.write_text(text)
        with pytest.raises(ValueError, match="some.cif"):
            from_mmcif(path)
    with pytest.raises(FileNotFoundError):
        from_mmcif(tmp_path / "none.cif")


NEEDED = ("type_symbol", "label_atom_id", "label_comp_id", "Cartn_x", "Cartn_y", "Cartn_z")


@pytest.mark.parametrize("missing", sorted(set(COLUMNS) - set(NEEDED)))
def test_a_column_that_is_not_needed(tmp_path, missing):
    """A residue of its own number each, so that no column decides on conformations."""
    rows = [ROWS[0], ROWS[3].replace(" 101 ", " 7 "), "ATOM 6 C CA . GLY A 1 2 ? 5.0 0.0 0.0 1.0 6 B 1"]
    (data,) = read_molecules(write(tmp_path, rows, [c for c in COLUMNS if c != missing]))
    assert data.z.tolist() == [7, 30, 6] and data.pos[:, 0].tolist() == [0.0, 9.0, 5.0]
    assert data.chain == (["A", "C", "A"] if missing == "auth_asym_id" else ["B"] * 3)
    assert data.residue_number.tolist() == ([1, 0, 2] if missing == "auth_seq_id" else [5, 7, 6])


def test_the_needed_columns_alone(tmp_path):
    data = from_mmcif(write(tmp_path, ROWS[:1] + ROWS[3:4], NEEDED))
    assert data.z.tolist() == [7, 30] and data.residue_name == ["GLY", "ZN"] and data.chain == ["", ""]
    assert from_mmcif(write(tmp_path, ROWS[:1] + ROWS[3:4], NEEDED), ligands="only").residue_name == ["ZN"]


@pytest.mark.parametrize("unknown", "?.")
def test_unknown_values(tmp_path, unknown):
    """Where there is another column, that counts: chain and number by wwPDB."""
    row = "U U N N U GLY A 1 1 U 0 0 0 U U U U".replace("U", unknown)
    data = from_mmcif(write(tmp_path, [row]))
    assert data.chain == ["A"] and data.residue_number.tolist() == [1]
    for column, problem in (("Cartn_x", "coordinate"), ("type_symbol", "known element")):
        values = ROWS[0].split()
        values[COLUMNS.index(column)] = unknown
        with pytest.raises(ValueError, match=rf"some\.cif: atom N of GLY B5.*{problem}.*repair _atom_site"):
            from_mmcif(write(tmp_path, [" ".join(values)]))


def test_values_as_crystallographers_write_them(tmp_path):
    row = 'ATOM 1 CL "C\'1" . LIG A 1 . ? 1.250(3) -2.5e0 0.0 0.50(2) 5 B 1'
    data = from_mmcif(write(tmp_path, [row, ROWS[1].replace(" C CA A ", " D D . ").replace("1.46", "9.0")]))
    assert data.z.tolist() == [17, 1] and data.pos[0].tolist() == [1.25, -2.5, 0.0] and data.atom_name == ["C'1", "D"]


def test_names_of_columns_in_capitals_and_a_single_atom(tmp_path):
    path = write(tmp_path, ROWS[:1])
    path.write_text(path.read_text().replace("_atom_site.Cartn_x", "_ATOM_SITE.CARTN_X"))
    assert from_mmcif(path).z.tolist() == [7]
    pairs = zip(COLUMNS, ROWS[3].split(), strict=True)
    path.write_text("data_x\n" + "".join(f"_atom_site.{column} {value}\n" for column, value in pairs))
    assert from_mmcif(path).z.tolist() == [30]


def test_data_blocks_follow_each_other(tmp_path):
    """A block without atoms, such as the restraints of a ligand, is none; errors name the block."""
    text = write(tmp_path).read_text()
    path = tmp_path / "some.cif"
    path.write_text("data_info\n_entry.id X\n" + text + text.replace("data_x", "data_second"))
    molecules = read_molecules(path)
    assert [(data.name, len(data.z)) for data in molecules] == [("x", 3), ("x", 1), ("second", 3), ("second", 1)]
    assert len(from_mmcif(path, model=4).z) == 1
    with pytest.raises(ValueError, match=r"4 models"):
        from_mmcif(path, model=5)
    path.write_text(text + text.replace("data_x", "data_second").replace("HETATM 4 ZN ZN", "HETATM 4 Qq ZN"))
    with pytest.raises(ValueError, match=r"some\.cif, data block second: atom ZN of ZN B101 .*known element"):
        read_molecules(path)
    path.write_text(text + text.replace("data_x", "data_second").replace("_atom_site.Cartn_z", "_atom_site.Cartn_q"))
    with pytest.raises(ValueError, match=r"data block second has no column _atom_site\.Cartn_z"):
        read_molecules(path)


def test_models_by_number(tmp_path):
    rows = [f"ATOM 1 N N . GLY A 1 1 ? {k}.0 0.0 0.0 1.0 5 B {model}" for k, model in enumerate("7292")]
    assert [data.pos[:, 0].tolist() for data in read_molecules(write(tmp_path, rows))] == [[0.0], [1.0, 3.0], [2.0]]


def test_one_conformation(tmp_path):
    row = "ATOM 1 C {} {} {} A 1 {} ? {} {} 0.0 {} {} A 1"
    blank = [row.format("CA", ".", "ALA", 1, 1.46, 0, 0.6, 1), row.format("CA", "B", "ALA", 1, 1.40, 0.45, 0.4, 1)]
    assert from_mmcif(write(tmp_path, blank)).pos[:, 0].tolist() == pytest.approx([1.46])
    places = (("A", 1, 0.0, 0.5), ("B", 1, 2.4, 0.5), ("A", 2, 3.2, 0.49), ("B", 2, 0.8, 0.51))
    coupled = [row.format("CB", letter, "ALA", n, 0, y, share, n) for letter, n, y, share in places]
    assert from_mmcif(write(tmp_path, coupled)).pos[:, 1].tolist() == pytest.approx([2.4, 0.8])
    ligands = [row.format(a, b, c, ".", x, 0.2 * (b == "B"), 0.5, d) for b, c, d in (("A", "LG1", 8), ("B", "LG2", 9))
               for a, x in (("C1", 0.0), ("C2", 1.4))]  # fmt: skip
    assert from_mmcif(write(tmp_path, ligands)).residue_name == ["LG1", "LG1"]
