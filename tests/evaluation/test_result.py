import json

import pytest

from torch_molfield.evaluation.result import Column, Evaluation

ROWS = [{"name": "water", "count": 12, "metrics": {"error": 0.00123}}, {"name": "methanol", "count": 3}]
COLUMNS = [Column("name", "molecule"), Column("count", "count"), Column("metrics.error", "error meV", ".2f", 1000.0)]


def test_the_table_aligns_texts_left_and_numbers_right():
    table = Evaluation(ROWS, COLUMNS, footer={"name": "mean", "metrics": {"error": 0.5}}).table()
    assert table.splitlines() == [
        "molecule  count  error meV",
        "water        12       1.23",
        "methanol      3",
        "mean                500.00",
    ]


def test_files(tmp_path):
    written = []
    evaluation = Evaluation(ROWS, COLUMNS, {"model": "m"}, rows_name="targets", writers=[written.append])
    evaluation.write(tmp_path)
    content = json.loads((tmp_path / "metrics.json").read_text())
    assert content["model"] == "m" and content["targets"] == ROWS and content["torch"]
    assert written == [tmp_path]
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.json"]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OSError, match="gone"):
        Evaluation(ROWS, COLUMNS).write(tmp_path / "gone")
