# Castor. `make demo` shows it, `make test` installs what the tests need and runs them, `make build` gives bin/.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS = -s -w -X castor/internal/cli.Version=$(VERSION)
TESTBED = deploy/testbed/testbed

.PHONY: build test unit lint demo bench bench-grok docs clean

build:
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/castor-shipper ./shipper
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/castor-indexer ./indexer

# Everything, with the real servers: Redis, RabbitMQ, Elasticsearch 9 and 7, OpenSearch.
test: build
	deploy/testbed/install
	$(TESTBED) exec all -- go test -timeout 20m ./...

# What needs no server; tests that want one say that they are skipped.
unit:
	go test -timeout 10m ./...

lint:
	gofmt -l $$(git ls-files '*.go') | tee /dev/stderr | (! grep -q .)
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck ./...

docs:
	go test ./internal/cli -run TestReference -update

clean:
	rm -rf bin
