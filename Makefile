# The two commands of the README: `make demo` and `make install`; `make test` for contributors.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install demo test docs bench bench-gpu bench-check clean

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "infoplane needs Python 3.11 or newer; name one: make PYTHON=python3.12 install")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: install
	$(BIN)/infoplane reproduce memorizing --data digits --scale quick

test: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

docs: $(VENV)/installed-dev
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo "open docs/_build/html/index.html"

bench: $(VENV)/installed-dev
	$(BIN)/python -m benchmarks

bench-gpu: $(VENV)/installed-dev
	$(BIN)/python -m benchmarks.gpu

bench-check: $(VENV)/installed-dev
	$(BIN)/python -m benchmarks --check docs/reference/benchmarks.md

clean:
	rm -rf $(VENV)
