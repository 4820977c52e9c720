# Parlance: what a person types. Each target sets up what it needs, once.
#   make run [PORT=8080] [DATA=folder]     start the server
#   make test                              the whole suite, with its coverage floors

PYTHON ?= python3
PORT ?= 8080
DATA ?=
ARGS ?=

BIN := .venv/bin
# A file of tests stays in one process: what its tests share is made once. Their order is that of tests/conftest.py.
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
SETUP = @$(PYTHON) tools/setup.py

.DEFAULT_GOAL := help
.PHONY: help python setup run dev test lint check screenshots soak bench bench-page bench-peers lock

help: ## what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1|/' | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

python:
	@command -v $(PYTHON) >/dev/null || { echo "Python was not found. On Debian or Ubuntu: sudo apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Parlance needs Python 3.11 or newer. Name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }

# Types are looked at while the page is built, so that the first `make check` finds what mypy keeps.
setup: python ## everything for serving and for development, in .venv
	$(SETUP) dev again
	@$(BIN)/mypy >/dev/null 2>&1 & $(BIN)/python tools/page.py --lenient; built=$$?; wait; exit $$built

run: python ## start the server on http://127.0.0.1:8080
	$(SETUP) run
	@$(BIN)/python tools/page.py --lenient
	@exec $(BIN)/python -m parlance serve --port $(PORT) $(if $(DATA),--data "$(DATA)") $(ARGS)

dev: python ## start the server with debug logs, and again whenever a source file changes
	$(SETUP) dev
	@$(BIN)/python tools/page.py --lenient
	@PARLANCE_LOG_LEVEL=debug exec $(BIN)/python tools/dev.py --port $(PORT) $(if $(DATA),--data "$(DATA)") $(ARGS)

test: python ## the whole suite with branch coverage: 95 % in all, 100 % where it guards something
	$(SETUP) dev
	$(BIN)/python tools/page.py
	$(BIN)/python tools/page_checks.py --always
	@$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(SIDE_BY_SIDE) $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage json --quiet --fail-under=0
	$(BIN)/coverage report
	$(BIN)/python tools/full_coverage.py coverage.json tests/architecture/full_coverage.txt

lint: python ## form and types only
	$(SETUP) dev lean
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy

check: python ## what must hold before every commit, in under 45 s (the first one also sets up: 75 s)
	$(SETUP) dev lean
	$(BIN)/python tools/check.py $(ARGS)

screenshots: python ## every view of the page, in both themes at both widths, into .cache/screenshots
	$(SETUP) dev
	$(BIN)/python tools/page.py
	$(BIN)/python tools/screenshots.py $(ARGS)

soak: python ## the long tests: half an hour
	$(SETUP) dev
	$(BIN)/python -m pytest -m soak --timeout 3600 $(ARGS)

bench: python ## the table of figures, each as a ratio to a peer in the same run
	$(SETUP) dev
	$(BIN)/python -m benchmarks $(ARGS)

bench-page: python ## the page's budgets in a browser: opening, scrolling, typing, streaming
	$(SETUP) dev
	$(BIN)/python tools/page.py
	$(BIN)/python -m benchmarks.page $(ARGS)

bench-peers: python ## install the peers that `make bench` compares with, each in its own environment
	$(SETUP) dev
	$(BIN)/python -m benchmarks.peers $(ARGS)

lock: python ## resolve requirements/*.txt anew
	$(SETUP) dev
	$(BIN)/python tools/lock.py
