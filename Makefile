# make build    builds everything but the tests, and lays it out under out/
# make check    lint, and the Swift tests that need no root
# make test     lint, all Swift tests and the tests with real clients (as root)
# make demo     builds, and shows the main job with the real docker command (as root)
# make bench    measures berthd beside dockerd and podman where they are installed (as root)
# make install  PREFIX=/usr/local, DESTDIR=

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=
SWIFT = scripts/swift
PYTEST = out/venv/bin/python -m pytest

.PHONY: all build build-tests install check test lint format test-swift test-clients fuzz-api fuzz sanitize demo bench clean

all: build

build:
	scripts/setup build
	$(SWIFT) build -c release
	scripts/layout

# Adds the tests to what is built; nothing is built a second time.
build-tests: build
	$(SWIFT) build -c release --build-tests

install:
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/berth/drivers $(DESTDIR)$(PREFIX)/lib/berth/swift
	install -m 755 out/bin/berthd out/bin/berth out/bin/berth-monitor $(DESTDIR)$(PREFIX)/bin/
	install -m 644 out/lib/berth/drivers/*.so $(DESTDIR)$(PREFIX)/lib/berth/drivers/
	install -m 644 out/lib/berth/swift/*.so $(DESTDIR)$(PREFIX)/lib/berth/swift/
	install -d $(DESTDIR)$(SYSCONFDIR)/berth/plugins.d
	install -m 644 out/etc/berth/plugins.d/*.json $(DESTDIR)$(SYSCONFDIR)/berth/plugins.d/
	install -d $(DESTDIR)$(PREFIX)/share/berth
	install -m 644 out/share/berth/descriptor.schema.json $(DESTDIR)$(PREFIX)/share/berth/

# What is quick comes first.
test: lint test-swift test-clients

check: lint test-swift

lint:
	scripts/setup build
	scripts/lint-paths
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests
	scripts/lint

format:
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

# Tests that need root are skipped without it.
test-swift: build-tests
	scripts/test-swift -c release --skip-build --no-parallel

test-clients: build
	scripts/setup test
	scripts/docker-client --debian > /dev/null
	scripts/venv > /dev/null
	cd Tests/Integration && ../../$(PYTEST)

# Five minutes of requests at random; SEED=2 for others.
fuzz-api:
	cd Tests/Integration && BERTH_FUZZ_SECONDS=300 BERTH_FUZZ_SEED=$(or $(SEED),1) ../../$(PYTEST) -s test_fuzz.py

# libFuzzer's inputs for each parser, FUZZ_SECONDS=20 each; FUZZ="tar plans" for some alone.
fuzz:
	scripts/setup build
	scripts/fuzz $(FUZZ)

# The C of the launches, sockets and compression under AddressSanitizer and UndefinedBehaviorSanitizer.
sanitize:
	scripts/setup build
	scripts/sanitize

demo: build
	scripts/setup demo
	scripts/docker-client > /dev/null
	python3 scripts/demo

bench: build
	scripts/setup bench
	python3 bench/bench.py $(BENCH)

clean:
	rm -rf out .build .build-fuzz .build-sanitize
