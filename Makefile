PYTHON ?= python3
BIN := .venv/bin
WORKERS := $(shell nproc 2>/dev/null || echo 2)

.PHONY: check test test-slow catalogs lint bench mutation clean

check: .venv/installed ## Set up, then check the bundled stack in all three environments
	$(BIN)/preflight check stack --stack dev --stack staging --stack prod

test: .venv/installed ## Run the tests: offline, in parallel; the stack's cover all of it
	$(BIN)/pytest -n $(WORKERS) --ignore=tests/stack
	$(BIN)/pytest -n $(WORKERS) tests/stack --cov --cov-report=term

test-slow: .venv/installed .venv/sdk-3.200/installed .venv/refresh/installed .venv/node/installed ## Run what takes its time: refresh and --live as processes
	$(BIN)/pytest -m slow

catalogs: .venv/refresh/installed ## Rebuild rules_data/ from the pinned packages
	.venv/refresh/bin/python -m policy_pack.refresh

lint: .venv/installed ## Style, types and the one-way arrows between packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/installed ## Measure beside the program alone under mocks; ONLY="rules source" for some subjects
	$(BIN)/python -m tests.bench $(ONLY)

mutation: .venv/mutation/installed ## Count the changes of the stack that its tests miss: takes long
	.venv/mutation/bin/python tests/mutation.py $(MUTANTS)

# Two steps, because pip refuses a local directory as soon as hashes are required.
.venv/installed: pyproject.toml .ci/requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .ci/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@# pip does not compile what is installed in place, and not everywhere does Python keep what it compiles.
	$(BIN)/python -m compileall -q policy_pack
	@touch $@

# An older SDK, as users' projects have one: the tests run the installed wheel against it.
.venv/sdk-3.200/installed: .ci/requirements-sdk-3.200.txt .venv/installed
	$(PYTHON) -m venv .venv/sdk-3.200
	.venv/sdk-3.200/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# The Pulumi SDK for Node.js, which the tests of TypeScript programs need; they are left out where there is no npm.
.venv/node/installed: .ci/node/package.json .ci/node/package-lock.json .venv/installed
	@mkdir -p .venv/node && cp .ci/node/package.json .ci/node/package-lock.json .venv/node
	@if command -v npm >/dev/null; then npm ci --prefix .venv/node --ignore-scripts --no-audit --no-fund --silent \
		|| echo "tests with Node.js are skipped: npm could not install"; fi
	@touch $@

# The packages that the catalogs are made of; only their files are read, so that they need no others.
.venv/refresh/installed: .ci/refresh-requirements.txt .venv/installed
	$(PYTHON) -m venv .venv/refresh
	.venv/refresh/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --only-binary :all: --require-hashes -r $<
	@touch $@

# mutmut brings a terminal interface along, which nobody else needs.
.venv/mutation/installed: .ci/requirements.txt .ci/requirements-mutation.txt .venv/installed
	$(PYTHON) -m venv .venv/mutation
	.venv/mutation/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r .ci/requirements.txt -r .ci/requirements-mutation.txt
	@touch $@

clean:
	rm -rf .venv dist build
