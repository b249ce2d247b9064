# Two commands: `make demo` and `make test`. Everything goes into .venv; nothing else is touched
# but, for the browser tests, Debian's chromium package.

PYTHON ?= python3
BIN := .venv/bin
HOME_DIR ?= .demo
PORT ?= 8000
SPEED ?= 60
USERS ?= lively

.PHONY: demo test install lint types unit browser lock clean

demo: .venv/installed
	@exec $(BIN)/python manage.py demo --home "$(HOME_DIR)" --port $(PORT) --speed $(SPEED) --users $(USERS) $(if $(RESET),--reset)

# The lock file names every package, so nothing is resolved anew.
.venv/installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Spot PC needs Python 3.11 or newer; try make PYTHON=python3.12 …")'
	@echo "Installing into .venv (about a minute) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --requirement requirements.lock
	@touch $@

install: .venv/installed

test: .venv/installed
	@$(BIN)/python tests/run.py

lint: .venv/installed
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports && $(BIN)/djlint --lint --quiet templates

types: .venv/installed
	SPOTPC_DEVELOPMENT=1 $(BIN)/mypy .

# After a change of pyproject.toml; needs uv.
lock:
	uv pip compile --universal --python-version 3.11 --extra demo --extra dev --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .demo staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis
