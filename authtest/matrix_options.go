package authtest

import (
	"net/http"
)

// MatrixOption is a choice of [Matrix].
type MatrixOption func(*choices)

// preparation is what Prepare asks for.
type preparation struct {
	pattern string
	prepare func(*http.Request)
}

// Exclude keeps routes from being called; the table lists them as excluded. A
// pattern is a method and a path as the route was registered, such as "DELETE
// /users/:id"; a path alone stands for all its methods, and a path that ends in
// "/..." for everything below it. A pattern that matches no route ends the test
// before any route is called.
func Exclude(patterns ...string) MatrixOption {
	return func(c *choices) { c.exclude = append(c.exclude, patterns...) }
}

// Param gives the path parameter of that name a value, in all routes.
func Param(name, value string) MatrixOption {
	return func(c *choices) { c.params[name] = value }
}

// Prepare completes the requests of the routes that match pattern (see [Exclude]),
// for example with a body or another path. It runs before every call, so it can also
// put the application's own data in order. The caller's cookie or Authorization
// header is added afterwards.
func Prepare(pattern string, prepare func(r *http.Request)) MatrixOption {
	return func(c *choices) { c.prepare = append(c.prepare, preparation{pattern, prepare}) }
}

// Everybody applies the options to all users of the matrix, for example to give
// them a profile. Their flags are the matrix's own.
func Everybody(options ...UserOption) MatrixOption {
	return func(c *choices) { c.everybody = append(c.everybody, options...) }
}

// Via walks with the named backends only. Defaults to all.
func Via(names ...string) MatrixOption {
	return func(c *choices) { c.via = append(c.via, names...) }
}

// Golden names the file with the accepted table. Defaults to
// "testdata/access_matrix.golden".
func Golden(file string) MatrixOption {
	return func(c *choices) { c.golden = file }
}

// WithClock names the clock that the Auth's Config.Now reads. Defaults to that of
// the Kit whose store in memory the Auth has.
func WithClock(clock *Clock) MatrixOption {
	return func(c *choices) { c.withClock = clock }
}
