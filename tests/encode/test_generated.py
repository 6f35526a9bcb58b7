import numpy as np
import pytest

from torch_molfield.encode import read_shards
from torch_molfield.encode.generated import GeneratedEntries, MoleculeEncoder
from torch_molfield.encode.job_part import JobPart
from torch_molfield.encode.library import encode_library
from torch_molfield.models.load import load_model
from torch_molfield.nn.generative.sampler import Schedule


@pytest.fixture(scope="module")
def entries():
    generator = load_model("qm9-generator", "generate")
    return GeneratedEntries(generator, 3, 1, Schedule(num_steps=2, max_repairs=0), {"num_heavy": 3}, "edm")


def test_samples_do_not_depend_on_where_one_begins(entries):
    whole, rest = list(entries(0)), list(entries(2))
    assert [entry.number for entry in rest] == [2] and list(entries(3)) == []
    assert np.array_equal(whole[2].data.z, rest[0].data.z)
    assert whole[2].data.pos.numpy() == pytest.approx(rest[0].data.pos.numpy(), abs=1e-4)


def test_jobs_share_a_folder(entries, tmp_path):
    for number in (2, 1):
        encode_library(MoleculeEncoder(), entries, tmp_path, {}, 2, part=JobPart(number, 2), size=3)
    found = read_shards(tmp_path)
    assert found["number"].tolist() == [0, 1, 2] and len(found["z"]) == found["z_size"].sum()
    assert set(found["stable"].tolist()) <= {0, 1}
