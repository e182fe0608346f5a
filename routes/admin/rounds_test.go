//go:build !race

package admin_test

// rounds is how often a race is run.
const rounds = 1000
