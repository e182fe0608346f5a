package authtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/user/records"
)

// APIKey stores a new API key of u that has these scopes and no end, and returns it: a
// bearer token, or the value of the header, as the application has it. No event is made
// and no mail sent. It ends the test where the application has no API keys, or a scope is
// not declared.
func (k *Kit) APIKey(u *ginauth.User, scopes ...string) string {
	k.t.Helper()
	if k.door.auth == nil || u == nil {
		k.t.Fatal("authtest: APIKey needs a user, and the application's Auth: make it with Kit.Auth, or give it to Kit.UseAuth")
	}
	for _, b := range k.door.auth.Routes().Authenticator().Backends() {
		if tokens, ok := b.Tokens.(*apikey.Tokens); ok {
			key, err := k.door.makeKey(tokens, u, scopes)
			if err != nil {
				k.t.Fatalf("authtest: make an API key: %v", err)
			}
			return key
		}
	}
	k.t.Fatal("authtest: APIKey: Config.Backends has none with apikey.Strategy")
	return ""
}

// makeKey stores a key of u as it is stored.
func (d *door) makeKey(tokens *apikey.Tokens, u *ginauth.User, scopes []string) (string, error) {
	for _, scope := range scopes {
		if !slices.Contains(tokens.Scopes(), scope) {
			return "", fmt.Errorf("the scope %q is not declared: call apikeys.New before, which declares it", scope)
		}
	}
	ctx := context.Background()
	u, err := d.auth.Manager().ByID(ctx, u.ID)
	if err != nil {
		return "", err
	}
	store, ok := records.As[records.CredentialStore](d.auth.Manager().Store())
	if !ok {
		return "", errors.New("the store keeps no credentials")
	}
	key, c, err := tokens.Make(ctx, u, apikey.Draft{Name: "authtest", Scopes: scopes})
	if err != nil {
		return "", err
	}
	return string(key), store.CreateCredential(ctx, c)
}

// keyCallers are the columns of API keys, none where the application has no keys.
func (m *matrix) keyCallers() []caller {
	if len(m.keys) == 0 {
		return nil
	}
	is := []UserOption{Verified(), Superuser()}
	return []caller{{name: "key without scope", user: is, key: true}, {name: "key with scopes", user: is, key: true, scoped: true}}
}

// byKey returns the cells of r for API keys. Where backends differ, they are all there.
func (m *matrix) byKey(r route) (cells []string) {
	m.t.Helper()
	for _, c := range m.keyCallers() {
		var all []string
		for _, b := range m.keys {
			if cell := m.cell(r, c, b); !slices.Contains(all, cell) {
				all = append(all, cell)
			}
		}
		cells = append(cells, strings.Join(all, " / "))
	}
	return cells
}

// giveKey makes r a request with an API key of u.
func (c caller) giveKey(m *matrix, r *http.Request, b *backends.Running, u *ginauth.User, leave func()) (bool, func(), error) {
	tokens, ok := b.Tokens.(*apikey.Tokens)
	if !ok { // keys of another kind
		return false, leave, nil
	}
	var scopes []string
	if c.scoped {
		scopes = tokens.Scopes()
	}
	key, err := m.door.makeKey(tokens, u, scopes)
	if err != nil {
		return false, leave, err
	}
	remove := func() {
		_ = tokens.Destroy(context.Background(), key)
		leave()
	}
	return true, remove, attach(r, b, key)
}
