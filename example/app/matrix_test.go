package app

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/audit/audittest"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/authtest/factortest"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user/secrets"
)

// inMemory is the demonstration over a store in memory.
func inMemory(t *testing.T, change ...func(*ginauth.Config)) (*authtest.Kit, *App) {
	t.Helper()
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
	log, err := audit.NewLog(&audittest.Store{}, audit.Config{})
	if err != nil {
		t.Fatal(err)
	}
	a.seen = &seen{log, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	ways := a.backends()
	config := withRights(ginauth.Config{Backends: ways.all()})
	for _, c := range change {
		c(&config)
	}
	a.Auth = kit.Auth(config)
	if err := a.attach(t.Context(), ways, secrets.Secret(strings.Repeat("s", 32))); err != nil {
		t.Fatal(err)
	}
	kit.UseEngine(a.Engine)
	return kit, a
}

// TestAccessMatrix calls every route as each kind of caller, and compares the answers with
// testdata/access_matrix.golden: a route without its guard is a failing test.
func TestAccessMatrix(t *testing.T) {
	t.Parallel()
	_, a := inMemory(t)
	// What is left out knows no users: the other side of signing in, and files; pages, which
	// are looked at in pages, send what is asked of them to routes that are in the table.
	authtest.Matrix(t, a.Auth, a.Engine, authtest.Exclude("/demo-provider/...", "/docs/...", accountPath+"/..."),
		authtest.Prepare("/...", func(r *http.Request) { r.Host = "camelot.bt" }), factortest.Callers(),
		authtest.Callers(authtest.HasRole("editor"), authtest.HasRole("support"), authtest.Banned(), authtest.Impersonated(), authtest.Demoted()))
}
