# Two commands do everything on a fresh machine: `make app` and `make test`.

PYTHON ?= python3
JOBS ?= 2
ENV := .venv
BIN := $(ENV)/bin

.PHONY: app test lint

app: $(ENV)/.app
	@$(BIN)/python app.py

test: $(ENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

lint: $(ENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(ENV)/.app: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Installing into $(ENV): some minutes the first time ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(ENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(ENV)/.test: requirements-dev.txt $(ENV)/.app
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
