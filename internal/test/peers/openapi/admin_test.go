package openapi_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/routes/admin"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// TestAdmin describes an application with administration by roles, and compares what it
// answers with the description.
func TestAdmin(t *testing.T) {
	t.Parallel()
	w := &world{t: t}
	var err error
	w.auth, err = ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{api},
		Roles: map[string][]string{"support": {"users:read"}}, Hooks: user.Hooks{Send: func(context.Context, user.Mail) error { return nil }},
		RequiredEvents: []user.EventKind{user.EventImpersonated}, OnRequiredEvent: func(context.Context, user.Event) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	room, err := admin.New(t.Context(), w.auth, admin.Config{})
	if err != nil {
		t.Fatal(err)
	}
	w.engine = gin.New()
	w.auth.UsersRoutes().Attach(w.engine.Group("/users"))
	room.Routes().Attach(w.engine.Group("/users"))
	if w.doc, err = openapi.Document(w.auth); err != nil {
		t.Fatal(err)
	}
	w.judge = judgeOf(t, w.doc, strict...)
	w.wantRequirements("GET", "/users", map[string]any{"group": "admin", "operation": "list", "permissions": []any{"users:read"}})
	w.wantRequirements("POST", "/users/{id}/impersonate", map[string]any{"group": "admin", "operation": "impersonate", "fresh": 600.0})
	one := w.doc.Components.Schemas["ListedUser"]
	if one == nil {
		t.Fatal("the document has no schema ListedUser")
	}
	for _, name := range []string{"id", "email", "is_active", "is_superuser", "is_verified", "roles", "created_at", "ban"} {
		if one.Value.Properties[name] == nil || !slices.Contains(one.Value.Required, name) {
			t.Errorf("ListedUser lacks %s", name)
		}
	}
	if of := w.doc.Components.Schemas["User"].Value.Properties; of["ban"] != nil || of["created_at"] != nil {
		t.Error("User has what the list alone shows")
	}
	w.judgeAdmin()
}

// wantRequirements checks what the document says about a route.
func (w *world) wantRequirements(method, path string, want map[string]any) {
	w.t.Helper()
	item := w.doc.Paths.Value(path)
	if item == nil {
		w.t.Fatalf("the document has no %s", path)
	}
	said, err := json.Marshal(item.GetOperation(method).Extensions["x-ginauth"])
	if err != nil {
		w.t.Fatal(err)
	}
	wanted, err := json.Marshal(want)
	if err != nil || string(said) != string(wanted) {
		w.t.Errorf("%s %s: got %s, want %s", method, path, said, wanted)
	}
}

// judgeAdmin has answers judged that administrators get.
func (w *world) judgeAdmin() {
	w.t.Helper()
	person := func(r user.Registration) *user.User {
		u, err := w.auth.Manager().Create(w.t.Context(), r)
		if err != nil {
			w.t.Fatal(err)
		}
		return u
	}
	u := person(user.Registration{Email: "merlin@camelot.bt", IsSuperuser: true, IsVerified: true})
	other := person(user.Registration{Email: "arthur@camelot.bt", Roles: []string{"support"}})
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("POST", "/", nil)
	text, err := w.auth.LogIn(c, api, u)
	if err != nil {
		w.t.Fatal(err)
	}
	token := []string{"Authorization", "Bearer " + text}
	path := "/users/" + string(other.ID)
	for _, call := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/users", `{"email":"kay@camelot.bt"}`, 201},
		{"POST", path + "/ban", `{"reason":"shouts","until":"2100-01-01T00:00:00Z"}`, 200},
		{"GET", "/users?limit=2", "", 200},
		{"GET", "/users?limit=0", "", 422},
		{"GET", "/users?banned=true", "", 200},
		{"DELETE", path + "/ban", "", 200},
		{"POST", path + "/verify", "", 200},
		{"POST", path + "/unlock", "", 204},
		{"POST", path + "/logout", "", 204},
		{"POST", path + "/impersonate", `{"reason":"ticket 7"}`, 200},
		{"POST", "/users/" + string(u.ID) + "/impersonate", `{"reason":"ticket 7"}`, 403},
		{"POST", "/users/x/ban", `{}`, 404},
	} {
		if got := w.send(call.method, call.path, call.body, token...).StatusCode; got != call.status {
			w.t.Errorf("%s %s: got %d, want %d", call.method, call.path, got, call.status)
		}
	}
}
