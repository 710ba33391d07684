.DEFAULT_GOAL := help
PY := .venv/bin/python
HOST ?= 127.0.0.1
PORT ?= 8000

.PHONY: help setup run test check e2e bench lighthouse drill

help: ## what there is
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## .venv with everything that `run` and `test` need
	@python3 scripts/setup.py requirements.txt requirements-dev.txt

run: ## Alliv on http://127.0.0.1:8000 with demo members (HOST, PORT)
	@python3 scripts/setup.py requirements.txt
	@PUBLIC_URL="$${PUBLIC_URL:-http://$(HOST):$(PORT)}" $(PY) manage.py start --host $(HOST) --port $(PORT)

test: ## the suite on its own PostgreSQL and Valkey, then on SQLite
	@python3 scripts/setup.py requirements.txt requirements-dev.txt
	@.ci/test

e2e: ## the browser tests, in Chromium
	@python3 scripts/setup.py requirements.txt requirements-dev.txt
	@.ci/e2e

check: ## style, types, migrations
	@python3 scripts/setup.py requirements.txt requirements-dev.txt
	@.ci/check

bench: ## measure ranking, Discover and chat beside their baselines (BENCH="ranking --members 10000" for one)
	@python3 scripts/setup.py requirements.txt requirements-dev.txt
	@.ci/bench $(BENCH)

lighthouse: ## what Lighthouse says of three pages, on a server of its own (needs Node and Chromium)
	@python3 scripts/setup.py requirements.txt requirements-dev.txt
	@.ci/bench pages

drill: ## rehearse faults: backups, probes, limits, jobs, mail, chat, pictures, privacy (DRILL="chat_faults --seed 7" for one)
	@python3 scripts/setup.py requirements.txt requirements-dev.txt
	@$(PY) manage.py drill $(DRILL)
