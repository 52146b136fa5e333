# Everything a developer or a user with a fresh clone does. Needs only Python >= 3.11 and make.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
NODE := $(shell node -p 'const [a, b] = process.versions.node.split("."); a > 20 || (a == 20 && b > 18) ? 1 : ""' 2>/dev/null)
UI := $(if $(NODE),stokehold/web/index.html,no-ui)
BENCHES := cli instances latency large_task submit listing idle transfer s3 ui
SCRIPTS := $(filter-out scripts/__init__.py,$(wildcard scripts/*.py))
LINTED := stokehold tests scripts examples bench docs/conf.py

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check docs site bench chaos clean no-ui

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

setup: $(READY) $(UI) ## build .venv, with .venv/bin/stoke in it, and the UI where Node.js is there
	@:

demo: setup ## start a server, run a task of four instances, show its results, stop (STAY=1: at Ctrl-C, with the web UI)
	@$(BIN)/python -m scripts.demo $(if $(STAY),--stay)

serve: setup ## run a server that stays, with its web UI; settings: docs/reference/configuration.md
	@exec $(BIN)/stoke serve $(ARGS)

test: setup ## run every test (ARGS="-k ranges" runs some)
	@$(BIN)/python -m pytest $(ARGS)

check: setup ## lint, formatting, types, and the import contract; the UI's too where Node.js is there
	$(BIN)/ruff check $(wildcard $(LINTED))
	$(BIN)/ruff format --check $(wildcard $(LINTED))
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(if $(NODE),cd ui && npm run --silent check)

docs: $(READY) ## write again the pages that are generated from the code
	@for page in diagrams settings messages capabilities errors twin commands openapi operations api_types \
	    metrics; do $(BIN)/python -m scripts.$$page; done

site: setup ## build the documentation site into site/; a link that leads nowhere fails
	@$(BIN)/python -m scripts.website

bench: setup .venv-bench/ready ## run the benchmarks beside their peers (ONLY=latency runs one, ARGS=--quick shortly)
	@set -e; for name in $(or $(ONLY),$(BENCHES)); do \
	    echo "== $$name"; $(BIN)/python -m bench.$$name $(ARGS); done

chaos: setup ## kill servers and runners a hundred times while work goes on (ROUNDS=10 for fewer)
	@$(BIN)/python -m scripts.chaos --rounds $(or $(ROUNDS),100) $(ARGS)

clean: ## remove what setup, tests and checks have made
	rm -rf .venv .venv-bench build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf ui/node_modules stokehold/web demo-out site
	find stokehold tests scripts bench examples -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 setup" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "Python's venv module is missing: apt-get install python3-venv" >&2; exit 1; }
	@echo "setting up .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

.venv-bench/ready: constraints-bench.txt
	@echo "setting up .venv-bench: the peers, which are large"
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r $< || \
	    echo "the peers could not be installed: they are skipped" >&2
	@touch $@

ui/node_modules/ready: ui/package.json ui/package-lock.json
	@echo "setting up ui/node_modules"
	@# Not `npm ci`: it wants the builds for every system in the lock file, and a mirror may have those for one.
	@cd ui && npm install --no-save --silent --no-audit --no-fund --no-update-notifier
	@touch $@

stokehold/web/index.html: ui/node_modules/ready docs/reference/openapi.json $(shell find ui/src ui/public ui/*.html ui/*.ts -type f)
	@echo "building the UI"
	@cd ui && npm run --silent build
	@touch $@

no-ui:
	@echo "the UI is not built: it needs Node.js 20.19 or newer, with npm"
