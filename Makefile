# The verbs of the project. `make run` and `make test` are all that a newcomer needs.
.PHONY: run test test-fast setup install lint bench load soak faults bench-peers samples clean help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
LIBRARIES := $(VENV)/libraries
STAMP := $(VENV)/installed
DEV_STAMP := $(VENV)/installed-dev
# `make run MODEL=none` fetches no chat model and compiles no engine; MODEL=NAME uses an installed one.
ifdef MODEL
export SHOKO_MODEL := $(MODEL)
endif
SHOKO := $(BIN)/shoko
# Small enough to be loaded by many tests; what it says does not matter to them.
TEST_MODEL := smollm2-135m

run: $(LIBRARIES) ## install what is missing, load the samples, ask three questions, serve (MODEL=none: quotes alone)
	@test "$$SHOKO_MODEL" = none || $(BIN)/python operations/build_engine.py --beside
	@$(SHOKO) setup
	@$(SHOKO) serve --welcome

test: $(DEV_STAMP) ## lint, types, floors, tests
	@SHOKO_MODEL=$(TEST_MODEL) $(SHOKO) setup
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
# The engine is compiled meanwhile, and Shoko starts without it: `--beside` installs it when both are done.
$(LIBRARIES): pyproject.toml constraints.txt operations/build_engine.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Set PYTHON=python3.11."; exit 1; }
	@test -x $(BIN)/python || { echo "A virtual environment is made in $(VENV)."; $(PYTHON) -m venv $(VENV); }
	@rm -f $(LIBRARIES)
	@echo "Libraries are installed (some 1.7 GB, minutes)."
	@$(PIP) install -q --upgrade -c constraints.txt pip setuptools wheel
	@test "$$SHOKO_MODEL" = none || $(BIN)/python operations/build_engine.py --beside
	@$(BIN)/python operations/build_engine.py --needed > $(VENV)/needed.txt
	@$(PIP) install --progress-bar on -q -c constraints.txt -r $(VENV)/needed.txt
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $(LIBRARIES)

$(STAMP): $(LIBRARIES)
	@$(BIN)/python operations/build_engine.py --wait
	@touch $(STAMP)

$(DEV_STAMP): $(STAMP)
	@$(PIP) install -q -c constraints.txt -e '.[dev]'
	@touch $(DEV_STAMP)

lint: $(DEV_STAMP) ## only the quick checks
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy
	$(BIN)/lint-imports

load: $(DEV_STAMP) setup ## 10, 50 and 200 people at once over a real server; prints a table
	$(BIN)/python -m bench.server.load

soak: $(DEV_STAMP) setup ## 30 minutes of work by 20 people: memory, errors
	$(BIN)/python -m bench.server.soak

faults: $(DEV_STAMP) setup ## parts die while people work: what they see, and that nothing is lost
	$(BIN)/python -m bench.server.faults

bench-peers: $(DEV_STAMP) setup ## beside LangChain and LlamaIndex: PEERS=VENV/bin/python of an environment with them
	$(BIN)/python -m bench.peers --python $(PEERS)

bench: $(DEV_STAMP) setup ## measure, and write docs/benchmarks.md
	$(BIN)/python -m bench

samples: $(DEV_STAMP) ## make the sample library again
	$(PIP) install -q -c constraints.txt '.[samples]'
	$(BIN)/python -m samples.make

clean: ## remove the environment; data/ stays
	rm -rf $(VENV)

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 12
