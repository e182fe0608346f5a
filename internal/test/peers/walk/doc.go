// Package walk has one test: a walk through an application with every room attached, on
// which each request's events are compared with a table, and everything secret that was
// sent or received is searched for where it must not be.
package walk
