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
	@set -e; dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; mkdir "$$dir/data" "$$dir/exit"; \
	go build -cover -covermode=atomic -coverpkg=./... -o "$$dir/registration" ./internal/test/registration; \
	GOCOVERDIR="$$dir/exit" "$$dir/registration" "$$dir/data"; \
	go tool covdata func -i "$$dir/data" | awk '\
		$$NF == "0.0%" || /^total/ || /internal\/test\// { next } \
		{ split($$1, place, ":"); sub(".*/ginauth/ginauth/", "", place[1]); files += !seen[place[1]]++; functions++; print place[1], $$2 } \
		END { print functions " functions in " files " files" }'
