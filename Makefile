# make demo   traces the Ronin theft, writes its dossier and shows that tampering is noticed
# make test   runs every test that needs no extra service
# Both need Python 3.11 or later, git and make, and set the rest up themselves. With Node.js 18 or later and npm,
# make test also installs an Ethereum and a Bitcoin node below tests/nodes and runs the tests that talk to them.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV ?= uv

INSTALLED := $(VENV)/.installed-requirements
READY := $(VENV)/.installed-earmark

NODES := tests/nodes/node_modules/.installed

.PHONY: demo test nodes setup lint format bench dossier dist lock clean

demo: $(READY)
	$(BIN)/earmark demo

# The nodes that some tests talk to are installed where Node.js is; without them those tests are skipped, out loud.
test: $(READY)
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory nodes \
		|| echo 'make test: the nodes were not installed; the tests that need them do not run' >&2; fi
	$(BIN)/python -m pytest -n auto --dist worksteal

nodes: $(NODES)

setup: $(READY)

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY)
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: $(READY)
	$(BIN)/python -m pytest tests/bench -m bench -s

# The committed dossier: a test says that a fresh run gives the same bytes.
dossier: $(READY)
	$(BIN)/earmark report examples/ronin-2022 --out docs/dossier/ronin-2022
	$(BIN)/earmark report examples/ronin-2022 --out docs/dossier/ronin-2022 --lang ar

dist: $(READY)
	rm -rf dist
	$(BIN)/python -m hatchling build --target wheel

# Needs uv. No setting of this machine takes part: the hashes are those of the public registry.
COMPILE = env -u UV_DEFAULT_INDEX -u UV_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
	$(UV) --no-config pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --custom-compile-command "make lock"
lock:
	$(COMPILE) --upgrade requirements/run.in --output-file requirements/run.txt
	$(COMPILE) --upgrade requirements/dev.in --output-file requirements/dev.txt
	@if grep -nE '://|index.url|find.links' requirements/*.txt; then \
		echo 'make lock: the lines above carry a download address; do not commit them' >&2; exit 1; fi

clean:
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis \
		.bench tests/nodes/node_modules

$(NODES): tests/nodes/package.json tests/nodes/package-lock.json
	cd tests/nodes && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(INSTALLED): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
		'Earmark needs Python 3.11 or later. Name one: make PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo \
		'This Python has no venv (on Debian: apt-get install python3-venv)' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--requirement requirements/dev.txt
	@touch $@

$(READY): $(INSTALLED) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		--editable .
	@touch $@
