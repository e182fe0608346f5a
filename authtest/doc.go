// Package authtest is for the tests of applications that use ginauth.
//
// A [Kit] has what such a test needs, in memory and without waiting: users of
// every sort with the application's own fields ([Kit.User]), requests that are
// logged in as one of them ([Kit.LogIn]), the tokens of captured mails
// ([Kit.VerifyToken], [Kit.ResetToken]) and the time ([Clock]).
//
// [Matrix] calls every route of an engine as everybody that matters and compares
// the answers with a file, so that a route without a guard is a failing test.
//
// It is for tests only. Everything works in parallel tests, each with its own Kit.
package authtest
