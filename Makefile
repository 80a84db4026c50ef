.PHONY: demo test check build generate tools

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

demo: ## a store's support mail being answered, on this machine alone; ends in the desk
	go run ./cmd/replyd demo

build: ## bin/replyd, static
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/replyd ./cmd/replyd

# The race detector slows everything down tenfold. Without it are tried: the program as processes that are killed,
# sweeps over pure functions, and what a browser sees. Their parts run with it in the tests of internal/app.
SLOW := /(cmd/replyd|internal/ground|internal/reply)$$

test: tools check ## everything that CI runs
	go test -race -timeout 9m $$(go list ./... | grep -vE '$(SLOW)')
	go test -timeout 9m $$(go list ./... | grep -E '$(SLOW)')
	go test -count=1 -timeout 8m -run 'InABrowser|NoModelOutput' ./internal/app ./internal/web

check: ## formatting, vet, staticcheck
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'run gofmt -w on these'; exit 1; }
	go vet ./...
	go tool staticcheck ./...

tools: ## Dovecot and Chromium for the tests that need them, where this machine can have them
	@.ci/tools

generate: ## the generated files; CI fails if this changes them
	go generate ./...
