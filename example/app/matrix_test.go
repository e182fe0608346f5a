package app

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
)

// TestAccessMatrix calls every route as everybody, and compares the answers with
// testdata/access_matrix.golden: a route without its guard is a failing test.
func TestAccessMatrix(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t, authtest.WithProfile[Profile]())
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	a := &App{
		Outbox:   &mails.Outbox{},
		settings: Settings{Addr: "127.0.0.1:8080", PublicURL: "https://camelot.bt", AssociateByEmail: "off"},
		engines:  &engines{redis: client},
		ping:     func(context.Context) error { return nil },
	}
	ways := a.backends()
	a.Auth = kit.Auth(ginauth.Config{Backends: ways.all()})
	if err := a.attach(t.Context(), ways, user.Secret(strings.Repeat("s", 32))); err != nil {
		t.Fatal(err)
	}
	kit.UseEngine(a.Engine)
	// What is left out knows no users: the other side of signing in, and files; pages, which
	// are looked at in pages, send what is asked of them to routes that are in the table.
	authtest.Matrix(t, a.Auth, a.Engine, authtest.Exclude("/demo-provider/...", "/docs/...", "/static/...", accountPath+"/..."),
		authtest.Prepare("/...", func(r *http.Request) { r.Host = "camelot.bt" }))
}
