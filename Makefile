# Building and testing dockerctl. 'make help' lists the targets.
#
# Each target does its own set-up: Debian packages (as root), a virtual environment and lab images
# in ~/.cache. Nothing but build/ and dist/ is written to the checkout.

SHELL := /bin/bash
.DELETE_ON_ERROR:
# The targets use the same machine, two cores and one lab: one after the other.
.NOTPARALLEL:
.PHONY: help setup system-packages venv lint unit contract system images deb lintian checks test \
	docs faults matrix demo bench clean

VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"$$/\1/p' dockerctl/__init__.py)
DEB := $(CURDIR)/dist/dockerctl_$(VERSION)-1_all.deb

# SUITE:SELECTION of the system tests; "all" of them or the "core".
SYSTEM_SUITES ?= bookworm:all trixie:core forky:core
IMAGES ?= $(foreach suite,$(SYSTEM_SUITES),$(firstword $(subst :, ,$(suite))))
# Such as PYTEST_ARGS='-x -k start'.
PYTEST_ARGS ?=
# The tests on lab hosts wait most of the time: three at once keep two cores busy.
LAB_PYTEST_ARGS := -n 3 --dist worksteal

# The virtual environment's, for tests and linters.
PYTHON := packaging/dev/python
PYTEST := $(PYTHON) -m pytest
# The system's own, for what needs the standard library only.
SYSTEM_PYTHON := /usr/bin/python3 -B

# Caches of the tools go to build/. Byte-code goes nowhere: a folder for it (PYTHONPYCACHEPREFIX)
# would be inherited by the programs that build lab images.
export PYTHONDONTWRITEBYTECODE := 1
export MYPY_CACHE_DIR := $(CURDIR)/build/mypy
export RUFF_CACHE_DIR := $(CURDIR)/build/ruff
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/build/hypothesis
# Processes that share the tests must agree on their names, of which some are made of sets.
export PYTHONHASHSEED := 0
# The caller's own settings must not decide a test.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 18

setup: system-packages venv ## install what building and testing need

system-packages:
	packaging/dev/system-packages

venv: system-packages
	packaging/dev/venv dev
	packaging/dev/venv lab

lint: venv ## ruff, mypy and shellcheck
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	shellcheck .ci/run $(filter-out %.txt,$(wildcard packaging/dev/*))

unit: venv ## unit and functional tests, without root or lab
	$(PYTEST) tests/unit tests/functional -n 2 $(PYTEST_ARGS)

deb: system-packages ## build dist/dockerctl_VERSION-1_all.deb
	packaging/dev/build-deb

lintian: deb ## check the package that was just built
	lintian --version
	lintian --allow-root --fail-on error,warning build/deb/*.changes
	@echo "lintian: no errors, no warnings"

images: system-packages ## build the lab's root file systems that are not in the cache
	$(SYSTEM_PYTHON) -m tests.lab build $(IMAGES)

contract: venv deb images ## the ports' contract, on fakes and on real hosts
	DOCKERCTL_DEB=$(DEB) DOCKERCTL_LAB_PYTEST="$$(packaging/dev/venv lab)" \
		$(PYTEST) tests/contract $(LAB_PYTEST_ARGS) $(PYTEST_ARGS)

system: venv deb images ## the package on real hosts: SYSTEM_SUITES="bookworm:all trixie:core"
	DOCKERCTL_DEB=$(DEB) DOCKERCTL_LAB_PYTEST="$$(packaging/dev/venv lab)" \
		DOCKERCTL_SYSTEM_SUITES="$(SYSTEM_SUITES)" \
		$(PYTEST) tests/system $(LAB_PYTEST_ARGS) $(PYTEST_ARGS)

docs: venv ## make the pages of the doctor's findings from its table
	PYTHONPATH=packaging $(PYTHON) -m generate.findings docs/reference/findings

# All faults, each induced for real; on the other suites those that releases word differently. The
# healthy variants on all. Those of the core are among the system tests.
FAULT_SUITES ?= bookworm:all trixie:core forky:core
faults: IMAGES = $(foreach suite,$(FAULT_SUITES),$(firstword $(subst :, ,$(suite))))
faults: venv deb images ## every fault that the doctor has to name: FAULT_SUITES="bookworm:all trixie:all"
	DOCKERCTL_DEB=$(DEB) DOCKERCTL_SYSTEM_SUITES="$(FAULT_SUITES)" \
		$(PYTEST) tests/faults $(LAB_PYTEST_ARGS) $(PYTEST_ARGS)

# The order is the order in which a mistake is cheap to find.
checks: lint unit lintian contract system

test: ## everything a change must pass; the core of the system tests on trixie and forky
	@packaging/dev/with-clean-up $(MAKE) --no-print-directory checks

matrix: ## 'test' with all system tests on all three suites
	@$(MAKE) --no-print-directory test SYSTEM_SUITES="bookworm:all trixie:all forky:all"

# These two need one host only.
demo bench: IMAGES := bookworm

demo: deb images ## show the main job on a lab host
	@DOCKERCTL_DEB=$(DEB) packaging/dev/with-clean-up $(SYSTEM_PYTHON) -m tests.demo

bench: deb images ## measure against systemctl and a bare pydbus, on a lab host
	@DOCKERCTL_DEB=$(DEB) packaging/dev/with-clean-up $(SYSTEM_PYTHON) -m tests.bench

clean: ## remove what was built in the checkout; the caches in ~/.cache stay
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find dockerctl packaging tests -name __pycache__ -type d -prune -exec rm -rf {} +
