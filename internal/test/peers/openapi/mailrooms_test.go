package openapi_test

import (
	"context"
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
	"github.com/ginauth/ginauth/routes/invitations"
	"github.com/ginauth/ginauth/routes/maillogin"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// TestMailRooms describes an application with logging in by mail and invitations, and
// compares what it answers with the description.
func TestMailRooms(t *testing.T) {
	t.Parallel()
	w := &world{t: t}
	var err error
	w.auth, err = ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{api, web, inside},
		Hooks:  user.Hooks{Send: func(context.Context, user.Mail) error { return nil }},
		Policy: user.Policy{Registration: ginauth.InvitationOnly, AllowedDomains: []string{"camelot.bt"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	invited, err := invitations.New(t.Context(), w.auth, invitations.Config{Roles: []string{"editor"}})
	if err != nil {
		t.Fatal(err)
	}
	mail, err := maillogin.New(t.Context(), w.auth, maillogin.Config{SignUp: true})
	if err != nil {
		t.Fatal(err)
	}
	w.engine = gin.New()
	w.engine.Use(sessions.Sessions("session", cookie.NewStore([]byte(secret))))
	for _, b := range []backends.Backend{api, web, inside} {
		w.auth.AuthRoutes(b).Attach(w.engine.Group("/auth/" + b.Name))
		mail.Login(b).Attach(w.engine.Group("/auth/" + b.Name))
	}
	mail.Request().Attach(w.engine.Group("/auth"))
	w.auth.RegisterRoutes().Attach(w.engine.Group("/auth"))
	invited.Routes().Attach(w.engine)
	if w.doc, err = openapi.Document(w.auth); err != nil {
		t.Fatal(err)
	}
	w.judge = judgeOf(t, w.doc, strict...)
	text, err := json.MarshalIndent(w.doc, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "mailrooms.json")
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
	w.judgeMailRooms()
}

// judgeMailRooms has answers judged that only such an application gives.
func (w *world) judgeMailRooms() {
	w.t.Helper()
	_, err := w.auth.Manager().Create(w.t.Context(), user.Registration{Email: "arthur@camelot.bt", Password: "guinevere", IsSuperuser: true})
	if err != nil {
		w.t.Fatal(err)
	}
	token := w.bearer("arthur@camelot.bt")
	w.send("POST", "/auth/request-login", `{"email":"arthur@camelot.bt"}`)
	w.send("POST", "/auth/request-login", `{}`)
	for _, b := range []string{"api", "web", "inside"} {
		w.send("POST", "/auth/"+b+"/login/mail", `{"token":"x"}`)
		w.send("POST", "/auth/"+b+"/login/mail", `{}`)
	}
	w.send("POST", "/auth/register", `{"email":"merlin@camelot.bt","password":"guinevere"}`)
	w.send("POST", "/auth/register", `{"email":"merlin@camelot.bt","password":"guinevere","invitation":"x"}`)
	w.send("POST", "/auth/register", `{"email":"merlin@mordred.bt","password":"guinevere","invitation":"x"}`)
	w.send("POST", "/invitations", `{"email":"merlin@camelot.bt","roles":["editor"]}`, token...)
	w.send("POST", "/invitations", `{"email":"merlin@mordred.bt"}`, token...)
	w.send("POST", "/invitations", `{"email":"merlin"}`, token...)
	w.send("GET", "/invitations", "", token...)
	w.send("GET", "/invitations?limit=x", "", token...)
	w.send("DELETE", "/invitations/x", "", token...)
	w.send("POST", "/invitations/x/resend", "", token...)
	w.send("GET", "/invitations", "")
}
