# Every target does its own set-up: a fresh machine needs Python 3.11 or newer with pip, and make.
#   make run     analyse the example article and print its table
#   make test    everything that continuous integration checks
#
# The tests compare with PyTorch, which comes from wherever pip is set up to look. On Linux the usual index's wheel brings
# CUDA, some gigabytes; name the index of PyTorch's CPU builds to do without:  make test TORCH_INDEX=URL

PYTHON ?= $(shell command -v python3.11 || command -v python3)
TORCH_INDEX ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: run test check clean

run: $(VENV)/run.stamp
	@$(BIN)/stance analyze examples/seawall.txt --claims examples/claims.txt
	@echo
	@echo "To answer over HTTP:  $(BIN)/stance serve  and open http://127.0.0.1:3000"

test: check

check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict stance.py data model training serving benchmarks
	$(BIN)/lint-imports
	$(BIN)/pytest

clean:
	rm -rf $(VENV) build *.egg-info

$(VENV)/venv.stamp:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: $(VENV)/venv.stamp pyproject.toml
	$(PIP) --editable .
	@touch $@

# PyTorch alone and first: a later pip command finds it there and does not choose another build of it.
$(VENV)/torch.stamp: $(VENV)/venv.stamp
	$(PIP) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch==2.13.0
	@touch $@

$(VENV)/dev.stamp: $(VENV)/torch.stamp pyproject.toml
	$(PIP) --editable '.[train,dev]'
	@touch $@
