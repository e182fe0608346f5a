package factors

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

const (
	totpKind records.CredentialKind = "totp"
	// maxKeys is how many confirmed keys a user may have.
	maxKeys = 5
)

// totpKey is what is stored of one authenticator.
type totpKey struct {
	// Secret is the key in base 32, sealed.
	Secret string `json:"secret"`
	// LastStep is the time step of the last code that was accepted: none up to it is
	// accepted again.
	LastStep int64 `json:"last_step"`
	// Tries is how many wrong codes there were before it was confirmed.
	Tries       int       `json:"tries,omitzero"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`

	secret string // opened
}

// newKey is the place of a key that is not confirmed yet: a user has one at most.
func newKey(id user.ID) string { return string(id) + ":new" }

func slotKey(id user.ID, slot int) string { return string(id) + ":" + strconv.Itoa(slot) }

func sealContext(c records.Credential) []string {
	return []string{"factor", string(c.Kind), string(c.UserID), c.ID}
}

// readKey opens what is stored. A secret that cannot be opened is an error, never "no factor".
func (f *Factors) readKey(c records.Credential) (key totpKey, err error) {
	if err = json.Unmarshal(c.Data, &key); err != nil {
		return key, fmt.Errorf("factors: %v is damaged: %w", c, err)
	}
	secret, err := f.sealer.Open(key.Secret, sealContext(c)...)
	if err != nil {
		return key, fmt.Errorf("factors: %v: %w", c, err)
	}
	key.secret = string(secret)
	return key, nil
}

// withKey returns c with key in it, sealed with the current key of the ring.
func (f *Factors) withKey(c records.Credential, key totpKey) (records.Credential, error) {
	if key.Secret == "" || !f.sealer.IsCurrent(key.Secret, sealContext(c)...) {
		key.Secret = f.sealer.Seal(secrets.Secret(key.secret), sealContext(c)...)
	}
	var err error
	c.Data, err = json.Marshal(key)
	return c, err
}

// swapKey writes key into c, and reports whether c was still as it was read.
func (f *Factors) swapKey(ctx context.Context, c records.Credential, key totpKey) (swapped bool, err error) {
	after, err := f.withKey(following(c), key)
	if err != nil {
		return false, err
	}
	return f.store.SwapCredential(ctx, c, after)
}

// following returns what is to take the place of c, with nothing changed yet.
func following(c records.Credential) records.Credential {
	c.Rev++
	c.Change = records.NewCredentialID()
	return c
}

// keysOf returns the confirmed keys of u, oldest first, opened or not.
func (f *Factors) keysOf(ctx context.Context, u *user.User) ([]records.Credential, error) {
	all, err := f.store.CredentialsOf(ctx, u.ID, totpKind)
	return slices.DeleteFunc(all, func(c records.Credential) bool {
		return c.Key == newKey(u.ID) || !f.isValid(u, c)
	}), err
}

// isValid reports whether c belongs to u as the account is now, and has not expired.
func (f *Factors) isValid(u *user.User, c records.Credential) bool {
	return c.UserID == u.ID && c.OwnerVersion == u.OwnerVersion && (c.ExpiresAt.IsZero() || f.now().Before(c.ExpiresAt))
}

// stored runs calls of the store within the budget of the request.
func (f *Factors) stored(ctx context.Context, call func(context.Context) error) error {
	return routes.CallStore(ctx, call)
}
