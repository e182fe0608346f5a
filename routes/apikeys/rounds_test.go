//go:build !race

package apikeys_test

// rounds is how often a race is run.
const rounds = 1000
