# Two commands matter: `make demo` and `make test`. Both set everything up first.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
  "$$p" -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] <= (3,13))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TWO := -n 2 --dist loadfile
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-full lint types evaluate batteries bench faults fortnight national audit sbom lock clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements.lock requirements-build.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; name one with: make PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Setting up in $(VENV) (once, a few minutes) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --require-hashes --only-binary :all: -r requirements-build.lock
	@$(BIN)/python -m pip install -qq --require-hashes --no-build-isolation -r requirements.lock
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pip install -qq --no-deps --no-build-isolation --no-index -e .
	@touch $@

setup: $(STAMP) ## make .venv from requirements.lock and install the project in it

demo: $(STAMP) ## the whole job on a synthetic market; ends with paths of digest and dashboard
	@$(BIN)/advertentiemonitor demo $(ARGS)

lint: $(STAMP) ## style, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: $(STAMP) ## mypy --strict over all rooms
	@$(BIN)/mypy

test: lint types ## lint, types and tests (minutes)
	@$(BIN)/pytest $(TWO)

test-full: lint types ## also the long ones: batteries, kills, seeds (an hour)
	@$(BIN)/pytest $(TWO) -m "full or not full"

evaluate: $(STAMP) ## how well listings are read: every figure with its bar, on labelled texts
	@$(BIN)/python -P benchmarks/reading/evaluate.py

batteries: $(STAMP) ## how well the estimates hold the truth: every figure with its bar, and a page (ARGS=--full: all of it)
	@$(BIN)/python -P benchmarks/statistics/report.py $(ARGS)

bench: $(STAMP) ## how fast each part is, against its peer in the same run (ARGS="--quick", ARGS="--compare last")
	@$(BIN)/python -P benchmarks/bench.py $(ARGS)

audit: $(STAMP) ## what is installed against the locks, without a network (ADVISORIES=folder of OSV files)
	@$(BIN)/python -P benchmarks/supply/audit.py $(if $(ADVISORIES),--advisories $(ADVISORIES))

sbom: $(STAMP) ## the bill of materials, CycloneDX JSON, on standard output
	@$(BIN)/python -P benchmarks/supply/sbom.py

faults: $(STAMP) ## the fault table: every fault on every step of a day, what was tried, whether all held (ARGS=--only kills)
	@$(BIN)/python -P benchmarks/faults/table.py $(ARGS)

fortnight: $(STAMP) ## fourteen days under `up` with two faults a day, against an undisturbed twin (ARGS="--days 2")
	@$(BIN)/python -P benchmarks/running/fortnight.py $(ARGS)

national: $(STAMP) ## two nights of the whole country, from the first page to the digest (ARGS="--scale .1")
	@$(BIN)/python -P benchmarks/running/national_day.py $(ARGS)

lock: ## write requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --group dev --all-extras --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --quiet -o requirements.lock
	@$(BIN)/uv pip compile --group build --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --quiet -o requirements-build.lock

clean: ## remove what the commands made
	@rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
