# One line per job; `make` alone lists them. Every target creates .venv from requirements.lock first.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup demo test check bench calibrate docs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "make %-10s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --allow-existing -q $(VENV) && \
	  uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock && \
	  uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  python3 -m venv $(VENV) && \
	  $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@

setup: $(STAMP) ## create .venv from the lock

demo: $(STAMP) ## the main job: certify a good product, refuse bad ones, show the reports (< 4 min)
	$(BIN)/mafalab demo --out demo-out

test: $(STAMP) ## all tests of our own code, end to end
	@.ci/system-packages
	$(BIN)/python -m pytest tests -n 2 --dist worksteal

check: $(STAMP) ## lint, format, types, import contracts, unit and repo tests (< 2 min)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/unit tests/repo -n 2 --dist worksteal

calibrate: $(STAMP) ## prove the suites against every seeded fault and legal variant (one campaign more than cores: some wait)
	$(BIN)/mafalab calibrate --jobs $$(( $$(nproc) + 1 )) --examples 6 --https-sample 6 --out proof

bench: $(STAMP) ## speed, as ratios within one run
	$(BIN)/python -m tests.benchmarks

docs: $(STAMP) ## run every command of docs/ and rebuild the generated tables
	$(BIN)/python -m pytest tests/system/test_docs_pages.py

clean: ## remove everything generated
	rm -rf $(VENV) demo-out out .mafalab .pytest_cache .mypy_cache .ruff_cache .hypothesis
