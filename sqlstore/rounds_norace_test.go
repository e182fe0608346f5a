//go:build !race

package sqlstore_test

// rounds is how often each race is run.
const rounds = 1000
