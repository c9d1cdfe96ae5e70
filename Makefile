# The tasks of users, maintainers and CI. `make help` lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
CODE := src scripts tests
ARGS ?=
# CHANGES=FILE also writes the report on a change of the spec to FILE.
WRITE_CHANGES = $(if $(CHANGES),--changes "$(CHANGES)")

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Compile each module once, and not in every process, even where the environment says otherwise.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test lint format types check-regen tests slow oldest conformance mutants faults bench stub regen import-spec check-spec docs release-check lock wheel clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## create keys against a stub on loopback, and show each request and result
	@$(BIN)/python -m scripts.demo

STEPS := lint types check-regen tests

test: $(INSTALLED) ## run lint, types, check-regen and tests: about two minutes on two cores
	@for step in $(STEPS); do echo "make test: $$step"; $(MAKE) $$step || exit; done

lint: $(INSTALLED) ## check with ruff (rules and format) and import-linter (allowed imports)
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/ruff format --check --quiet $(CODE)
	@found=$$($(BIN)/lint-imports --no-cache --no-logo) || { echo "$$found"; exit 1; }

format: $(INSTALLED) ## format and fix the code with ruff
	@$(BIN)/ruff check --fix --quiet $(CODE)
	@$(BIN)/ruff format $(CODE)

types: $(INSTALLED) ## run mypy --strict on src, scripts, tests and generated
	@$(BIN)/mypy

check-regen: $(INSTALLED) ## fail, with a diff, if a generated file is out of date
	@$(BIN)/python -m scripts.regen --check

# worksteal: an idle core takes over tests of the others, so that all cores end at the same time.
PYTEST := $(BIN)/pytest -q -n auto --dist worksteal

tests: $(INSTALLED) ## run pytest only, on all cores; ARGS="-k name" selects tests
	@$(PYTEST) $(ARGS)

slow: $(INSTALLED) ## run the tests that take too long for make test
	@$(PYTEST) -m slow $(ARGS)

oldest: $(INSTALLED) ## run the wrapper's tests with the oldest allowed dependencies
	@$(MAKE) VENV=.oldest .oldest/.installed
	@.oldest/bin/python -m pip install -qq --require-hashes --requirement .ci/oldest.txt
	@.oldest/bin/pytest -q -n auto --dist worksteal tests/wrapper tests/connections tests/faults $(ARGS)

conformance: $(INSTALLED) ## send many cases and report their coverage in reports/; N=CASES or MINUTES=M
	@$(BIN)/python -m tests.conformance.measure $(if $(MINUTES),--minutes $(MINUTES),$(if $(N),--cases $(N)))

mutants: $(INSTALLED) ## change the code in many ways, and list changes that no test notices; ARGS="--module _request"
	@$(BIN)/python -m tests.mutants $(ARGS)

faults: $(INSTALLED) ## print the outcome of each fault, with this client and others
	@$(BIN)/python -m tests.faults

bench: $(INSTALLED) ## compare speed and memory with other clients; ARGS=--write updates docs/performance.md
	@$(BIN)/python -m scripts.bench $(ARGS)

stub: $(INSTALLED) ## serve the stub on loopback until Ctrl-C; ARGS="--port 9000"
	@$(BIN)/python -m portkey_admin_stub $(ARGS)

regen: $(INSTALLED) ## generate spec/openapi.yaml and generated/, and report the changes; CHANGES=FILE
	@$(BIN)/python -m scripts.regen $(WRITE_CHANGES)

import-spec: $(INSTALLED) ## import a new upstream spec from a docs page: PAGE=FILE, ONLY=/path, CHANGES=FILE
	@test -n "$(PAGE)" || { echo 'import-spec: PAGE is missing: make import-spec PAGE=FILE' >&2; exit 2; }
	@$(BIN)/python -m scripts.import_spec $(WRITE_CHANGES) $(if $(ONLY),--only "$(ONLY)") "$(PAGE)"

check-spec: $(INSTALLED) ## fail on a breaking change since AGAINST=REV that CHANGELOG does not announce
	@test -n "$(AGAINST)" || { echo 'check-spec: AGAINST is missing: make check-spec AGAINST=REV' >&2; exit 2; }
	@$(BIN)/python -m scripts.check_spec "$(AGAINST)"

docs: $(INSTALLED) ## build the documentation in site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --config-file scripts/site/mkdocs.yml

release-check: $(INSTALLED) ## list the steps that are missing for a release
	@$(BIN)/python -m scripts.release_check

lock: $(INSTALLED) ## pin the requirements again, with hashes: requirements-dev.txt and .ci/oldest.txt
	@$(BIN)/uv pip compile pyproject.toml --quiet --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header --native-tls \
		--output-file requirements-dev.txt
	@$(BIN)/uv pip compile pyproject.toml --quiet --resolution lowest-direct --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header --native-tls \
		--output-file .ci/oldest.txt

wheel: $(INSTALLED) ## build dist/*.whl, with both import packages
	@$(BIN)/python -m hatchling build --target wheel

clean: ## remove the environment and all caches
	rm -rf $(VENV) .oldest .bench dist reports site .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(INSTALLED): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed: make PYTHON=python3.12 ...' >&2; exit 1; }
	@echo 'setting up $(VENV) (once) ...'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --require-hashes --requirement requirements-dev.txt
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@
