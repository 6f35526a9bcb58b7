import pytest
import torch

from torch_molfield.data import MolFieldData, validation
from torch_molfield.data.validation import check_atoms, check_closed_shells, check_elements, check_points, problem_with

WATER = torch.tensor([8, 1, 1]), torch.tensor([[0.0, 0.0, 0.0], [0.76, 0.59, 0.0], [-0.76, 0.59, 0.0]])


def two_waters():
    z, pos = WATER
    return z.repeat(2), torch.cat([pos, pos]), torch.tensor([0, 0, 0, 1, 1, 1])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("integer", [torch.uint8, torch.int32, torch.int64])
def test_good_atoms_pass_unchanged(dtype, integer):
    z, pos = WATER
    out_z, out_pos, batch = check_atoms(z.to(integer), pos.to(dtype))
    assert out_z.dtype == torch.int64
    assert out_z.tolist() == [8, 1, 1]
    assert out_pos.dtype == dtype
    assert torch.equal(out_pos, pos.to(dtype))
    assert batch.tolist() == [0, 0, 0]


def test_one_atom_is_a_molecule():
    z, pos, _ = check_atoms(torch.tensor([2]), torch.zeros(1, 3))
    assert z.shape == (1,)
    assert pos.shape == (1, 3)


def test_equal_molecules_of_a_batch_are_no_duplicates():
    z, pos, batch = two_waters()
    assert check_atoms(z, pos, batch)[2].tolist() == batch.tolist()


def test_fragments_far_apart_pass():
    z, pos, _ = two_waters()
    shifted = pos + torch.tensor([0.0, 0, 0, 1, 1, 1])[:, None] * 5.0e3
    assert torch.equal(check_atoms(z, shifted)[1], shifted)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_unfinite_positions(value):
    z, pos, batch = two_waters()
    pos = pos.clone()
    pos[4, 1] = value
    with pytest.raises(ValueError, match=r"pos: molecule 1 of the batch \(atom 4\) has NaN or infinite"):
        check_atoms(z, pos, batch)


def test_no_pos_names_the_remedy():
    with pytest.raises(ValueError, match=r"pos is missing.*from_smiles"):
        check_atoms(WATER[0], None)


def test_no_z():
    with pytest.raises(ValueError, match="z is missing"):
        check_atoms(None, WATER[1])


def test_no_atoms():
    with pytest.raises(ValueError, match="pos is empty"):
        check_atoms(torch.zeros(0, dtype=torch.long), torch.zeros(0, 3))


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.float16, torch.bfloat16])
def test_integer_and_half_positions(dtype):
    with pytest.raises(ValueError, match=r"pos has dtype .*pos.float\(\)"):
        check_atoms(WATER[0], WATER[1].to(dtype))


@pytest.mark.parametrize("pos", [torch.zeros(3, 2), torch.zeros(9), [[0.0, 0.0, 0.0]]])
def test_misshapen_positions(pos):
    with pytest.raises(ValueError, match=r"pos must be a tensor of shape \[N, 3\]"):
        check_atoms(WATER[0], pos)


@pytest.mark.parametrize(
    "z", [torch.tensor([8, 1]), torch.tensor([8.0, 1.0, 1.0]), torch.tensor([True, True, True]), [8, 1, 1]]
)
def test_misshapen_numbers(z):
    with pytest.raises(ValueError, match=r"z must be an integer tensor of shape \[3\]"):
        check_atoms(z, WATER[1])


@pytest.mark.parametrize("number", [0, -1, 119, 1000])
def test_numbers_of_no_element(number):
    with pytest.raises(ValueError, match=r"z: molecule 0 of the batch \(atom 1\) .*outside 1..118"):
        check_atoms(torch.tensor([8, number, 1]), WATER[1])


def test_two_atoms_at_one_place():
    z, pos = WATER
    with pytest.raises(ValueError, match="two atoms at one place"):
        check_atoms(z, torch.stack([pos[0], pos[1], pos[1] + 1e-6]))


@pytest.mark.parametrize(("dtype", "shift", "good"), [(torch.float32, 1e6, False), (torch.float64, 1e6, True)])
def test_coordinates_of_a_million_angstrom(dtype, shift, good):
    z, pos = WATER[0], WATER[1].to(dtype) + shift
    if good:
        assert torch.equal(check_atoms(z, pos)[1], pos)
        return
    with pytest.raises(ValueError, match=r"beyond 10000 Å.*centre it first"):
        check_atoms(z, pos)


@pytest.mark.parametrize("batch", [[0, 1, 0, 1, 0, 1], [1, 1, 1, 0, 0, 0], [-1, 0, 0, 0, 1, 1]])
def test_unsorted_batch(batch):
    z, pos, _ = two_waters()
    with pytest.raises(ValueError, match="batch must be sorted and non-negative"):
        check_atoms(z, pos, torch.tensor(batch))


def test_batch_with_a_gap():
    z, pos, batch = two_waters()
    with pytest.raises(ValueError, match="molecule 1 has no atoms"):
        check_atoms(z, pos, batch * 2)


@pytest.mark.parametrize("batch", [torch.zeros(5, dtype=torch.long), torch.zeros(6), [0] * 6])
def test_misshapen_batch(batch):
    z, pos, _ = two_waters()
    with pytest.raises(ValueError, match=r"batch must be an integer tensor of shape \[6\]"):
        check_atoms(z, pos, batch)


def test_atoms_on_two_devices():
    with pytest.raises(ValueError, match="z is on meta but pos on cpu"):
        check_atoms(WATER[0].to("meta"), WATER[1])
    with pytest.raises(ValueError, match="batch is on meta"):
        check_atoms(*WATER, torch.zeros(3, dtype=torch.long, device="meta"))


def test_good_points_pass():
    points, batch = check_points(torch.zeros(4, 3), torch.tensor([0, 0, 1, 1]), WATER[1], 2)
    assert points.shape == (4, 3)
    assert batch.tolist() == [0, 0, 1, 1]
    assert check_points(torch.zeros(4, 3), None, WATER[1], 1)[1].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("batch", [None, torch.zeros(0, dtype=torch.long)])
def test_empty_query_passes(batch):
    points, points_batch = check_points(torch.zeros(0, 3), batch, WATER[1], 1)
    assert points.shape == (0, 3)
    assert points_batch.shape == (0,)


@pytest.mark.parametrize(
    ("points", "batch", "sentence"),
    [
        (torch.zeros(4, 2), None, r"points must be a tensor of shape \[Q, 3\]"),
        (torch.zeros(4, 3, device="meta"), None, r"points are on meta but pos on cpu; use points.to\(pos.device\)"),
        (torch.zeros(4, 3).double(), None, r"dtype torch.float64 but pos torch.float32; use points.to\(pos.dtype\)"),
        (torch.full((4, 3), float("nan")), torch.zeros(4).long(), "points contain NaN or infinity"),
        (torch.zeros(4, 3), None, "points_batch is missing: the batch has 2 molecules"),
        (torch.zeros(4, 3), torch.tensor([0, 1, 0, 1]), "points_batch must be sorted"),
        (torch.zeros(4, 3), torch.tensor([0, 0, 1, 2]), "points_batch names molecule 2, but there are 2"),
        (torch.zeros(4, 3), torch.tensor([0, 0, 1]), r"points_batch must be an integer tensor of shape \[4\]"),
    ],
)
def test_bad_points(points, batch, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_points(points, batch, WATER[1], 2)


def test_all_unknown_elements_are_named():
    z, batch = torch.tensor([6, 1, 35, 17, 35]), torch.tensor([0, 0, 1, 2, 2])
    check_elements(z, batch, None)
    check_elements(z, batch, [1, 6, 17, 35])
    sentence = r"on Cl \(17\), Br \(35\), first met in molecule 1 of the batch, but on H, C; train it on them"
    with pytest.raises(ValueError, match=sentence):
        check_elements(z, batch, [1, 6])


def host_reads(function):
    """How often a call reads a number from the device."""
    with torch.profiler.profile() as profile:
        function()
    return {event.key: event.count for event in profile.key_averages()}.get("aten::_local_scalar_dense", 0)


def test_one_number_is_read_where_all_is_good():
    z, pos, batch = two_waters()
    owner = torch.tensor([0, 1, 1])
    assert host_reads(lambda: check_atoms(z, pos, batch)) == 1
    assert host_reads(lambda: check_elements(z, batch, [1, 8])) == 1
    assert host_reads(lambda: check_points(pos[:3], owner, pos, 2)) == 1


def test_two_places_with_one_key_are_no_duplicates(monkeypatch):
    monkeypatch.setattr(validation, "_MULTIPLIERS", (0, 0, 0, 0))
    z, pos, batch = two_waters()
    assert torch.equal(check_atoms(z, pos, batch)[1], pos)


def test_random_molecules_have_different_keys():
    pos = torch.rand(200_000, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 1e3
    batch = torch.arange(200_000) // 100
    assert len(validation._keys(pos, batch).unique()) == len(pos)
    assert len(validation._keys(pos.round(), torch.zeros_like(batch)).unique()) == len(pos.round().unique(dim=0))


def test_a_problem_is_that_of_the_molecule_alone():
    def refuse(z, pos, batch):
        raise ValueError("z: molecule 0 of the batch is odd.")

    water = MolFieldData(z=torch.tensor([8, 1, 1]), pos=torch.eye(3))
    assert problem_with(refuse, water) == "z: the molecule is odd."
    assert problem_with(check_atoms, water) == ""


def test_a_charge_that_takes_more_electrons_than_there_are():
    z, _, batch = two_waters()
    assert check_closed_shells(z, batch, torch.tensor([2, 10])).tolist() == [2, 10]  # bare nuclei at the least
    with pytest.raises(ValueError, match=r"molecule 1 of the batch has 10 electrons .* too few for charge \+40;"):
        check_closed_shells(z, batch, torch.tensor([0, 40]))
