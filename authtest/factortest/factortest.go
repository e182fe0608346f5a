// Package factortest is for the tests of applications with second factors
// ([github.com/ginauth/ginauth/routes/factors]): users who have one, the codes of their
// authenticator apps, and the callers with whom [authtest.Matrix] checks the guards.
//
// It adds to package authtest, and is apart from it so that the tests of other
// applications do not have the code of authenticator apps.
package factortest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

// period is the length of a time step (RFC 6238, section 4.1).
const period = 30 * time.Second

// group is the name of the routes by which users set factors up.
const group = "factors"

// Factors are the authenticator apps of a test's users. Its methods end the test where
// they cannot do what they say. It is safe for concurrent use.
type Factors struct {
	// Prepare completes the requests by which users set up an app, for example with the
	// host that the application expects. It is not changed after the first call of a
	// method. Defaults to nil: they are as [httptest.NewRequest] makes them.
	Prepare func(r *http.Request)

	kit     *authtest.Kit
	backend backends.Backend

	mu   sync.Mutex
	apps map[user.ID]*app
}

// app is the authenticator app of a user.
type app struct {
	secret   string
	used     int64 // the last time step whose code was given out
	recovery []string
}

// New returns the apps of the kit's users, who log in through b to set them up. The kit
// must know the application's engine ([authtest.Kit.UseEngine]), to which
// factors.Factors.Own is attached.
func New(kit *authtest.Kit, b backends.Backend) *Factors {
	return &Factors{kit: kit, backend: b, apps: map[user.ID]*app{}}
}

// WithFactor sets an authenticator app up for u, by the application's own routes, and
// returns the user as stored then. Earlier logins of u have ended; the next ones by
// [authtest.Kit.LogIn] are with both factors.
func (f *Factors) WithFactor(u *ginauth.User) *ginauth.User {
	f.kit.Test().Helper()
	made := f.enrol(u)
	f.mu.Lock()
	f.apps[u.ID] = made
	f.mu.Unlock()
	stored, err := f.kit.Store().ByID(f.kit.Test().Context(), u.ID)
	if err != nil {
		f.kit.Test().Fatalf("factortest: find user: %v", err)
	}
	return stored
}

// Code returns a code of u's app that the application has not had yet. It moves the
// kit's clock to the next time step where the one of the present is used up, by at most
// 30 seconds.
func (f *Factors) Code(u *ginauth.User) string {
	f.kit.Test().Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.apps[u.ID]
	if a == nil {
		f.kit.Test().Fatal("factortest: the user has no authenticator app: set one up by WithFactor")
	}
	step := max(stepAt(f.kit.Clock.Now()), a.used+1)
	if start := time.Unix(step*int64(period/time.Second), 0).UTC(); start.After(f.kit.Clock.Now()) {
		f.kit.Clock.Set(start)
	}
	a.used = step
	return f.codeAt(a.secret, step)
}

// RecoveryCodes returns the recovery codes that u got with the app.
func (f *Factors) RecoveryCodes(u *ginauth.User) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a := f.apps[u.ID]; a != nil {
		return slices.Clone(a.recovery)
	}
	return nil
}

// enrol sets an app up as a client does: it asks for a key, and confirms it by a code.
func (f *Factors) enrol(u *ginauth.User) *app {
	t := f.kit.Test()
	t.Helper()
	asks := func(path, body string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if f.Prepare != nil {
			f.Prepare(r)
		}
		return r
	}
	begin := asks(f.kit.PathOf(group, "enrol_totp"), `{}`)
	f.kit.LogIn(begin, f.backend, u)
	var key struct{ ID, Secret string }
	f.must(f.kit.Serve(begin), http.StatusCreated, &key)

	a := &app{secret: key.Secret, used: stepAt(f.kit.Clock.Now())}
	confirm := asks(f.kit.PathOf(group, "confirm_totp", key.ID), `{"code":"`+f.codeAt(key.Secret, a.used)+`"}`)
	for _, name := range []string{"Cookie", "Authorization"} {
		confirm.Header[name] = begin.Header[name]
	}
	var confirmed struct {
		Codes []string `json:"recovery_codes"`
	}
	f.must(f.kit.Serve(confirm), http.StatusOK, &confirmed)
	a.recovery = confirmed.Codes
	return a
}

// must reads an answer with the status.
func (f *Factors) must(w *httptest.ResponseRecorder, status int, into any) {
	f.kit.Test().Helper()
	if w.Code != status {
		f.kit.Test().Fatalf("factortest: set up an authenticator app: got %d %s, want %d", w.Code, w.Body, status)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		f.kit.Test().Fatalf("factortest: set up an authenticator app: got %s: %v", w.Body, err)
	}
}

// codeAt returns the code of a time step.
func (f *Factors) codeAt(secret string, step int64) string {
	f.kit.Test().Helper()
	code, err := hotp.GenerateCodeCustom(secret, uint64(max(0, step)), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		f.kit.Test().Fatalf("factortest: compute a code: %v", err)
	}
	return code
}

func stepAt(at time.Time) int64 { return at.Unix() / int64(period/time.Second) }
