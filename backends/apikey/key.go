package apikey

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// data is what is stored of a key, apart from its hash.
type data struct {
	Short      string   `json:"short"`
	Scopes     []string `json:"scopes"`
	KeyVersion int64    `json:"key_version"`
	CreatedIP  string   `json:"created_ip,omitzero"`
}

// Draft is what its maker says of a new key.
type Draft struct {
	Name      string
	Scopes    []string
	ExpiresAt time.Time // zero for no end
}

// Make returns a new key of u and the credential to store for it. The key is in no other
// place. It stores nothing.
func (t *Tokens) Make(ctx context.Context, u *user.User, d Draft) (key secrets.Secret, c records.Credential, err error) {
	text := t.form.make()
	stored, err := json.Marshal(data{
		Short: t.form.short(text), Scopes: append([]string{}, d.Scopes...), KeyVersion: u.KeyVersion, CreatedIP: user.RequestFrom(ctx).ClientIP,
	})
	return secrets.Secret(text), records.Credential{
		ID: records.NewCredentialID(), UserID: u.ID, Kind: Kind, Key: records.HashToken(text), Name: d.Name, Data: stored,
		OwnerVersion: u.OwnerVersion, Rev: 1, CreatedAt: t.time(), ExpiresAt: d.ExpiresAt,
	}, err
}

// Key is what is to be known of a key, without its secret.
type Key struct {
	// Short is the beginning of the key, such as "gak_AbC12345".
	Short string
	// Scopes are those that the key was made with and that are still declared.
	Scopes []string
}

// Ended reports whether the key that is stored in c will never be valid again, for u as it
// was read and as it will ever be.
func (t *Tokens) Ended(u *user.User, c records.Credential) bool {
	if c.OwnerVersion < u.OwnerVersion || !c.ExpiresAt.IsZero() && !t.time().Before(c.ExpiresAt) {
		return true
	}
	var d data
	return json.Unmarshal(c.Data, &d) == nil && d.KeyVersion < u.KeyVersion
}

// Valid returns the key that is stored in c, and whether it is valid for u.
func (t *Tokens) Valid(u *user.User, c records.Credential) (Key, bool) {
	if c.Kind != Kind || c.UserID != u.ID || !t.isCurrent(c) || c.OwnerVersion != u.OwnerVersion || u.Barred(t.now()) {
		return Key{}, false
	}
	var d data
	if err := json.Unmarshal(c.Data, &d); err != nil {
		t.damaged(context.Background(), fmt.Errorf("apikey: %v: %w", c, err))
		return Key{}, false
	}
	return Key{d.Short, t.declared(d.Scopes)}, d.KeyVersion == u.KeyVersion
}

// declared returns the scopes that are declared, never nil.
func (t *Tokens) declared(scopes []string) []string {
	rules, kept := t.rules.Load(), []string{}
	for _, scope := range scopes {
		if rules != nil && slices.Contains(rules.Scopes, scope) {
			kept = append(kept, scope)
			continue
		}
		if _, logged := t.ignored.LoadOrStore(scope, true); !logged {
			t.logger.Warn("ginauth: a scope of API keys is not declared, and ignored", slog.String("scope", scope))
		}
	}
	return kept
}
