# What a newcomer types: `make demo` and `make test`. Both install what is missing.
# A build needs no database: the checked queries are cached in .sqlx (`make prepare` renews it).

export SQLX_OFFLINE ?= true
ifneq ($(wildcard .tools/postgres/bin/initdb),)
export WARDWATCH_POSTGRES_BIN ?= $(CURDIR)/.tools/postgres/bin
endif
export PATH := $(CURDIR)/.tools/bin:$(PATH)

beside_database = cargo run --quiet --package wardwatch-demo --no-default-features --bin wardwatch-database --

.PHONY: help demo demo-reset test soak security check prepare bench bench-discovery bench-daemons bench-memory bench-growth \
	bench-freshness bench-peers bench-web

help:
	@echo "make demo        start everything on this machine and print the board's address"
	@echo "make demo-reset  wipe the demo's data"
	@echo "make test        every test: unit, end to end, browser"
	@echo "make soak        the same on a larger scale: histories, kills, faults, fuzzing (SOAK=1 takes minutes, 100 hours)"
	@echo "make security    schemathesis, sqlmap and wapiti against a running demo, and a storm of sign-ins"
	@echo "make check       formatting, lints, documentation, dependencies, cached queries"
	@echo "make prepare     renew .sqlx after a query or a migration changed"
	@echo "make bench       rows per second, beside psql in the same run"
	@echo "make bench-discovery  requests to a bucket of a thousand, a hundred thousand and a million keys"
	@echo "make bench-daemons    a backlog of small files, taken by one daemon and by two"
	@echo "make bench-memory     the memory for a file of 2 GiB and for 100,000 small ones (30 GiB of disk; BENCH='--gib 0.2')"
	@echo "make bench-growth     a small file while the warehouse grows from 1 to 20 million results"
	@echo "make bench-freshness  from a file's arrival to a reader: by polling, by watching, by events (15 minutes)"
	@echo "make bench-web        the pages of a large hospital, by wrk (20 GB of disk; WARDWATCH_BENCH_RESULTS=1000000 and the like)"
	@echo "make bench-peers      the same results by ours, psql, pgloader and dlt"

demo:
	@scripts/setup demo
	@echo "building (some minutes the first time) ..."
	@cargo build --package wardwatch-demo --bins
	@exec target/debug/wardwatch-demo

demo-reset:
	@cargo run --quiet --package wardwatch-demo --bin wardwatch-demo -- reset

test:
	@scripts/setup test
	cargo build --workspace --bins --tests
	cargo test --workspace --no-fail-fast

# How much, in percent: SOAK=100 is 10,000 histories, 1,000 kills, 40 seeds of faults, 2,000,000 files and an hour of
# cargo fuzz, some hours in all. Optimized but for the crashes: only a debug build has points at which it can be told to stop.
SOAK ?= 100
SEED ?= 1
soak_report = $(CURDIR)/target/soak.txt

soak: export WARDWATCH_SEED = $(SEED)
soak: export WARDWATCH_REPORT = $(soak_report)
soak: export WARDWATCH_HISTORIES = $(shell expr $(SOAK) \* 100)
soak: export WARDWATCH_KILLS = $(shell expr $(SOAK) \* 10)
soak: export WARDWATCH_FAULTS = $(shell expr $(SOAK) \* 4 / 10)
soak: export WARDWATCH_FUZZ = $(shell expr $(SOAK) \* 20000)
soak:
	@scripts/setup soak
	@mkdir -p target && rm -f $(soak_report)
	cargo build --workspace --bins --tests
	cargo build --workspace --bins --tests --release
	cargo test --workspace --release --no-fail-fast --test order --test faults --test fuzz; status=$$?; \
	cargo test --workspace --test crash || status=1; \
	scripts/fuzz $$(expr $(SOAK) \* 36) >>$(soak_report) || status=1; \
	echo; echo "make soak, $(SOAK) percent:"; cat $(soak_report); exit $$status

security:
	@scripts/setup security
	cargo build --package wardwatch-demo --bins
	cargo build --package wardwatch-demo --bins --release
	@scripts/security; status=$$?; WARDWATCH_BINARIES=target/release scripts/security storm && exit $$status

check:
	@scripts/setup check
	cargo fmt --all --check
	@! cargo tree --quiet --package wardwatch-ingest --package wardwatch-demo --format "{p} {f}" | grep -w failpoints
	cargo clippy --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --document-private-items --quiet
	cargo deny --log-level error check bans licenses sources
	$(beside_database) cargo sqlx prepare --workspace --check -- --all-targets

prepare:
	@scripts/setup check
	$(beside_database) cargo sqlx prepare --workspace -- --all-targets

bench:
	@scripts/setup demo
	cargo build --release --package wardwatch-ingest --package wardwatch-bench --bins
	@! grep --quiet WARDWATCH_CRASH_AT target/release/wardwatch-ingest
	@target/release/wardwatch-bench speed

# Further options, such as BENCH='--gib 0.2 --objects 2000'.
BENCH ?=
setup_bench-freshness = bench
setup_bench-peers = peers

bench-discovery bench-daemons bench-memory bench-growth bench-freshness bench-peers:
	@scripts/setup $(or $(setup_$@),demo)
	cargo build --release --package wardwatch-ingest --package wardwatch-bench --bins
	@target/release/wardwatch-bench $(patsubst bench-%,%,$@) $(BENCH)

# As durable as a hospital's: an audit row counts when it is on the disk. With less memory for Postgres than the warehouse takes (10GB),
# its pages come from the system's cache, where that keeps them.
BENCH_BUFFERS ?= 2GB
bench-web:
	@scripts/setup web
	cargo build --release --package wardwatch-dashboard --bins --examples
	$(beside_database) --set fsync=on --set synchronous_commit=on --set shared_buffers=$(BENCH_BUFFERS) --set max_wal_size=8GB scripts/bench-web
