# The project's commands. Needs python3 with venv, or uv; everything else is installed here.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
DEMO   ?= demo

.DEFAULT_GOAL := help
.PHONY: help demo test lint types format catalogs screens bench faults doctor clean

help: ## what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@if $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null; then $(PYTHON) -m venv $(VENV); \
	elif command -v uv >/dev/null; then uv venv --quiet --seed --python $(PYTHON) $(VENV); \
	else echo "parkflow needs python3-venv (apt install python3-venv) or uv to make its environment."; exit 1; fi
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "parkflow needs Python 3.11 or newer; say which: make $(MAKECMDGOALS) PYTHON=python3.13"; rm -rf $(VENV); exit 1; }
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@$(BIN)/python -m pip install --quiet -c constraints.txt --group dev
	@touch $@

demo: $(VENV)/.run ## a demonstration park: a year read, balanced and reported
	@$(BIN)/parkflow demo $(DEMO)
	@cp $(DEMO)/report.html report.html
	@echo "The report of a month lies in report.html, that of the year in $(DEMO)/report-2025.html: open them in a browser."

test: $(VENV)/.dev ## all tests
	@$(BIN)/python -m pytest -n auto $(ARGS)

lint: $(VENV)/.dev ## style, import rule
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache

types: $(VENV)/.dev ## mypy, strict
	@$(BIN)/mypy

format: $(VENV)/.dev ## put the code into its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

catalogs: $(VENV)/.dev ## compile the message catalogues
	@$(BIN)/python tools/catalogs.py

screens: $(VENV)/.run ## capture the terminal's screens in tmux into docs/screens
	@$(BIN)/python tools/screens.py $(ARGS)

$(VENV)/.bench: $(VENV)/.dev
	@$(BIN)/python -m pip install --quiet -c constraints.txt --group bench || echo "the peers could not be installed; the page says so"
	@touch $@

bench: $(VENV)/.bench ## measure, each beside its floor, and write docs/benchmarks.md
	@$(BIN)/python bench/run.py

faults: $(VENV)/.dev ## plant faults in made-up months and write how often they are named
	@$(BIN)/python bench/faults.py --write

clean: ## remove what was made here
	@rm -rf $(VENV) $(DEMO) report.html build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
