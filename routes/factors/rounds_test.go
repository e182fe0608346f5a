//go:build !race

package factors_test

// rounds is how often a race is run.
const rounds = 1000
