from torch_molfield.data.words import counted, did_you_mean, with_article


def test_numbers_and_articles():
    assert [counted(n, "shard") for n in (0, 1, 2)] == ["0 shards", "1 shard", "2 shards"]
    assert [with_article(n) for n in ("EnergyMolField", "MolField")] == ["an EnergyMolField", "a MolField"]


def test_the_name_that_was_perhaps_meant():
    known = ["organic-density", "md-forces"]
    assert did_you_mean("organic-densty", known) == "; did you mean organic-density?"
    assert did_you_mean("CCO", known) == did_you_mean("x", []) == "."
