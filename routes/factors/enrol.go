package factors

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const (
	// secretBytes is the length of a key, the one of SHA-1's output (RFC 4226, section 4).
	secretBytes = 20
	// confirmTime is how long a new key waits for its first code, confirmTries how many
	// wrong codes it takes.
	confirmTime  = 10 * time.Minute
	confirmTries = 5
	defaultName  = "Authenticator"
)

var secretText = base32.StdEncoding.WithPadding(base32.NoPadding)

// totpEnrolled is a new key as its owner sees it, once.
type totpEnrolled struct {
	ID        string    `json:"id"`
	Secret    string    `json:"secret"`
	URI       string    `json:"uri"`
	QR        string    `json:"qr"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (o own) enrolRoute() routes.Route {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	return routes.Route{Method: http.MethodPost, Path: "/factors/totp", Operation: "enrol_totp", Guard: o.change, Doc: routes.Doc{
		Summary: "Set up an authenticator app",
		Description: "The key is not in force before a code of it has confirmed it, within ten minutes. A user has one unconfirmed key at most: " +
			"a new one replaces it. `qr` is a picture of `uri`.",
		Body: &routes.Body{Name: "EnrolTOTPRequest", Fields: []routes.Field{
			{Name: nameField, Nullable: true, Example: "Phone", Description: "1 to 64 characters. Defaults to Authenticator."},
		}},
		Successes: []routes.Success{{Status: http.StatusCreated, Description: "The key, shown this once.", Body: totpEnrolled{
			"7Q3V9X0A2BCD4EFGHJKMNPQRST", secret, keyURI(o.config.Issuer, "king.arthur@camelot.bt", secret),
			"data:image/png;base64,iVBORw0KGgo=", time.Date(2026, 1, 1, 12, 10, 0, 0, time.UTC),
		}}},
		Refusals: []routes.Refused{*errLimit},
		Vetoed:   o.vetoes(),
	}}
}

// enrol is POST /factors/totp.
func (o own) enrol(c *gin.Context) error {
	u, _, err := o.who(c)
	if err != nil {
		return err
	}
	in, err := o.routes.Input(c)
	if err != nil {
		return err
	}
	name := in.Name(nameField, defaultName)
	if err := in.Err(); err != nil {
		return err
	}
	ctx := c.Request.Context()
	if err := o.vetoed(ctx, u, user.CredentialChange{Kind: totpKind, Name: name}); err != nil {
		return err
	}
	random := make([]byte, secretBytes)
	rand.Read(random) // never fails: it ends the process instead
	secret := secretText.EncodeToString(random)
	var made records.Credential
	err = o.stored(ctx, func(ctx context.Context) (err error) {
		made, err = o.begin(ctx, u, name, secret)
		return err
	})
	if errors.Is(err, errLimit) {
		return errLimit
	}
	if err != nil {
		return err
	}
	uri := keyURI(o.config.Issuer, u.Email, secret)
	qr, err := o.draw(uri)
	if err != nil {
		return err
	}
	return routes.JSON(c, http.StatusCreated, totpEnrolled{made.ID, secret, uri, qr, made.ExpiresAt})
}

// begin stores a key that is not confirmed yet, in the place of an earlier one.
func (f *Factors) begin(ctx context.Context, u *user.User, name, secret string) (records.Credential, error) {
	confirmed, err := f.keysOf(ctx, u)
	if err != nil {
		return records.Credential{}, err
	}
	if len(confirmed) >= maxKeys {
		return records.Credential{}, errLimit
	}
	now := f.now()
	for range tries {
		before, err := f.store.CredentialByKey(ctx, totpKind, newKey(u.ID))
		if errors.Is(err, user.ErrNotFound) {
			made, err := f.withKey(records.Credential{
				ID: records.NewCredentialID(), UserID: u.ID, Kind: totpKind, Key: newKey(u.ID), Name: name,
				OwnerVersion: u.OwnerVersion, Rev: 1, CreatedAt: now, ExpiresAt: now.Add(confirmTime),
			}, totpKey{secret: secret})
			if err != nil {
				return made, err
			}
			if err = f.store.CreateCredential(ctx, made); errors.Is(err, user.ErrExists) {
				continue
			}
			return made, err
		}
		if err != nil {
			return before, err
		}
		after := following(before)
		after.Name, after.OwnerVersion, after.ExpiresAt = name, u.OwnerVersion, now.Add(confirmTime)
		if after, err = f.withKey(after, totpKey{secret: secret}); err != nil {
			return after, err
		}
		if swapped, err := f.store.SwapCredential(ctx, before, after); err != nil || swapped {
			return after, err
		}
	}
	return records.Credential{}, errContended
}
