import pytest

from torch_molfield.data.io.xyz_frames import split_frames

ROWS = "O 0 0 0\nH 0.96 0 0\nH -0.24 0.93 0\n"


def frame(comment="c", count=3, rows=ROWS):
    return f"{count}\n{comment}\n{rows}"


def split(text):
    return list(split_frames(text.splitlines(keepends=True)))


@pytest.mark.parametrize("between", ["", "\n", " \t\n\n"])
@pytest.mark.parametrize("start", ["", "\n", "\n  \n"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n\t\n"])
def test_blank_lines_around_frames(between, start, end):
    found = split(start + frame("a") + between + frame("") + between + frame("3") + end)
    assert [(f.number, f.comment, len(f.rows), f.problem) for f in found] == [
        (0, "a", 3, ""), (1, "", 3, ""), (2, "3", 3, ""),
    ]  # fmt: skip
    assert found[0].line == 1 + start.count("\n")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (frame(count=2), "line 10: 'H -0.24 0.93 0' stands where the next frame is expected, after the 2 atoms"),
        (frame(count=4), "line 11: '3' stands where atom 4 of the 4 promised in line 6"),
        (frame(count=8), "line 11: '3' stands where atom 4 of the 8"),
        (frame(count=9), "stands where atom 4"),
        (frame(count=0), "stands where the next frame is expected"),
        (frame("2", count=4), "stands where atom 4"),
        (frame("1", count=2), "stands where the next frame is expected"),
        (frame(rows="O 0 0 0\n\nH 0.96 0 0\nH -0.24 0.93 0\n"), "line 9: a blank line stands where atom 2"),
        (frame(rows="O 0 0 0\nH 0.96 0\nH -0.24 0.93 0\n"), "line 9: 'H 0.96 0' stands where atom 2"),
        (frame(rows="O 0 0 0\n8\nH -0.24 0.93 0\n"), "line 9: '8' stands where atom 2"),
        ("three\n" + frame().partition("\n")[2], "line 6: 'three' stands where a number of atoms is expected"),
        ("3 atoms\n" + frame().partition("\n")[2], "line 6: '3 atoms' stands where a number"),
        ("-3\n" + frame().partition("\n")[2], "line 6: '-3' stands where a number"),
        (ROWS, "line 4: 'O 0 0 0' stands where the next frame is expected"),
        (frame() + "VEC1 1 0 0\n", "line 11: 'VEC1 1 0 0' stands where the next frame"),
        ("3\n" + ROWS, "line 7: 'O 0 0 0' stands where a comment is expected"),
        ("2\n" + ROWS, "line 7: 'O 0 0 0' stands where a comment is expected"),
        ("# a footer\n", "line 6: '# a footer' stands where a number of atoms is expected"),
        ("3\n", "stands where atom 1"),
        ("3\nc\n", "stands where atom 1"),
    ],
)
def test_a_broken_frame_takes_none_of_its_neighbours(bad, words):
    found = split(frame("before") + bad + frame("after") + frame("last"))
    good = [f for f in found if not f.problem]
    broken = [f for f in found if f.problem]
    expected = ["after", "last"] if bad == ROWS else ["before", "after", "last"]
    assert [f.comment for f in good] == expected
    assert all(len(f.rows) == 3 for f in good)
    assert len(broken) == 1 and words.split(",")[0].replace("line 4: ", "") in broken[0].problem
    assert "; correct line" in broken[0].problem


def test_numbers_may_be_a_comment():
    (found,) = split(frame("1 -76.4 0.1 300.0"))
    assert not found.problem


def test_two_broken_frames_in_a_row_are_two():
    found = split(frame("a", count=4) + frame("b", rows=ROWS.replace("H 0.96 0 0", "H 0.96 0")) + frame("c"))
    assert [bool(f.problem) for f in found] == [True, True, False]
    assert [bool(f.problem) for f in split(frame("a", count=2) * 5)] == [True] * 5


@pytest.mark.parametrize("size", range(1, len(frame("two")) - 4))
def test_a_file_that_ends_early(size):
    found = split(frame("one") + frame("two")[:size])
    assert [bool(f.problem) for f in found] == [False, True]
    assert "line 6 promises 3 atoms" in found[1].problem or "stands where" in found[1].problem


def test_the_lines_that_are_missing():
    (found,) = split("3\nwater\nO 0 0 0\n")
    assert (
        found.problem
        == "line 1 promises 3 atoms, but the file ends after line 3: lines 4 to 5 are missing; correct lines 1 to 3."
    )
    (found,) = split("2\nwater\nO 0 0 0\n")
    assert "line 4 is missing" in found.problem


def test_an_endless_count_is_no_reason_to_wait():
    found = split(frame(count=10**12) + frame("b"))
    assert [f.comment for f in found if not f.problem] == ["b"]
