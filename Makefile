# make run: the whole application on this machine, on PORT (8000), with its data in POSEWEB_DATA (var/).
# make serve: the same for everybody on the local network, who must sign in; the first start prints how.
# make test: its tests.   make lint: its style and types.
# make chaos: every fault on both set-ups, SEED=1.
PYTHON ?= python3
SEED ?= 1
BIN := .venv/bin

.PHONY: install install-dev run serve test chaos lint

install: .venv/installed
install-dev: .venv/installed-dev

# The stamps keep a second call from asking the package registry again.
.venv/installed: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "poseweb needs Python 3.11 or newer; say which: make $(MAKECMDGOALS) PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.venv/installed-dev: requirements-dev.txt requirements-production.txt requirements-heic.txt .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

run: install
	@POSEWEB_QUICKSTART=1 exec $(BIN)/python manage.py run

serve: install
	@POSEWEB_SERVE=1 exec $(BIN)/python manage.py run

test: install-dev
	$(BIN)/python -m pytest

chaos: install-dev
	$(BIN)/python -m tests.chaos --seed $(SEED)

lint: install-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml estimator poseweb
