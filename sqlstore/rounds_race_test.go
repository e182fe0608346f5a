//go:build race

package sqlstore_test

// rounds is how often each race is run: the race detector slows them down.
const rounds = 100
