# One command each. `make demo` and `make test` need only Python 3.11+ on the machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
JOBS ?= 2

.PHONY: help setup setup-dev demo serve check test bench bench-models clean

help:
	@echo "make demo | serve | test | check | bench | bench-models | setup | clean"

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11, 3.12 or 3.13 is needed, this is %d.%d" % sys.version_info[:2] if not (3, 11) <= sys.version_info[:2] < (3, 14) else 0)'
	$(PYTHON) -m venv $(VENV)

# The light set: serves, clusters and reviews, without torch.
$(VENV)/.light: constraints.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install -q -c constraints.txt -e '.[formats]'
	touch $@

# Everything: torch by itself, so that one of another build (CPU alone, say) can be put there first and is kept.
$(VENV)/.dev: $(VENV)/.light
	$(PIP) install -q -c constraints.txt torch==2.13.0
	$(PIP) install -q -c constraints.txt -e '.[formats,train,names,dev]'
	touch $@

setup: $(VENV)/.light
setup-dev: $(VENV)/.dev

demo: setup
	$(BIN)/voc demo

serve: setup
	$(BIN)/voc serve

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

bench: setup-dev
	$(BIN)/python -m benchmarks

# Peers of other people, for this comparison alone.
$(VENV)/.bench: $(VENV)/.dev
	$(PIP) install -q -c constraints.txt -e '.[bench]'
	touch $@

bench-models: $(VENV)/.bench
	$(BIN)/python -m benchmarks.models

clean:
	rm -rf $(VENV) var build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
