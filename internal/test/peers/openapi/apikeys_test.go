package openapi_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/routes/apikeys"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// TestAPIKeys describes an application with API keys, and compares what it answers with
// the description.
func TestAPIKeys(t *testing.T) {
	t.Parallel()
	w := &world{t: t}
	byHeader := backends.Backend{Name: "key", Transport: backends.Header{Name: "X-API-Key"}, Strategy: apikey.Strategy{}}
	byBearer := backends.Backend{Name: "bearer_key", Transport: backends.Bearer{}, Strategy: apikey.Strategy{}}
	var err error
	w.auth, err = ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{api, byHeader, byBearer},
	})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := apikeys.New(t.Context(), w.auth, apikeys.Config{Scopes: map[string]apikeys.Scope{
		"orders:read": {Description: "see orders"}, "orders:write": {}, "profile": {Description: "see one's own user"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.engine = gin.New()
	w.auth.UsersRoutes().Attach(w.engine.Group("/users"))
	keys.Own().Attach(w.engine.Group("/users/me"))
	keys.Admin().Attach(w.engine.Group("/users/:id"))
	r := w.auth.Routes()
	ok := func(c *gin.Context) error { return routes.NoContent(c) }
	route := func(path string, guard routes.Demands) routes.Route {
		guard.User, guard.Active = true, true
		return r.Handled(routes.Route{Method: "GET", Path: path, Operation: path[1:], Guard: guard, Doc: routes.Doc{
			Summary: "Orders", Successes: []routes.Success{{Status: 204, Description: "They are there."}},
		}}, routes.Operation{}, func(c *gin.Context) error {
			if err := r.Admit(c, guard); err != nil {
				return err
			}
			return ok(c)
		})
	}
	r.Group("orders",
		route("/both", routes.Demands{Scopes: []string{"orders:read", "orders:write"}}),
		route("/any", routes.Demands{AnyScope: []string{"orders:read", "orders:write"}}),
		route("/each", routes.Demands{Scopes: []string{"orders:read"}, AnyScope: []string{"orders:write", "profile"}})).Attach(w.engine.Group("/orders"))
	if w.doc, err = openapi.Document(w.auth); err != nil {
		t.Fatal(err)
	}
	w.judge = judgeOf(t, w.doc, strict...)
	text, err := json.MarshalIndent(w.doc, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "apikeys.json")
	if *update {
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(golden) != string(text)+"\n" {
		t.Errorf("the document is not that of %s", path)
	}
	w.judgeKeys()
}

// judgeKeys has answers judged that only an application with API keys gives.
func (w *world) judgeKeys() {
	w.t.Helper()
	u, err := w.auth.Manager().Create(w.t.Context(), user.Registration{Email: "arthur@camelot.bt", Password: "guinevere"})
	if err != nil {
		w.t.Fatal(err)
	}
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("POST", "/", nil)
	text, err := w.auth.LogIn(c, api, u)
	if err != nil {
		w.t.Fatal(err)
	}
	token := []string{"Authorization", "Bearer " + text}
	var made struct{ ID, Key string }
	body := w.send("POST", "/users/me/api-keys", `{"name":"Warehouse","scopes":["orders:read"],"expires_at":"2100-01-01T00:00:00Z"}`, token...).Body
	if err := json.NewDecoder(body).Decode(&made); err != nil || made.Key == "" {
		w.t.Fatalf("got no key: %v", err)
	}
	for _, key := range [][]string{{"X-API-Key", made.Key}, {"Authorization", "Bearer " + made.Key}} {
		for path, status := range map[string]int{"/orders/any": 204, "/orders/both": 403, "/users/me": 403, "/users/me/api-keys": 403} {
			if got := w.send("GET", path, "", key...).StatusCode; got != status {
				w.t.Errorf("%s: got %d, want %d", path, got, status)
			}
		}
	}
	w.send("POST", "/users/me/api-keys", `{"name":"","scopes":["x"]}`, token...)
	w.send("GET", "/users/me/api-keys", "", token...)
	w.send("PATCH", "/users/me/api-keys/"+made.ID, `{"name":"Mill"}`, token...)
	w.send("PATCH", "/users/me/api-keys/x", `{"name":"Mill"}`, token...)
	w.send("DELETE", "/users/me/api-keys/"+made.ID, "", token...)
	w.send("DELETE", "/users/me/api-keys", "", token...)
	w.send("GET", "/users/"+string(u.ID)+"/api-keys", "", token...)
}
