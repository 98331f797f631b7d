# Everything a developer types. `make demo` and `make test` need Python 3.11+ and make, nothing else.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The first of these that is new enough makes the venv.
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
VENV := .venv
SDK_VENV := .venv-kfp
BIN := $(VENV)/bin
JOBS ?= 2
# How hard `make fuzz` looks: examples of each property, rounds of each loop of kills.
EXAMPLES ?= 2000
ROUNDS ?= 200

# What installs packages, starts kernels, trains on real data, kills, or runs steps as engines and
# other machines do stands apart from `make test`.
APART := tests/conformance tests/examples tests/kill tests/lock tests/packaging tests/benchmarks \
  tests/local/test_environments.py tests/local/test_images.py tests/local/test_notebooks.py \
  tests/local/test_programs.py tests/local/test_shared.py tests/runtime/test_determinism.py \
  tests/runtime/test_launcher.py tests/sagemaker/test_launcher.py

# The tests start hundreds of processes, which begin four times as fast from compiled modules.
export PYTHONDONTWRITEBYTECODE :=
PYTEST := $(BIN)/python -m pytest
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input -c constraints.txt

USER_EXTRAS := examples,graph
ALL_EXTRAS := dev,examples,graph,argo,kubeflow,sagemaker,s3,data,notebook,secrets

.PHONY: help demo test lint bench conformance containers fuzz constraints clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

# A stamp stands for a finished step; a step that failed leaves none and is done again.
$(VENV)/made:
	@for python in $(PYTHON); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    $$python -m venv $(VENV) && touch $@; exit $$?; \
	  fi; \
	done; \
	echo "Millpond needs Python 3.11 or newer, and found none under: $(PYTHON)" >&2; \
	echo "Try: make $(or $(MAKECMDGOALS),demo) PYTHON=/path/to/python3.12" >&2; \
	exit 1

$(VENV)/for-users: $(VENV)/made pyproject.toml constraints.txt
	@echo "installing millpond and what its examples need into $(VENV)"
	@$(INSTALL) -e ".[$(USER_EXTRAS)]"
	@touch $@

$(VENV)/for-developers: $(VENV)/made pyproject.toml constraints.txt
	@echo "installing millpond and every tool its tests need into $(VENV)"
	@$(INSTALL) -e ".[$(ALL_EXTRAS)]"
	@touch $@ $(VENV)/for-users

# Kubeflow's SDK pins what others need in other versions; the tests ask it from outside.
$(SDK_VENV)/made: $(VENV)/made constraints-kubeflow.txt
	@echo "installing Kubeflow's SDK into $(SDK_VENV)"
	@$(BIN)/python -m venv $(SDK_VENV)
	@$(SDK_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
	  -c constraints-kubeflow.txt kfp kfp-kubernetes
	@touch $@

demo: $(VENV)/for-users ## train on the flights of 2013, here and now
	@$(BIN)/mlp run examples/flights/flights.mlp

test: $(VENV)/made ## every check and every test but those of conformance
	@$(MAKE) --no-print-directory --jobs=2 lint $(SDK_VENV)/made
	$(PYTEST) -n $(JOBS) $(APART:%=--ignore %)

lint: $(VENV)/for-developers ## ruff, mypy and pyright
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright

conformance: $(VENV)/for-developers $(SDK_VENV)/made ## every example on every target, packages, locks, kills
	$(PYTEST) $(APART) -n $(JOBS)

bench: $(VENV)/for-developers ## the ratio table against other tools
	$(BIN)/python -m benchmarks

# What hypothesis draws is kept in .hypothesis: what failed is tried first when a test is run again.
fuzz: $(VENV)/for-developers ## every property with many more examples, then the kills: a night
	@failed=0; \
	MILLPOND_HYPOTHESIS=fuzz MILLPOND_EXAMPLES=$(EXAMPLES) $(PYTEST) -m hypothesis -n $(JOBS) \
	  --durations=0 --durations-min=60 || failed=1; \
	MILLPOND_ROUNDS=$(ROUNDS) $(PYTEST) tests/kill -n $(JOBS) || failed=1; \
	if [ $$failed = 1 ]; then \
	  echo "To try one again, what failed first: MILLPOND_HYPOTHESIS=fuzz $(PYTEST) TEST" >&2; \
	fi; \
	exit $$failed

$(VENV)/containers/made: $(VENV)/made tests/containers/engine.sh
	@echo "unpacking podman and two images into $(@D)"
	@rm -rf $(@D)
	@sh tests/containers/engine.sh $(@D)
	@touch $@

containers: $(VENV)/for-developers $(VENV)/containers/made ## steps in real containers; on Debian, as root
	$(PYTEST) tests/containers

constraints: $(VENV)/for-developers ## write down the versions that are installed
	{ sed -n '/^#/p' constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | LC_ALL=C sort -f; } > constraints.new
	mv constraints.new constraints.txt

clean: ## remove what make and the tools have made
	rm -rf $(VENV) $(SDK_VENV) build dist millpond.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
