# Everything happens in .venv, which the first target that needs it makes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The versions that are installed; empty for the newest that pyproject.toml allows.
CONSTRAINTS ?= constraints.txt
# Processes that run tests side by side; many tests wait for processes of their own.
TESTERS ?= 4

.PHONY: run test slow check cover wheel bench docs clean

$(VENV)/installed: pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS)) --editable '.[dev]'
	touch $@

run: $(VENV)/installed
	$(BIN)/xsample-tui run --preset quick

test: $(VENV)/installed
	$(BIN)/python -m pytest -n $(TESTERS) --dist worksteal --timeout 1500 -m 'not slow'

slow: $(VENV)/installed
	$(BIN)/python -m pytest -m slow

check: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What the same tests run of each folder of the package, and whether that is as much as its floor. To measure it
# takes about half as long again, so it is apart from `test`.
cover: $(VENV)/installed
	$(BIN)/coverage erase
	$(BIN)/python -m coverage run -m pytest -n $(TESTERS) --dist worksteal --timeout 1500 -m 'not slow'
	$(BIN)/coverage combine --quiet
	$(BIN)/python -m tests.coverage_floors

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
