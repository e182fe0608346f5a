//go:build race

package admin_test

// rounds is how often a race is run. The race detector makes each several times as
// expensive.
const rounds = 100
