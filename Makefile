.DEFAULT_GOAL := help
PY := .venv/bin/python
HOST ?= 127.0.0.1
PORT ?= 8000

.PHONY: help
help: ## what there is
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-8s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## the virtual environment with everything (once: some minutes)
	@python3 setup_env.py requirements.txt requirements-dev.txt

.PHONY: run
run: ## Alliv on http://127.0.0.1:8000 with demo members (HOST, PORT)
	@python3 setup_env.py requirements.txt
	@$(PY) manage.py start --host $(HOST) --port $(PORT)

.PHONY: test
test: ## the whole suite on its own PostgreSQL and Valkey, then the part that differs on SQLite
	@python3 setup_env.py requirements.txt requirements-dev.txt
	@.ci/test
