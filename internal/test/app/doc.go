// Package app tests whole applications through their routes: every way to stay logged
// in with every other, the abuse limits, the gate of all logins, events, and what is
// stored, logged and printed of secrets.
//
// It has tests only.
package app
