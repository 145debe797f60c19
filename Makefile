# What people and scripts rely on; docs/operations.md and docs/testing.md say more.

STATE := $(or $(CATENA_STATE),var)
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input
MANAGE := CATENA_STATE=$(abspath $(STATE)) $(PY) manage.py
PYTEST := $(PY) -m pytest -q
FILE ?=
ONLY ?=

.PHONY: setup dev demo serve test quick check bench soak screenshots sample clean
.SILENT:
.DELETE_ON_ERROR:

setup: $(VENV)/.runtime $(VENV)/.pango $(STATE)/secret-key $(STATE)/fonts/stamp $(STATE)/.static

$(PY):
	python=$$(.ci/python) && "$$python" -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(PY)
	$(PIP) -r requirements.txt
	touch $@

# Asked once: what PDF needs is installed where that is allowed, and else said.
$(VENV)/.pango: .ci/pango | $(VENV)/.runtime
	.ci/pango
	touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(PY)
	$(PIP) -r requirements-dev.txt
	touch $(VENV)/.runtime $@

$(STATE)/secret-key: | $(VENV)/.runtime
	mkdir -p $(STATE)
	umask 077 && $(PY) -c 'import secrets; print(secrets.token_urlsafe(48))' > $@

$(STATE)/fonts/stamp: config/fonts.py requirements.txt | $(VENV)/.runtime
	$(PY) -m config.fonts $(STATE)

STATIC := $(shell find reader/static annotations/static 2>/dev/null)
$(STATE)/.static: $(STATIC) $(STATE)/fonts/stamp config/storage.py | $(STATE)/secret-key
	$(MANAGE) collectstatic --noinput --verbosity 0
	touch $@

# First, so that pip runs once where both lists are new.
dev: | $(VENV)/.dev
	$(MAKE) --no-print-directory $(VENV)/.dev setup

demo: setup
	$(MANAGE) serve --check-port
	$(MANAGE) migrate --verbosity 0
	$(MANAGE) demo $(if $(FILE),--file "$(FILE)")
	$(MANAGE) serve

serve: setup
	$(MANAGE) serve --check-port
	$(MANAGE) migrate --verbosity 0
	$(MANAGE) serve

quick: dev
	DATABASE_URL= $(PYTEST) -n auto --dist worksteal -m "not exhaustive" --ignore tests/browser

test: dev
	browser=$$(.ci/browser) && CATENA_BROWSER="$$browser" .ci/tests

check: dev
	.ci/check

bench: dev
	$(PY) -m bench $(if $(ONLY),--only $(ONLY))

soak: dev
	$(PYTEST) -m "hostile or crash or anchoring or roundtrip or races" --hypothesis-profile soak

screenshots: dev
	browser=$$(.ci/browser) && CATENA_BROWSER="$$browser" CATENA_SCREENSHOTS=docs/screenshots \
		$(PYTEST) tests/browser/test_screenshots.py

sample: setup
	$(MANAGE) sample_edition docs/sample-edition.html

# What can be made again; the state directory can't.
clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
