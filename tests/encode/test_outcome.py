import csv

import numpy as np

from torch_molfield.encode.job_part import JobPart
from torch_molfield.encode.outcome import tell_outcome
from torch_molfield.encode.shards import shard_path, write_shard


def test_the_failed_have_their_own_table(tmp_path):
    for k in range(3):
        arrays = {"number": np.arange(4), "failed": np.array([5 * k]), "failed_name": np.array([f"m,{k}"])}
        write_shard(shard_path(tmp_path, k, "npz"), {**arrays, "problem": np.array(["odd"])})
    outcome = tell_outcome(tmp_path)
    assert outcome.encoded == 12 and outcome.problems == {"odd": 3}
    with (tmp_path / "failed.csv").open() as file:
        head, *rows = csv.reader(file)
    assert head == ["number", "name", "problem"]
    assert rows == [["0", "m,0", "odd"], ["5", "m,1", "odd"], ["10", "m,2", "odd"]]
    assert tell_outcome(tmp_path, JobPart(2, 3)).encoded == 4
    assert (tmp_path / "failed-2-of-3.csv").read_text() == 'number,name,problem\n5,"m,1",odd\n'
