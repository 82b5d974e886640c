# Castor. `make demo` shows it, `make test` installs what the tests need and runs them, `make build` gives bin/.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS = -s -w -X castor/internal/cli.Version=$(VERSION)
BIN ?= bin
TESTBED = deploy/testbed/testbed

.PHONY: build dist packages test race unit lint screenshots demo demo-stop bench bench-grok docs chaos soak clean

# Without HTTP/2, which nothing of the shipper speaks, it is a good deal smaller.
build:
	CGO_ENABLED=0 go build $(GCFLAGS) -tags nethttpomithttp2 -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/castor-shipper ./shipper
	CGO_ENABLED=0 go build $(GCFLAGS) -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/castor-indexer ./indexer

# What is released, for amd64 and arm64, with sums, in dist/; packages has deb and rpm besides.
dist:
	deploy/packages/dist '$(VERSION)'

packages:
	deploy/packages/dist '$(VERSION)' packages

# Everything, with the real servers: Redis, RabbitMQ, Elasticsearch 9 and 7, OpenSearch.
test: build
	deploy/testbed/install
	go -C deploy/check test -timeout 10m ./...
	$(TESTBED) exec all -- go test -timeout 20m ./...
	$(MAKE) race

# The contracts of brokers and outputs, every implementation, with the race detector, for which Go needs a C compiler.
race:
	@if [ "$$CI" != true ] && ! command -v $$(go env CC) >/dev/null; then \
	  echo "SKIPPED, PROVES NOTHING: the race detector needs a C compiler: apt-get install gcc libc6-dev"; else \
	  set -x; CGO_ENABLED=1 go test -race -vet=off -timeout 10m -run Contract ./internal/broker/... ./internal/plugins/output; fi

# What needs no server; tests that want one say that they are skipped.
unit:
	go test -timeout 10m ./...

lint:
	gofmt -l $$(git ls-files '*.go') | tee /dev/stderr | (! grep -q .)
	go vet ./...
	go tool staticcheck ./...

# The reference pages and the compatibility table, from the Specs.
docs:
	go test ./internal/ruby/script -run TestReference -update
	go test ./internal/cli -run TestReference -update
	go test ./internal/compat -update

# The pictures of the pages in docs/images, by a real Chromium.
screenshots:
	CASTOR_SCREENSHOTS=$(CURDIR)/docs/images go test ./internal/web -run Pictures -count=1

# The main job on embedded parts, on this machine alone. Without what a debugger wants the first build takes ten seconds less.
demo: GCFLAGS = -gcflags=all=-dwarf=false
demo: build
	CGO_ENABLED=0 go build $(GCFLAGS) -trimpath -o bin/demo-logs ./internal/demo
	deploy/demo/demo start

demo-stop:
	deploy/demo/demo stop

# Whole-process figures of the pair; needs redis-server, 2 GiB of memory and 500 MB below /tmp. docs/benchmarks.md has its flags: BENCH="-lines 100000".
bench: build
	go run ./internal/bench/pair $(BENCH)

# One core's time per line of Castor's grok engine and of seven others. Needs cc, libpcre2-dev, libonig-dev, a JDK (11 or later) and Maven,
# which gets joni; an engine whose parts are missing is left out and named. ENGINES="castor pcre2" measures only these.
bench-grok:
	internal/bench/grok/run.sh $(ENGINES)

# The pair under a random schedule of faults, the same for the same SEED; docs/chaos.md.
SEED ?= 1
DURATION ?= 5m
chaos:
	go run ./internal/chaos -seed $(SEED) -duration $(DURATION) $(CHAOS)

# The pair at an even rate with rotations and without faults: memory, descriptors and goroutines stay flat.
SOAK_DURATION ?= 30m
RATE ?= 20000
soak:
	go run ./internal/chaos -soak -seed $(SEED) -broker redis -duration $(SOAK_DURATION) -rate $(RATE) $(CHAOS)

clean:
	rm -rf bin dist
