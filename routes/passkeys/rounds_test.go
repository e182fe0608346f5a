//go:build !race

package passkeys_test

// rounds is how often a race is run.
const rounds = 1000
