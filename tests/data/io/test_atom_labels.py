import pytest

from torch_molfield.data.io.atom_labels import parse_label


@pytest.mark.parametrize(
    ("label", "symbol"),
    [
        ("O", "O"), ("cl", "Cl"), ("CL", "Cl"), ("Br", "Br"), ("8", "O"), ("17", "Cl"), ("118", "Og"), ("D", "D"),
        ("t", "T"), ("O1", "O"), ("C_2", "C"), ("Cl3", "Cl"), ("cl3", "Cl"), ("H12", "H"), ("Na+", "Na"), ("D2", "D"),
        ("H(1)", "H"), ("O1'", "O"),
    ],
)  # fmt: skip
def test_plain_labels(label, symbol):
    assert parse_label(label) == symbol


@pytest.mark.parametrize("label", ["Q", "X", "0", "119", "8.0", "CA1", "HO2", "O-Bq", "Bq", "", "Tv", "C_R", "²", "2H"])
def test_what_may_be_something_else_is_refused(label):
    with pytest.raises(ValueError, match="is not an element; write a symbol"):
        parse_label(label)
