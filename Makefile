# make demo    the main job on the example models, from their specs to a served prediction and back
# make test    all tests, with the real OPA and kustomize
# make lint    every check that is no test
# make browser-test   the HTML report in Debian's chromium
# make bench   the measurements of tests/bench
# make endurance   half an hour of load, killed replicas and an overload (tests/endurance)
# make tools   OPA, kustomize and the other Go programs, into tools/bin
# make lab     a control plane on this machine, with Argo CD and KubeRay, until Ctrl-C (docs/lab.md)
# make lab-test   what is rendered, proved in it (make lab-tools builds its programs)
# make lab-node, make lab-node-test   the same with a real node and real Ray pods; as root
# make setup   .venv, with .venv/bin/mlgitops (the others call it)
# make ml      the same with Ray, PyTorch and the libraries that train, 7 GB (demo, test and bench call it)
# make requirements, make upgrade   pin what pyproject.toml and requirements/*.in ask for
# make clean   remove what the others made

PYTHON ?= python3
JOBS ?= 2
LAB_TESTS ?= tests/lab
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup ml demo test browser-test lint bench endurance tools lab lab-tools lab-test lab-node lab-node-test testdata requirements upgrade clean

help:
	@sed -n 's/^# //p' Makefile

setup:
	@$(PYTHON) tools/setup_venv.py

ml:
	@$(PYTHON) tools/setup_venv.py ml

tools: setup
	@$(PYTHON) tools/build_programs.py

testdata: setup
	@$(PYTHON) tools/fetch_testdata.py

demo: ml
	@$(PYTHON) tools/build_programs.py kustomize
	@$(BIN)/python tools/demo.py

test: ml tools testdata
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

browser-test: ml
	@$(PYTHON) tools/get_packages.py browser
	$(BIN)/python -m pytest tests/browser -n 0

lab-tools: setup
	@$(PYTHON) tools/get_packages.py lab
	@$(PYTHON) tools/build_programs.py lab

lab: lab-tools
	@PYTHONPATH=.:tools $(BIN)/python -m tests.lab

lab-test: ml tools lab-tools
	$(BIN)/python -m pytest $(LAB_TESTS) -n $(JOBS) --dist loadfile --ignore tests/lab/node

lab-node: lab-tools
	@$(PYTHON) tools/get_packages.py node
	@PYTHONPATH=.:tools $(BIN)/python -m tests.lab.node

lab-node-test: ml tools lab-tools
	@$(PYTHON) tools/get_packages.py node
	$(BIN)/python -m pytest tests/lab/node -n 0 -o faulthandler_timeout=1200

LINTS := lint-code lint-types lint-layers lint-pins lint-workflows lint-policies lint-generated
.PHONY: $(LINTS)
$(LINTS): setup tools

lint: $(LINTS)

lint-code:
	$(BIN)/ruff check
	$(BIN)/ruff format --check

lint-types: ml
	$(BIN)/mypy

lint-layers:
	$(BIN)/lint-imports

lint-pins:
	$(BIN)/python tools/pin_requirements.py check

SCAFFOLDED := $(wildcard mlgitops/cli/scaffold/repository/github/workflows/*.yml)

lint-workflows:
	$(BIN)/zizmor --offline --pedantic --quiet . $(SCAFFOLDED)
	tools/bin/actionlint .github/workflows/*.yml $(SCAFFOLDED)

lint-policies:
	tools/bin/opa check --strict policies
	tools/bin/opa fmt --fail --list policies

lint-generated:
	$(BIN)/mlgitops schema --check
	$(BIN)/mlgitops validate
	$(BIN)/mlgitops render --check

bench: ml tools
	@$(PYTHON) tools/get_packages.py load
	$(BIN)/python -m tests.bench

endurance: ml
	@$(PYTHON) tools/get_packages.py load
	@PYTHONPATH=.:tools $(BIN)/python -m tests.endurance

requirements: setup
	$(BIN)/python tools/pin_requirements.py write

upgrade: setup
	$(BIN)/python tools/pin_requirements.py upgrade

clean:
	rm -rf .venv .cache build dist tools/bin tools/*/shipped/*/ tests/node_modules \
	  .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
