// Package passkeytest has passkeys for the tests of applications that use
// routes/passkeys: an authenticator in software, which answers what a browser would send.
//
// It is for tests only, and a package of its own, so that package authtest needs no
// authenticator.
package passkeytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
)

// Authenticator is what holds passkeys, with the browser in front of it. Options and
// credentials have the JSON forms of WebAuthn level 3. [NewAuthenticator] returns one in
// software.
type Authenticator interface {
	// Create makes a passkey for PublicKeyCredentialCreationOptionsJSON and returns a
	// RegistrationResponseJSON.
	Create(options json.RawMessage) (credential json.RawMessage, err error)
	// Get answers PublicKeyCredentialRequestOptionsJSON with an
	// AuthenticationResponseJSON.
	Get(options json.RawMessage) (credential json.RawMessage, err error)
}

// ceremony is what the application answers to a request for options.
type ceremony struct {
	Ceremony  string          `json:"ceremony"`
	PublicKey json.RawMessage `json:"publicKey"`
}

// finish is the body of the request that ends a ceremony.
func finish(options []byte, answer func(json.RawMessage) (json.RawMessage, error)) ([]byte, error) {
	var c ceremony
	if err := json.Unmarshal(options, &c); err != nil {
		return nil, fmt.Errorf("passkeytest: read options: %w", err)
	}
	credential, err := answer(c.PublicKey)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"ceremony": c.Ceremony, "credential": credential})
}

// CreateBody returns the body of POST /passkeys, for what POST /passkeys/options answered.
func CreateBody(a Authenticator, options []byte) ([]byte, error) { return finish(options, a.Create) }

// GetBody returns the body of POST /passkey/login, for what POST /passkey/options
// answered. With "factor":"passkey" added it is that of /reauthenticate, with "login_token"
// as well that of /login/factor.
func GetBody(a Authenticator, options []byte) ([]byte, error) { return finish(options, a.Get) }

// App is where an application has its passkeys.
type App struct {
	Kit    *authtest.Kit
	Engine http.Handler
	// Backend is what users log in through.
	Backend backends.Backend
	// Own is the path of the user's own passkeys. Defaults to "/users/me/passkeys".
	Own string
	// Login is the path of the logins with a passkey. Defaults to "/auth/" and the
	// backend's name and "/passkey".
	Login string
}

func (a App) own() string {
	if a.Own != "" {
		return a.Own
	}
	return "/users/me/passkeys"
}

func (a App) login() string {
	if a.Login != "" {
		return a.Login
	}
	return "/auth/" + a.Backend.Name + "/passkey"
}

// Passkey gives u a passkey, through the application's own routes, and returns the
// authenticator that holds it. origin is one of passkeys.Config. The login of u is a
// fresh one; the user must not need a second factor for it.
func (a App) Passkey(t testing.TB, u *ginauth.User, origin string) Authenticator {
	t.Helper()
	device := NewAuthenticator(origin)
	session := httptest.NewRequest(http.MethodPost, a.own(), nil)
	a.Kit.LogIn(session, a.Backend, u)
	send := func(path string, body []byte) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
		r.Header = session.Header.Clone()
		r.Header.Set("Content-Type", "application/json")
		return a.serve(r)
	}
	begun := send(a.own()+"/options", []byte("{}"))
	body, err := CreateBody(device, begun.Body.Bytes())
	if err != nil || begun.Code != http.StatusOK {
		t.Fatalf("passkeytest: options of a passkey: %d %s, %v", begun.Code, begun.Body, err)
	}
	if made := send(a.own(), body); made.Code != http.StatusCreated {
		t.Fatalf("passkeytest: create a passkey: %d %s", made.Code, made.Body)
	}
	return device
}

// LogIn logs in with a passkey, and returns the application's response, which has the
// cookies or the token.
func (a App) LogIn(t testing.TB, device Authenticator) *http.Response {
	t.Helper()
	begun := a.serve(httptest.NewRequest(http.MethodPost, a.login()+"/options", nil))
	body, err := GetBody(device, begun.Body.Bytes())
	if err != nil || begun.Code != http.StatusOK {
		t.Fatalf("passkeytest: options of a login: %d %s, %v", begun.Code, begun.Body, err)
	}
	r := httptest.NewRequest(http.MethodPost, a.login()+"/login", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for _, cookie := range begun.Result().Cookies() {
		r.AddCookie(cookie)
	}
	return a.serve(r).Result()
}

func (a App) serve(r *http.Request) *httptest.ResponseRecorder {
	response := httptest.NewRecorder()
	a.Engine.ServeHTTP(response, r)
	return response
}
