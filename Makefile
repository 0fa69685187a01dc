# The commands people type. Everything longer lives in scripts/ or in Go.

GO ?= go
FUZZTIME ?= 30s

.PHONY: help run tour test check bench bench-peers fuzz deps build gen

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

run: ## build and start Jaga on http://127.0.0.1:8474 with its data in ./jaga-data
	$(GO) run ./cmd/jaga serve

tour: ## take pictures of a working day into bin/tour and make a page of them
	JAGA_TOUR="$(CURDIR)/bin/tour" $(GO) test -count=1 -timeout 30m -run '^(TestTour|TestLiveShow)$$' ./cmd/jaga
	@echo "open bin/tour/index.html in a browser"

test: ## set up what the tests need and run all of them
	@./scripts/test

check: ## everything the continuous integration checks besides the tests
	@./scripts/ci

bench: ## run the benchmarks, each beside its baseline, for benchstat
	$(GO) test -run '^$$' -bench . -benchmem -count 5 ./...

bench-peers: ## measure beside the programs people use today (half an hour)
	./bench/peers/setup
	$(GO) run ./bench

fuzz: ## run every fuzz target for FUZZTIME (30s) each
	@./scripts/fuzz $(FUZZTIME)

deps: ## print, or with SUDO=1 run, the command that installs the tests' packages
	@./scripts/deps $(if $(SUDO),install,print)

build: ## build bin/jaga, one static file
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/jaga ./cmd/jaga

gen: ## write the generated pages of docs/ again
	@./scripts/gen
