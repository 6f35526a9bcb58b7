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
    with pytest.raises(ValueError, match=r"2 model\(s\); model 3"):
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
