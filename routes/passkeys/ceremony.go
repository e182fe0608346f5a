package passkeys

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// kind is the purpose of a ceremony; one begun for a purpose cannot be completed for
// another.
type kind string

const (
	registering   kind = "register"
	loggingIn     kind = "login"
	asFactor      kind = "factor"
	reproving     kind = "reauth"
	maxCeremony        = 8 << 10 // bytes
	ceremonyBytes      = 16
)

// ceremony is what the server has to remember between the two halves of a ceremony. The
// client keeps it, sealed, so that clients who are not logged in cannot fill the store.
type ceremony struct {
	ID      []byte               `json:"i"`
	Expires time.Time            `json:"e"`
	Session webauthn.SessionData `json:"s"`
	// User is the user who began it; empty in a login.
	User user.ID `json:"u,omitempty"`
	// Browser is the hash of the cookie of the browser that began a login; empty where
	// no browser did.
	Browser string `json:"b,omitempty"`
	// Login is the hash of the login token that is answered.
	Login string `json:"f,omitempty"`
	// Allowed are short hashes of the credentials that may answer; none where any may.
	Allowed []string `json:"a,omitempty"`
}

// errBadCeremony means that a ceremony is unknown, expired, used, or of another user.
var errBadCeremony = errors.New("passkeys: the ceremony is unknown, expired, used or another user's")

func sealContext(k kind) []string { return []string{"ceremony", string(k)} }

// seal returns c as the client keeps it.
func (p *Passkeys) seal(k kind, c ceremony) (string, error) {
	c.ID = make([]byte, ceremonyBytes)
	rand.Read(c.ID) // never fails: it ends the process instead
	c.Expires = p.now().Add(ceremonyTime)
	c.Session.Expires = time.Time{}
	text, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("passkeys: encode ceremony: %w", err)
	}
	return p.sealer.Seal(secrets.Secret(text), sealContext(k)...), nil
}

// open returns the ceremony that was sealed. It does not check whether it was used.
func (p *Passkeys) open(k kind, sealed string) (c ceremony, err error) {
	if len(sealed) > maxCeremony {
		return c, errBadCeremony
	}
	text, err := p.sealer.Open(sealed, sealContext(k)...)
	if err != nil {
		return c, errBadCeremony
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil { // sealed by another version
		return c, errBadCeremony
	}
	if !p.now().Before(c.Expires) || c.Expires.Before(p.routes.Manager().TokensValidFrom().Add(ceremonyTime)) {
		return c, errBadCeremony
	}
	return c, nil
}

// skew is how much the clocks of instances may differ: the note of a use is kept longer
// than any of them accepts the ceremony.
const skew = 5 * time.Minute

// use marks c as used, before anything is verified: of any number of answers to one
// ceremony, over all instances, one is looked at.
func (p *Passkeys) use(ctx context.Context, c ceremony) error {
	err := p.stored(ctx, func(ctx context.Context) error {
		return p.used.Use(ctx, "wc:"+base64.RawURLEncoding.EncodeToString(c.ID), c.Expires.Add(skew))
	})
	if errors.Is(err, user.ErrUsed) {
		return errBadCeremony
	}
	return err
}
