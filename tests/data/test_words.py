from torch_molfield.data.words import counted, with_article


def test_numbers_and_articles():
    assert [counted(n, "shard") for n in (0, 1, 2)] == ["0 shards", "1 shard", "2 shards"]
    assert [with_article(n) for n in ("EnergyMolField", "MolField")] == ["an EnergyMolField", "a MolField"]
