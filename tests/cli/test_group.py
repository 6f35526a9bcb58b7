import pytest


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("charges",), "molfield has no command 'charges'; choose one of demo, evaluate, surface"),
        (("trian", "surface"), "did you mean train?"),
        (("train", "charges"), "molfield train has no command 'charges'; choose one of density, electron"),
        (("train", "surfaces"), "did you mean surface?"),
    ],
)
def test_an_unknown_command(refused, arguments, sentence):
    assert sentence in refused(*arguments)
