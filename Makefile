# make demo    the main job, on the policy engine that comes with it
# make test    all tests, with the real OPA and kustomize
# make lint    every check that needs no run
# make bench   the measurements of tests/bench
# make tools   OPA, kustomize and the other Go programs, into tools/bin
# make setup   .venv, with .venv/bin/mlgitops (the others call it)
# make requirements, make upgrade   pin what pyproject.toml and requirements/*.in ask for

PYTHON ?= python3
JOBS ?= 2
BIN := .venv/bin
PROGRAMS := $(sort $(patsubst tools/%/go.mod,%,$(wildcard tools/*/go.mod)))

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench tools testdata requirements upgrade clean

help:
	@sed -n 's/^# //p' Makefile

setup:
	@$(PYTHON) tools/setup_venv.py

tools: setup
	@$(PYTHON) tools/build_programs.py $(PROGRAMS)

testdata: setup
	@$(PYTHON) tools/fetch_testdata.py

demo: setup
	$(BIN)/mlgitops --version

test: setup tools testdata
	$(BIN)/python -m pytest -q -n $(JOBS)

lint: setup tools
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/pin_requirements.py check
	$(BIN)/zizmor --offline --pedantic --quiet .github
	tools/bin/actionlint
	tools/bin/opa check --strict policies

bench: setup tools
	$(BIN)/python -m tests.bench

requirements: setup
	$(BIN)/python tools/pin_requirements.py write

upgrade: setup
	$(BIN)/python tools/pin_requirements.py upgrade

clean:
	rm -rf .venv .cache tools/bin tests/node_modules .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
