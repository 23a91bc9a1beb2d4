# Everything happens in .venv, which the first target that needs it makes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Processes that run tests side by side; many tests wait for processes of their own.
TESTERS ?= 3

.PHONY: run test slow check cover wheel bench docs clean

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

run: $(VENV)/installed
	$(BIN)/xsample-tui run --preset quick

test: $(VENV)/installed
	$(BIN)/python -m pytest -n $(TESTERS) --dist worksteal -m 'not slow'

slow: $(VENV)/installed
	$(BIN)/python -m pytest -m slow

check: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Lines and branches of the core, by its own tests alone: at least 90 % together, and 90 % of the branches.
cover: $(VENV)/installed
	$(BIN)/python -m coverage run -m pytest -q tests/core -m 'not slow'
	$(BIN)/python -m coverage report
	$(BIN)/python -m tests.branches 90

# The wheel, and that it is small and holds all that the package needs.
wheel: $(VENV)/installed
	rm -rf build dist
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .
	$(BIN)/python -m tests.wheel dist

bench: $(VENV)/installed
	$(BIN)/python -m benchmarks.training

docs: $(VENV)/installed
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) build dist site *.egg-info
