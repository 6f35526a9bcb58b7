from torch_molfield.evaluation.chunks import ATOM, chunks_by_size


def test_every_molecule_once_and_no_call_above_the_limit():
    sizes = [3, 40, 1, 9, 3, 9, 9, 2]
    limit = 3 * 9 * (9 + ATOM)
    chunks = chunks_by_size(sizes, limit)
    assert sorted(number for chunk in chunks for number in chunk) == list(range(len(sizes)))
    for chunk in chunks:
        largest = max(sizes[number] for number in chunk)
        assert len(chunk) == 1 or len(chunk) * largest * (largest + ATOM) <= limit
    assert chunks[-1] == [1]
    assert chunks_by_size(sizes) == [[2, 7, 0, 4, 3, 5, 6, 1]]
    assert chunks_by_size([]) == []
