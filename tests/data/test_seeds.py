from torch_molfield.data.seeds import mix_seed


def test_neighbours_are_far_apart():
    found = {mix_seed(seed, step) for seed in range(50) for step in range(50)}
    assert len(found) == 2500 and all(0 <= value < 2**63 for value in found)
    assert abs(mix_seed(0, 1) - mix_seed(0, 2)) > 2**40
