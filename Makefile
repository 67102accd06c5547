# Everything starts from Python (3.11 or newer) and git. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
ORACLE := .venv-oracle
BIN := $(VENV)/bin
# Node comes with the test tools; nothing but changing the browser's half needs it.
NPM = PATH="$(abspath $(BIN)):$$PATH" npm
# One process a core, a file of tests each.
AT_ONCE := --numprocesses logical --dist loadfile
# Version of SpikeInterface that the tests compare with; it needs zarr 2.
SPIKEINTERFACE := 0.105.3
# The oldest scikit-learn that is supported; the other environment has the newest.
OLDEST_SKLEARN := 1.6.1

# The versions that every test passed with are pinned in constraints/. They were resolved by Python 3.11 on Linux. Later
# Pythons that have wheels of all of them use them too; any other Python takes what pip finds, because a version that
# does not exist there cannot be installed. What only another platform needs is not in the files and so stays free.
# `make constraints` renews them; CONSTRAINED= (empty) installs without them.
CONSTRAINED := 3.11 3.12 3.13
PYTHON_VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
pins = $(if $(filter $(PYTHON_VERSION),$(CONSTRAINED)),--constraint constraints/$(1).txt)

# Folders have the names of targets.
.PHONY: frontend help lab test check tutorial docs pictures benchmark format constraints clean
help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/.base:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@touch $@

$(VENV)/.lab: $(VENV)/.base pyproject.toml constraints/test.txt
	@echo "Installing nb_autolabel with JupyterLab into $(VENV) ..."
	$(BIN)/python -m pip install --quiet $(call pins,test) --editable '.[lab]'
	@touch $@

$(VENV)/.test: $(VENV)/.base pyproject.toml constraints/test.txt
	@echo "Installing nb_autolabel with its test tools into $(VENV) ..."
	$(BIN)/python -m pip install --quiet $(call pins,test) --editable '.[test,lab]'
	@touch $@ $(VENV)/.lab

$(VENV)/.dev: $(VENV)/.test
	$(BIN)/python -m pip install --quiet $(call pins,test) --editable '.[dev,lab]'
	@touch $@

$(ORACLE)/.ready: $(VENV)/.base pyproject.toml constraints/oracle.txt
	@echo "Installing SpikeInterface $(SPIKEINTERFACE) with zarr 2 into $(ORACLE) ..."
	$(PYTHON) -m venv $(ORACLE)
	$(ORACLE)/bin/python -m pip install --quiet --upgrade pip
	$(ORACLE)/bin/python -m pip install --quiet $(call pins,oracle) 'spikeinterface==$(SPIKEINTERFACE)' 'zarr==2.18.*' \
	  'scikit-learn==$(OLDEST_SKLEARN)' scipy numba pytest pytest-xdist psutil phylib pynwb pyarrow --editable .
	@touch $@

lab: $(VENV)/.lab ## open the tutorial in JupyterLab
	$(BIN)/jupyter lab $$( [ "$$(id -u)" = 0 ] && echo --allow-root ) \
	  --LabApp.default_url=/lab/tree/notebooks/auto_label_units.ipynb

tutorial: $(VENV)/.lab ## execute the tutorial without a browser: tutorial.html and the label counts
	$(BIN)/python scripts/run_tutorial.py notebooks/auto_label_units.ipynb tutorial.html

# Browsers and notebooks are timed by what they show, so nothing else runs beside them.
test: $(VENV)/.test $(ORACLE)/.ready frontend/node_modules/.ready ## set everything up and pass every test, in both environments
	$(BIN)/python scripts/find_chromium.py --install
	cd frontend && $(NPM) test --silent
	NB_AUTOLABEL_ORACLE=$(abspath $(ORACLE))/bin/python $(BIN)/python -m pytest $(AT_ONCE) tests/browser tests/notebooks
	NB_AUTOLABEL_ORACLE=$(abspath $(ORACLE))/bin/python $(BIN)/python -m pytest $(AT_ONCE) \
	  tests --ignore tests/browser --ignore tests/notebooks
	$(ORACLE)/bin/python -m pytest $(AT_ONCE) -m 'not newest' tests/unit tests/interop -p no:cacheprovider

check: $(VENV)/.dev frontend/node_modules/.ready ## style and types of Python and JavaScript
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd frontend && $(NPM) run check --silent

frontend: frontend/node_modules/.ready ## build the browser's half into nb_autolabel/static/
	cd frontend && $(NPM) run build --silent

frontend/node_modules/.ready: frontend/package-lock.json $(VENV)/.test
	cd frontend && $(NPM) ci --silent
	@touch $@

format: $(VENV)/.dev ## put the Python files into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.test ## execute the notebooks and build the documentation into site/, warnings are errors
	$(BIN)/python scripts/render_notebooks.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir site

pictures: $(VENV)/.test ## make the pictures of README and documentation again, from running widgets
	$(BIN)/python scripts/make_pictures.py
	$(BIN)/python scripts/draw_architecture.py

benchmark: $(VENV)/.test $(ORACLE)/.ready ## compare with SpikeInterface side by side (makes a 421 MB store once)
	$(ORACLE)/bin/python benchmarks/compare.py

# Both environments are made anew beside the ones in use, with the newest versions; then run the tests with them.
constraints: ## renew the pinned versions of both environments
	rm -rf .venv-renewed .venv-renewed-oracle
	$(MAKE) VENV=.venv-renewed ORACLE=.venv-renewed-oracle CONSTRAINED= .venv-renewed/.dev .venv-renewed-oracle/.ready
	$(PYTHON) scripts/write_constraints.py .venv-renewed constraints/test.txt
	$(PYTHON) scripts/write_constraints.py .venv-renewed-oracle constraints/oracle.txt
	rm -rf .venv-renewed .venv-renewed-oracle

clean: ## remove what was set up
	rm -rf $(VENV) $(ORACLE) frontend/node_modules tutorial.html dist site build
