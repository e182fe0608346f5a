// Command registration makes a registration in a warm application over a store in memory,
// and writes its coverage counters, and no others, to the folder that is its argument.
// "make path" builds it for that, and lists the functions that a registration passes.
package main

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/coverage"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	auth, err := ginauth.New(ginauth.Config{
		Store:    usertest.NewStore(),
		Secret:   secrets.Secret("0123456789abcdef0123456789abcdef"),
		Backends: []backends.Backend{{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}},
		Limits:   limits.Config{Off: true},
		Logger:   slog.New(slog.DiscardHandler),
	})
	check(err)
	engine := gin.New()
	auth.RegisterRoutes().Attach(engine)
	register(engine, "lancelot@camelot.bt") // warms up what only the first one does
	check(coverage.ClearCounters())
	register(engine, "king.arthur@camelot.bt")
	check(coverage.WriteCountersDir(os.Args[1]))
	check(coverage.WriteMetaDir(os.Args[1]))
	check(auth.Shutdown(context.Background()))
}

func register(app http.Handler, email string) {
	body := bytes.NewBufferString(`{"email":"` + email + `","password":"guinevere"}`)
	request := httptest.NewRequest(http.MethodPost, "/register", body)
	request.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	app.ServeHTTP(answer, request)
	if answer.Code != http.StatusCreated {
		log.Fatalf("got %d %s, want 201", answer.Code, answer.Body)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
