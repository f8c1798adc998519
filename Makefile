# The verbs of the project. `make run` and `make test` are all that a newcomer needs.
.PHONY: run test test-fast setup install lint bench samples clean help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STAMP := $(VENV)/installed
DEV_STAMP := $(VENV)/installed-dev
SHOKO := $(BIN)/shoko

run: setup ## install what is missing, load the samples, ask three questions, serve
	@$(SHOKO) serve --welcome

test: $(DEV_STAMP) setup ## lint, types, floors, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

test-fast: $(DEV_STAMP) ## the tests of pure functions alone: under a minute
	$(BIN)/python -m pytest -m fast -n auto --dist worksteal

install: $(STAMP) ## the virtual environment and what it needs

setup: $(STAMP) ## the default models, and the engine's self-test
	@$(SHOKO) setup

# Installed versions are those of constraints.txt, so that today's install is tomorrow's.
$(STAMP): pyproject.toml constraints.txt operations/build_engine.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Set PYTHON=python3.11."; exit 1; }
	@test -x $(BIN)/python || { echo "A virtual environment is made in $(VENV)."; $(PYTHON) -m venv $(VENV); }
	@echo "Libraries are installed (some 1.5 GB, minutes)."
	@$(PIP) install -q --upgrade -c constraints.txt pip setuptools wheel
	@$(BIN)/python operations/build_engine.py
	@$(PIP) install --progress-bar on -q -c constraints.txt -e .
	@touch $(STAMP)

$(DEV_STAMP): $(STAMP)
	@$(PIP) install -q -c constraints.txt -e '.[dev]'
	@touch $(DEV_STAMP)

lint: $(DEV_STAMP) ## only the quick checks
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV_STAMP) setup ## measure, and write docs/benchmarks.md
	$(BIN)/python -m bench

samples: $(DEV_STAMP) ## make the sample library again
	$(PIP) install -q -c constraints.txt '.[samples]'
	$(BIN)/python -m samples.make

clean: ## remove the environment; data/ stays
	rm -rf $(VENV)

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 12
