# The front of the build: `make help` lists what there is. CMake and scripts/ do the work.
.DEFAULT_GOAL := help
.PHONY: help setup build demo demo-services test golden asan bench bench-large bench-postgresql bench-upsert bench-scale bench-s3 bench-broken bench-spark crash conformance fmt lint fuzz install uninstall clean

PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
ONLY ?=

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PREFIX=$(PREFIX)  JOBS=$(JOBS)  ONLY=<part of a test's name, for test and asan>"

setup: ## Install what a build needs (done by the other targets too)
	@scripts/setup.sh build

build: setup ## Build build/crisol, optimized
	@scripts/build.sh build -DCMAKE_BUILD_TYPE=Release -DCRISOL_TESTS=OFF

demo: ## Run both use cases on 1,500,000 generated rows, with no server
	@mkdir -p build && $(MAKE) --no-print-directory build > build/demo.log 2>&1 || { cat build/demo.log; exit 1; }
	@scripts/demo.sh

demo-services: build ## The same on a real MinIO and PostgreSQL that are started for it
	@scripts/setup.sh test
	@scripts/demo.sh services

test: ## Build, run every test, those of code of their own under sanitizers, measure coverage
	@scripts/test.sh

golden: ## Rewrite the golden files; then read the diff
	@scripts/test.sh golden

asan: ## Run every test under AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/test.sh asan

bench: ## Measure case 1 against hand-written DuckDB SQL, 1,000,000 rows
	@scripts/bench.sh

bench-large: ## The same with 10,000,000 rows and a memory limit of 1 GB
	@scripts/bench.sh large

bench-postgresql: ## The same with gold in a PostgreSQL that is started for it
	@scripts/bench.sh postgresql

bench-upsert: ## Replace n, 2n and 4n rows of a gold table in a PostgreSQL that is started for it, against a plain load
	@scripts/bench.sh upsert

bench-scale: ## Measure how the cost of a run grows with rows, files, columns, rules, casts, keys, partitions
	@scripts/bench.sh scale

bench-s3: ## Case 1 with raw data, silver and quarantine in a MinIO that is started for it, against the local disk
	@scripts/bench.sh s3

bench-spark: ## The same on Spark, beside a job written by hand in PySpark
	@scripts/bench.sh spark

bench-broken: ## Case 1 with one record in a hundred broken in ten ways, against the same ones unbroken
	@scripts/bench.sh broken

crash: ## Kill runs at every step of the commit, all combinations of stores, databases and modes
	@CRISOL_CRASH=all ONLY=e2e/crash scripts/test.sh plain

conformance: ## Compare COUNT (20000) random expressions, and every documented example, with Spark (SEED)
	@scripts/conformance.sh

fmt: ## Format the C sources
	@scripts/setup.sh lint
	@git ls-files -z -- 'src/*.[ch]' 'worker/*.[ch]' 'tests/*.[ch]' | xargs -0 clang-format -i

lint: ## Check format, headers, folders, scripts; clang-tidy, gcc -fanalyzer, clang's warnings
	@scripts/lint.sh

fuzz: ## Run each fuzz target for SECONDS_EACH (600) seconds
	@scripts/fuzz.sh

install: build ## Install below PREFIX (DESTDIR is honoured)
	@cmake --install build --prefix "$(PREFIX)"

uninstall: ## Remove what install put below PREFIX
	@scripts/uninstall.sh "$(PREFIX)"

clean: ## Remove what was built; what set-up fetched stays
	@scripts/clean.sh

export JOBS ONLY SEED COUNT
