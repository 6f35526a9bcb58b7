# Each target makes what it needs: .venv, the dependencies in the tested versions, the package itself.
# A stamp file records each installation, so the second time is quick.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
LOWEST_PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(VENV)/lowest.txt
TEST_WORKERS ?= 2
TEST_OPTIONS ?=
# Each process takes one half of the tests, and an idle one half of what the other has left: what the tests of a file
# share is made once.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --dist worksteal

# Everything that is installed with another version there: data, models, one training of every task.
LOWEST_TESTS := tests/data tests/functions tests/geometry tests/transforms tests/surface tests/invariance tests/calculators/test_dynamics.py \
	tests/nn tests/models/test_every_model.py tests/training/tasks/test_every_run.py tests/viz/test_figures.py
# Whether GFN2-xTB converges for these depends on where RDKit places the atoms.
LOWEST_TESTS += --deselect tests/data/conversions/test_from_smiles.py::test_a_geometry_that_nothing_knows_is_refused \
	--deselect tests/data/conversions/test_from_smiles.py::test_more_than_four_bonds_and_lone_pairs

.PHONY: help demo test coverage lint format docs test-scatter scatter-tests test-lowest lowest-tests clean
help:
	@echo "make demo          demo_output/first.html by the shipped models within a minute, then a training, report.html"
	@echo "make test          all tests"
	@echo "make coverage      the least covered files of a run of make test TEST_OPTIONS='--cov --cov-report='"
	@echo "make lint          ruff and mypy"
	@echo "make docs          the documentation, in docs/_build/html"
	@echo "make test-scatter  build torch-scatter (minutes, needs a compiler) and run the tests it affects"
	@echo "make test-lowest   install the lowest versions that setup.py allows and run a part of the tests"

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or later is needed; say make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

# torch first: whatever comes after then finds the version of constraints.txt in place.
$(VENV)/.package: $(VENV)/.created setup.py constraints.txt
	@echo "Installing torch_molfield and what it needs into $(VENV)"
	$(PIP) torch "setuptools>=70.1"
	$(PIP) --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.package
	$(PIP) --no-build-isolation -e ".[dev]"
	@touch $@

$(VENV)/.docs: $(VENV)/.package
	$(PIP) --no-build-isolation -e ".[docs]"
	@touch $@

$(VENV)/.scatter: $(VENV)/.dev
	$(PIP) --no-build-isolation -e ".[scatter]"
	@touch $@

demo: $(VENV)/.package
	$(BIN)/molfield demo --out demo_output

test: $(VENV)/.dev
	$(PYTEST) -n $(TEST_WORKERS) -q $(TEST_OPTIONS)

coverage: $(VENV)/.dev
	@echo "The ten least covered files"
	@$(BIN)/coverage report --sort=cover --skip-empty > $(VENV)/coverage.txt
	@head -n 12 $(VENV)/coverage.txt; grep ^TOTAL $(VENV)/coverage.txt

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.docs
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

# In an environment of its own, so that the other targets go on testing the plain installation.
test-scatter:
	$(MAKE) VENV=.venv-scatter scatter-tests

scatter-tests: $(VENV)/.scatter
	$(BIN)/python -c "import torch_scatter; print('torch-scatter', torch_scatter.__version__)"
	$(PYTEST) -n $(TEST_WORKERS) -q tests/data tests/fields tests/geometry tests/nn tests/models tests/transforms tests/training

# In an environment of its own. torch has the version of constraints.txt there too: of an older one there is no build
# for the CPU alone that can be installed everywhere. Old packages warn of what newer ones deprecate: no errors there.
test-lowest:
	$(MAKE) VENV=.venv-lowest lowest-tests

$(VENV)/.lowest: $(VENV)/.created setup.py constraints.txt .ci/lowest.py
	$(BIN)/python .ci/lowest.py > $(VENV)/lowest.txt
	$(LOWEST_PIP) torch "setuptools>=70.1"
	$(LOWEST_PIP) --no-build-isolation -e ".[dev]"
	@touch $@

lowest-tests: $(VENV)/.lowest
	$(PYTEST) -n $(TEST_WORKERS) -q -W default --disable-warnings $(LOWEST_TESTS)

clean:
	rm -rf $(VENV) .venv-scatter .venv-lowest docs/_build build *.egg-info
