// Package faults holds the tests of what ginauth promises where something fails,
// several things happen at once, or clocks are wrong: every operation with every
// call of its store failing, random sequences of operations against a model, races
// with one winner. Its tests are named after the promises of docs/reliability.md.
//
// The environment variable GINAUTH_ROUNDS is how often each race is run, on MongoDB a
// tenth of it; its default is 50. GINAUTH_LONG=1 makes all else longer.
package faults
