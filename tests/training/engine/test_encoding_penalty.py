import math
import warnings

import lightning
import pytest
import torch
from lightning.pytorch.loggers import CSVLogger
from torch.utils.data import DataLoader

from torch_molfield.nn import RegularizedPositionalEncoding
from torch_molfield.training import EncodingPenalty, encoding_penalties, set_penalties


class Fit(lightning.LightningModule):
    """Learns a constant from noise, by two encodings."""

    def __init__(self, shape="tensor", manual=False):
        super().__init__()
        torch.manual_seed(0)
        self.far = RegularizedPositionalEncoding(3, 0.0, 5.0, knots=8)
        self.near = RegularizedPositionalEncoding(2, 0.0, 1.0, knots=6)
        self.shape, self.automatic_optimization = shape, not manual

    def training_step(self, batch, batch_idx):
        loss = (self.far(5 * batch).sum(-1) + self.near(batch).sum(-1)).square().mean()
        return {"tensor": loss, "mapping": {"loss": loss}, "nothing": None}[self.shape]

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.01)


def fit(module, tmp_path, callback, steps=1, **options):
    loader = DataLoader(torch.linspace(0, 1, 40), batch_size=10)
    trainer = lightning.Trainer(
        max_steps=steps,
        callbacks=[callback] if callback else [],
        accelerator="cpu",
        logger=CSVLogger(tmp_path, name="", version="log"),
        log_every_n_steps=1,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **options,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")  # advice about workers, and what it deprecates itself
        trainer.fit(module, loader)
    return module


class TestPenalties:
    def test_their_names_and_values(self):
        module = Fit()
        set_penalties(module, {"near": 0.5})
        penalties = encoding_penalties(module)
        assert list(penalties) == ["near"]
        assert torch.equal(penalties["near"], module.near.regularization())
        set_penalties(module, 0.25)
        assert [module.far.weight, module.near.weight] == [0.25, 0.25]
        assert list(encoding_penalties(module)) == ["far", "near"]

    def test_relative_to_the_start_all_begin_alike(self):
        module = Fit()
        set_penalties(module, 0.25, relative=True)
        for value in encoding_penalties(module).values():
            assert float(value.detach()) == pytest.approx(0.25)
        module.far.table.data *= 2
        assert float(encoding_penalties(module)["far"].detach()) == pytest.approx(1.0)

    @pytest.mark.parametrize(
        ("weights", "sentence"),
        [
            ({"nearer": 1.0}, "no encoding 'nearer'; there are far, near"),
            ({"far": -1.0}, "the weight of far must be"),
            (math.inf, "the weight of far must be"),
            ({"near": 1.0, "far": math.nan}, "the weight of far must be"),
        ],
    )
    def test_bad_weights(self, weights, sentence):
        module = Fit()
        with pytest.raises(ValueError, match=sentence):
            set_penalties(module, weights)
        assert [module.far.weight, module.near.weight] == [0.0, 0.0]

    def test_a_model_without_encodings(self):
        with pytest.raises(ValueError, match="Linear has no encoding; give it some with swap_radial_basis"):
            set_penalties(torch.nn.Linear(1, 1), 1.0)


class TestCallback:
    @pytest.mark.parametrize("shape", ["tensor", "mapping"])
    def test_one_step_goes_down_loss_and_penalty(self, tmp_path, shape):
        module = fit(Fit(shape), tmp_path, EncodingPenalty({"far": 0.3}))
        expected = Fit()
        expected.far.weight = 0.3
        loss = expected.training_step(torch.linspace(0, 1, 40)[:10], 0) + expected.far.regularization()
        loss.backward()
        for mine, theirs in zip(module.parameters(), expected.parameters(), strict=True):
            torch.testing.assert_close(mine, theirs - 0.01 * theirs.grad)

    def test_accumulated_batches_count_it_once(self, tmp_path):
        module = fit(Fit(), tmp_path, EncodingPenalty(0.3), accumulate_grad_batches=4)
        expected = Fit()
        set_penalties(expected, 0.3)
        loss = expected.training_step(torch.linspace(0, 1, 40), 0) + sum(encoding_penalties(expected).values())
        loss.backward()
        for mine, theirs in zip(module.parameters(), expected.parameters(), strict=True):
            torch.testing.assert_close(mine, theirs - 0.01 * theirs.grad)

    def test_they_are_logged_and_the_table_grows_smooth(self, tmp_path):
        smooth, rough = (fit(Fit(), tmp_path / str(w), EncodingPenalty(w), steps=30) for w in (3e-4, 0.0))
        log = (tmp_path / "0.0003" / "log" / "metrics.csv").read_text().splitlines()
        assert {"penalty/far", "penalty/near"} <= set(log[0].split(","))
        assert len(log) == 31
        set_penalties(rough, 1.0)
        for one, other in zip(encoding_penalties(smooth).values(), encoding_penalties(rough).values(), strict=True):
            assert one < other

    def test_own_weights_where_none_are_given(self, tmp_path):
        module = Fit()
        module.near.weight = 0.7
        fit(module, tmp_path, EncodingPenalty())
        assert [module.far.weight, module.near.weight] == [0.0, 0.7]

    def test_the_module_is_left_as_it_was(self, tmp_path):
        module = fit(Fit(), tmp_path, EncodingPenalty(0.1))
        assert module.training_step.__func__ is Fit.training_step
        again = fit(module, tmp_path / "again", EncodingPenalty(0.1))
        assert again.training_step.__func__ is Fit.training_step

    def test_a_step_that_is_left_out_stays_out(self, tmp_path):
        module = fit(Fit("nothing"), tmp_path, EncodingPenalty(0.1), max_epochs=1, steps=4)
        torch.testing.assert_close(module.far.table, Fit().far.table)

    def test_manual_optimisation_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match="optimises by hand; add encoding_penalties"):
            fit(Fit(manual=True), tmp_path, EncodingPenalty(0.1))
