// Package peers is the root of a module of its own: it holds the tests that need
// libraries which neither ginauth nor its users need, so that no application has them
// in its module graph. Each package below it tests the package, or the promise, after
// which it is called.
//
// These libraries are counterparts: a second reader of password hashes, a second reader
// of OpenAPI documents, a mail server, a Redis, the SDK of OpenTelemetry, and generators
// and checkers of random histories.
package peers
