package openapi_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// TestFactors describes an application with second factors, and compares what it answers
// with the description.
func TestFactors(t *testing.T) {
	t.Parallel()
	w := &world{t: t}
	store := usertest.NewStore()
	var err error
	w.auth, err = ginauth.New(ginauth.Config{
		Store: store, Secret: secret, Backends: []backends.Backend{api, web, inside},
		RequireFactor: func(u *user.User) bool { return u.IsSuperuser },
	})
	if err != nil {
		t.Fatal(err)
	}
	second, err := factors.New(t.Context(), w.auth, factors.Config{Issuer: "Camelot", TrustDevice: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	w.engine = gin.New()
	w.engine.Use(sessions.Sessions("session", cookie.NewStore([]byte(secret))))
	w.auth.AuthRoutes(api).Attach(w.engine.Group("/auth/api"))
	w.auth.AuthRoutes(web).Attach(w.engine.Group("/auth/web"))
	w.auth.AuthRoutes(inside).Attach(w.engine.Group("/auth/inside"))
	w.auth.UsersRoutes().Attach(w.engine.Group("/users"))
	second.Own().Attach(w.engine.Group("/users/me"))
	second.Admin().Attach(w.engine.Group("/users/:id"))
	if w.doc, err = openapi.Document(w.auth); err != nil {
		t.Fatal(err)
	}
	w.judge = judgeOf(t, w.doc, strict...)
	text, err := json.MarshalIndent(w.doc, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "factors.json")
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
	w.judgeFactors(store)
}

// judgeFactors has answers judged that only an application with second factors gives.
func (w *world) judgeFactors(store *usertest.Store) {
	w.t.Helper()
	u, err := w.auth.Manager().Create(w.t.Context(), user.Registration{Email: "arthur@camelot.bt", Password: "guinevere"})
	if err != nil {
		w.t.Fatal(err)
	}
	token := w.bearer(u.Email)
	w.send("GET", "/users/me/factors", "", token...)
	w.send("POST", "/users/me/factors/totp", `{"name":"Phone"}`, token...)
	w.send("POST", "/users/me/factors/totp/x/confirm", `{"code":"123456"}`, token...)
	w.send("POST", "/users/me/recovery-codes", "", token...)
	w.send("DELETE", "/users/me/factors/x", "", token...)
	yes := true
	if _, err := store.Update(w.t.Context(), u.ID, user.Update{SecondFactor: &yes, IsSuperuser: &yes}); err != nil {
		w.t.Fatal(err)
	}
	for _, b := range []string{"api", "web", "inside"} {
		w.send("POST", "/auth/"+b+"/login", "username=arthur%40camelot.bt&password=guinevere")
	}
	w.send("POST", "/users/me/recovery-codes", "", token...)
	w.send("POST", "/auth/api/reauthenticate", `{"password":"guinevere"}`, token...)
	w.send("GET", "/users/"+string(u.ID)+"/factors", "", token...)
}
