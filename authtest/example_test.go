package authtest_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ginauth/ginauth/authtest"
)

// A test logs a request in as somebody and serves it.
func Example() {
	var t *testing.T // the test's own

	kit := authtest.New(t, authtest.WithProfile[Profile]())
	app := newApp(kit.Auth(config()))
	arthur := kit.User(authtest.Verified(), authtest.Profile(Profile{FirstName: "Arthur"}))

	r := httptest.NewRequest("GET", "/hello", nil)
	kit.LogIn(r, web, arthur)
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)

	if got, want := w.Body.String(), "Hello, Arthur"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The table of all answers is compared with testdata/access_matrix.golden. The
// command that accepts a change is part of the failure.
func ExampleMatrix() {
	var t *testing.T // the test's own

	kit := authtest.New(t, authtest.WithProfile[Profile]())
	auth := kit.Auth(config())
	authtest.Matrix(t, auth, newApp(auth), authtest.Exclude("DELETE /orders"))
}

// Tokens come from the mails that the application sends.
func ExampleKit_ResetToken() {
	var t *testing.T // the test's own

	kit := authtest.New(t)
	auth := kit.Auth(config())
	arthur := kit.User()
	if err := auth.Manager().ForgotPassword(t.Context(), arthur.Email); err != nil {
		t.Fatal(err)
	}
	token := kit.ResetToken(arthur.Email)
	if _, err := auth.Manager().ResetPassword(t.Context(), token, "merlin the wise"); err != nil {
		t.Errorf("got error %v, want none", err)
	}
}

// The application's time stands still until the test moves it.
func ExampleClock() {
	var t *testing.T // the test's own

	kit := authtest.New(t)
	app := newApp(kit.Auth(config()))
	r := httptest.NewRequest("GET", "/hello", nil)
	kit.LogIn(r, api, kit.User())

	kit.Clock.Advance(time.Hour)
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	if w.Code != 401 {
		t.Errorf("got %d, want 401", w.Code)
	}
}
