import pytest
import torch

from torch_molfield.nn import CanonicalINR, StructuredWeightTokenizer

INRS = {
    "fourier": {"channels": 1, "hidden": 8, "depth": 3, "num_frequencies": 5},
    "wide": {"channels": 5, "hidden": 12, "depth": 1, "num_frequencies": 16},
    "siren": {"channels": 2, "hidden": 16, "depth": 4, "encoding": "siren"},
}


def random_parameters(inr, molecules=3):
    return [torch.randn(molecules, *spec.shape) for spec in inr.specs]


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("name", INRS)
def test_tokens_and_parameters_are_a_bijection(name, groups):
    inr = CanonicalINR(**INRS[name])
    tokenizer = StructuredWeightTokenizer(inr.specs, groups)
    parameters = random_parameters(inr)
    tokens = tokenizer.tokenize(parameters)
    assert tokens.shape == (3, tokenizer.num_tokens, tokenizer.token_size)
    assert tokenizer.num_tokens == groups * INRS[name]["depth"] + 1
    for before, after in zip(parameters, tokenizer.detokenize(tokens), strict=True):
        assert torch.equal(before, after)
    assert torch.equal(tokenizer.tokenize(tokenizer.detokenize(tokens)), tokens)
    assert sum(slot.numel for slot in tokenizer.slots) == sum(spec.numel for spec in inr.specs)


def test_a_token_is_the_rows_it_says():
    inr = CanonicalINR(**INRS["fourier"])
    tokenizer = StructuredWeightTokenizer(inr.specs, 4)
    parameters = random_parameters(inr)
    slot = tokenizer.slots[6]
    assert (slot.layer, slot.group, slot.start, slot.stop) == (1, 2, 4, 6)
    rows = torch.cat([parameters[2][:, 4:6], parameters[3][:, 4:6, None]], dim=-1)
    assert torch.equal(tokenizer.tokenize(parameters)[:, 6, : slot.numel], rows.flatten(1))


def test_print_shows_the_map():
    text = str(StructuredWeightTokenizer(CanonicalINR(**INRS["fourier"]).specs, 2))
    assert "token 0: layer 0 group 0: weight[0:4, :10], bias[0:4]" in text
    assert "token 6: layer 3 group 0: weight[0:1, :8], bias[0:1]" in text


@pytest.mark.parametrize("groups", [0, 3, 16])
def test_groups_must_divide_the_width(groups):
    with pytest.raises(ValueError, match=f"groups={groups} must divide the width 8"):
        StructuredWeightTokenizer(CanonicalINR(**INRS["fourier"]).specs, groups)
