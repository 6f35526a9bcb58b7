import numpy as np
import pytest
import torch

from torch_molfield.data import MolFieldData, from_smiles
from torch_molfield.fields import SignedDistanceField
from torch_molfield.surface import label_vertices, mesh_molecule, read_mesh, write_mesh
from torch_molfield.surface.labels import nearest_atoms


def test_the_nearest_sphere_is_that_of_all_spheres():
    data = from_smiles("CC(=O)Nc1ccc(Cl)cc1")
    points = np.random.default_rng(0).uniform(-8, 8, (500, 3))
    radius = torch.tensor([{1: 1.2, 6: 1.7, 7: 1.55, 8: 1.52, 17: 1.75}[z] for z in data.z.tolist()])
    gaps = torch.cdist(torch.as_tensor(points), data.pos.double()) - radius
    assert np.array_equal(nearest_atoms(points, data.z, data.pos), gaps.argmin(1).numpy())


def test_of_a_van_der_waals_mesh_it_is_the_atom_of_the_patch_and_a_file_holds_it(tmp_path):
    data = from_smiles("CO")
    mesh = label_vertices(mesh_molecule(SignedDistanceField("vdw"), data.z, data.pos, 0.3), data)
    distance = np.linalg.norm(mesh.vertices - data.pos.numpy()[mesh.values["atom"]], axis=1)
    radius = torch.tensor([{1: 1.2, 6: 1.7, 8: 1.52}[z] for z in data.z.tolist()]).numpy()[mesh.values["atom"]]
    assert np.quantile(np.abs(distance - radius), 0.9) < 1e-5
    again = read_mesh(write_mesh(tmp_path / "a.ply", mesh)).values["atom"]
    assert again.dtype == np.int64 and np.array_equal(again, mesh.values["atom"])
    assert read_mesh(write_mesh(tmp_path / "a.obj", mesh)).values == {}


def test_residues_are_numbered_in_their_order():
    data = MolFieldData(z=torch.tensor([6, 6, 8]), pos=torch.tensor([[0.0, 0, 0], [5, 0, 0], [10, 0, 0]]))
    data.residue_name, data.chain = ["GLY", "ALA", "ALA"], ["A", "A", "A"]
    data.residue_number = torch.tensor([7, 9, 9])
    mesh = label_vertices(mesh_molecule(SignedDistanceField("vdw"), data.z, data.pos, 0.5), data)
    assert mesh.values["residue"].tolist() == np.array([0, 1, 1])[mesh.values["atom"]].tolist()
    assert set(mesh.values["residue"].tolist()) == {0, 1}


def test_an_element_without_a_radius():
    with pytest.raises(ValueError, match="Cm"):
        nearest_atoms(np.zeros((1, 3)), torch.tensor([96]), torch.zeros(1, 3))
