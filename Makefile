# Long forms of what CI does briefly. CI itself is .ci/run.

# How long each fuzz target runs, and how many processes it uses.
FUZZTIME ?= 10m
FUZZPARALLEL ?= 1

.PHONY: fuzz
fuzz: ## Runs every fuzz target for FUZZTIME, one after another.
	@set -e; for package in $$(go list ./... ./internal/test/peers/...); do \
		for name in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "== $$package $$name"; \
			go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -parallel $(FUZZPARALLEL) $$package; \
		done; \
	done

.PHONY: path
path: ## Lists the files and functions of the module that one registration passes.
	@.ci/registration-path
