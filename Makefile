# What a newcomer types: `make demo` and `make test`. Both install what is missing.
# A build needs no database: the checked queries are cached in .sqlx (`make prepare` renews it).

export SQLX_OFFLINE ?= true
ifneq ($(wildcard .tools/postgres/bin/initdb),)
export WARDWATCH_POSTGRES_BIN ?= $(CURDIR)/.tools/postgres/bin
endif
export PATH := $(CURDIR)/.tools/bin:$(PATH)

beside_database = cargo run --quiet --package wardwatch-demo --no-default-features --bin wardwatch-database --

.PHONY: help demo demo-reset test check prepare bench bench-discovery bench-daemons

help:
	@echo "make demo        start everything on this machine and print the board's address"
	@echo "make demo-reset  wipe the demo's data"
	@echo "make test        every test: unit, end to end, browser"
	@echo "make check       formatting, lints, documentation, dependencies, cached queries"
	@echo "make prepare     renew .sqlx after a query or a migration changed"
	@echo "make bench       rows per second, beside psql in the same run"
	@echo "make bench-discovery  requests to a bucket of a thousand, a hundred thousand and a million keys"
	@echo "make bench-daemons    a backlog of small files, taken by one daemon and by two"

demo:
	@scripts/setup demo
	@echo "building (some minutes the first time) ..."
	@cargo build --package wardwatch-demo --bins
	@exec target/debug/wardwatch-demo

demo-reset:
	@cargo run --quiet --package wardwatch-demo --bin wardwatch-demo -- reset

test:
	@scripts/setup test
	cargo build --workspace --bins
	cargo test --workspace --no-fail-fast

check:
	@scripts/setup check
	cargo fmt --all --check
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
	@target/release/wardwatch-bench speed

bench-discovery bench-daemons:
	@scripts/setup demo
	cargo build --release --package wardwatch-ingest --package wardwatch-bench --bins
	@target/release/wardwatch-bench $(patsubst bench-%,%,$@)
