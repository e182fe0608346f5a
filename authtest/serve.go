package authtest

import (
	"net/http"
	"net/http/httptest"
	"path"
	"testing"
)

// Test returns the test that the kit is of, for packages that add to the kit.
func (k *Kit) Test() testing.TB { return k.t }

// Serve returns the answer of the application's engine to r. It needs [Kit.UseEngine].
func (k *Kit) Serve(r *http.Request) *httptest.ResponseRecorder {
	k.t.Helper()
	if k.door.engine == nil {
		k.t.Fatal("authtest: Serve needs the application's engine: give it to Kit.UseEngine")
	}
	w := httptest.NewRecorder()
	k.door.engine.ServeHTTP(w, r)
	return w
}

// PathOf returns the path at which the application attached a route of ginauth's, by the
// names of its group and its operation, such as "factors" and "enrol_totp". Its
// parameters, in their order, get the values of params. It ends the test where there is
// no such route.
func (k *Kit) PathOf(group, operation string, params ...string) string {
	k.t.Helper()
	if k.door.auth == nil {
		k.t.Fatal("authtest: PathOf needs the application's Auth: make it with Kit.Auth, or give it to Kit.UseAuth")
	}
	for _, attached := range k.door.auth.Routes().Attached() {
		for _, route := range attached.Routes {
			if attached.Name != group || route.Operation != operation {
				continue
			}
			return fillPath(joined(attached.Prefix, route.Path), func(string) string {
				if len(params) == 0 {
					k.t.Fatalf("authtest: PathOf(%q, %q): a parameter of the path has no value", group, operation)
				}
				value := params[0]
				params = params[1:]
				return value
			})
		}
	}
	k.t.Fatalf("authtest: the application has no route %q of the group %q: attach it before", operation, group)
	return ""
}

// joined returns the path of a route below a prefix, as an engine has it.
func joined(prefix, route string) string {
	if route == "" {
		return prefix
	}
	return path.Join(prefix, route)
}
