package openapi_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/routes/passkeys"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// TestPasskeys describes an application with passkeys, and compares what it answers with
// the description. What is random in the examples is not in the document.
func TestPasskeys(t *testing.T) {
	t.Parallel()
	w := &world{t: t}
	store := usertest.NewStore()
	var err error
	if w.auth, err = ginauth.New(ginauth.Config{Store: store, Secret: secret, Backends: []backends.Backend{api, web, inside}}); err != nil {
		t.Fatal(err)
	}
	if _, err := factors.New(t.Context(), w.auth, factors.Config{Issuer: "Camelot"}); err != nil {
		t.Fatal(err)
	}
	keys, err := passkeys.New(t.Context(), w.auth, passkeys.Config{RPID: "camelot.bt", Name: "Camelot", Origins: []string{"https://camelot.bt"}, AsSecondFactor: true})
	if err != nil {
		t.Fatal(err)
	}
	w.engine = gin.New()
	w.engine.Use(sessions.Sessions("session", cookie.NewStore([]byte(secret))))
	for _, b := range []backends.Backend{api, web} {
		w.auth.AuthRoutes(b).Attach(w.engine.Group("/auth/" + b.Name))
		keys.Login(b).Attach(w.engine.Group("/auth/" + b.Name))
	}
	keys.Own().Attach(w.engine.Group("/users/me"))
	keys.Admin().Attach(w.engine.Group("/users/:id"))
	keys.WellKnown().Attach(w.engine)
	if w.doc, err = openapi.Document(w.auth); err != nil {
		t.Fatal(err)
	}
	w.judge = judgeOf(t, w.doc, strict...)
	text, err := json.MarshalIndent(w.doc, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "passkeys.json")
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
	u, err := w.auth.Manager().Create(t.Context(), user.Registration{Email: "arthur@camelot.bt", Password: "guinevere"})
	if err != nil {
		t.Fatal(err)
	}
	token := w.bearer(u.Email)
	w.send("GET", "/.well-known/webauthn", "")
	w.send("GET", "/users/me/passkeys", "", token...)
	w.send("POST", "/users/me/passkeys/options", "{}", token...)
	w.send("POST", "/users/me/passkeys", `{"ceremony":"x","credential":{"id":"x","rawId":"x","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"x","attestationObject":"x"}}}`, token...)
	w.send("PATCH", "/users/me/passkeys/x", `{"name":"Phone"}`, token...)
	w.send("DELETE", "/users/me/passkeys/x", "", token...)
	w.send("POST", "/auth/"+api.Name+"/reauthenticate/options", "", token...)
	w.send("POST", "/auth/"+api.Name+"/passkey/options", "")
	w.send("POST", "/auth/"+api.Name+"/passkey/login", `{"ceremony":"x","credential":{"id":"x","rawId":"x","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"x","authenticatorData":"x","signature":"x"}}}`)
	w.send("GET", "/users/"+string(u.ID)+"/passkeys", "", token...)
}
