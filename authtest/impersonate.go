package authtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
)

// Impersonate makes r a request of admin who acts in the name of u, logged in through
// backend b, as POST /users/:id/impersonate of package admin does it, but without its
// checks and records. The request gets 401 where admin may not act in that name. It returns
// the token.
func (k *Kit) Impersonate(r *http.Request, b backends.Backend, admin, u *ginauth.User) (token string) {
	k.t.Helper()
	if k.door.auth == nil || r == nil || r.Header == nil || admin == nil || u == nil {
		k.t.Fatal("authtest: Impersonate needs the application's Auth, a request with a header, and two users")
	}
	token, err := k.door.impersonate(r, b.Name, admin, u)
	if err != nil {
		k.t.Fatalf("authtest: impersonate through backend %q: %v", b.Name, err)
	}
	return token
}

func (d *door) impersonate(r *http.Request, name string, admin, u *ginauth.User) (token string, err error) {
	b := d.auth.Routes().Authenticator().Backend(name)
	if b == nil {
		return "", errors.New("it is not in Config.Backends")
	}
	if admin, err = d.auth.Manager().ByID(r.Context(), admin.ID); err != nil {
		return "", err
	}
	if u, err = d.auth.Manager().ByID(r.Context(), u.ID); err != nil {
		return "", err
	}
	c, response, err := d.context(r, b)
	if err != nil {
		return "", err
	}
	if err := d.auth.Routes().Impersonate(c, b, backends.Result{User: admin}, u); err != nil {
		return "", err
	}
	addCookies(r, response.Result().Cookies())
	if len(b.Carrier.Cookies()) > 0 {
		c.Request = r
		return b.Carrier.Token(c)
	}
	var body backends.BearerToken
	if err := json.Unmarshal(response.Body.Bytes(), &body); err != nil {
		return "", fmt.Errorf("its login answers without an access token: %w", err)
	}
	return body.AccessToken, attach(r, b, body.AccessToken)
}
