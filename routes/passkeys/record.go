package passkeys

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const (
	passkeyKind = records.CredentialKind("passkey")
	handleKind  = records.CredentialKind("handle")
	handleBytes = 64
	// maxCredentialID is the longest credential ID (WebAuthn level 3, section 7.1), and
	// maxPublicKey that of an RSA key of 8192 bits, which is more than any authenticator has.
	maxCredentialID = 1023
	maxPublicKey    = 1200
)

// passkey is what is stored of one passkey: the credential record of WebAuthn level 3,
// section 4, without the members that are not used. None of it is secret.
type passkey struct {
	PublicKey      []byte   `json:"public_key"`
	Handle         []byte   `json:"handle"`
	AAGUID         []byte   `json:"aaguid"`
	SignCount      uint32   `json:"sign_count"`
	Transports     []string `json:"transports"`
	UVInitialized  bool     `json:"uv_initialized"`
	BackupEligible bool     `json:"backup_eligible"`
	BackupState    bool     `json:"backup_state"`
	Attestation    string   `json:"attestation_format"`
}

// held is a passkey and the credential it is stored as.
type held struct {
	records.Credential
	passkey
}

func read(c records.Credential) (held, error) {
	h := held{Credential: c}
	if err := json.Unmarshal(c.Data, &h.passkey); err != nil {
		return h, fmt.Errorf("passkeys: %v is damaged: %w", c, err)
	}
	return h, nil
}

// following returns the credential that replaces h, with its passkey encoded.
func (h held) following() (records.Credential, error) {
	c := h.Credential
	c.Rev++
	c.Change = records.NewCredentialID()
	var err error
	c.Data, err = json.Marshal(h.passkey)
	return c, err
}

// keyOf is what a credential is looked up by, and its ID on the wire.
func keyOf(credentialID []byte) string { return base64.RawURLEncoding.EncodeToString(credentialID) }

// library returns h as the library knows it.
func (h held) library() (webauthn.Credential, error) {
	id, err := base64.RawURLEncoding.DecodeString(h.Key)
	if err != nil {
		return webauthn.Credential{}, fmt.Errorf("passkeys: %v is damaged: %w", h.Credential, err)
	}
	transports := make([]protocol.AuthenticatorTransport, len(h.Transports))
	for i, one := range h.Transports {
		transports[i] = protocol.AuthenticatorTransport(one)
	}
	return webauthn.Credential{
		ID: id, PublicKey: h.PublicKey, AttestationFormat: h.Attestation, Transport: transports,
		Flags:         webauthn.CredentialFlags{UserPresent: true, UserVerified: h.UVInitialized, BackupEligible: h.BackupEligible, BackupState: h.BackupState},
		Authenticator: webauthn.Authenticator{AAGUID: h.AAGUID, SignCount: h.SignCount},
	}, nil
}

// isValid reports whether c belongs to u as the account is now.
func isValid(u *user.User, c records.Credential) bool {
	return c.UserID == u.ID && c.OwnerVersion == u.OwnerVersion && c.ExpiresAt.IsZero()
}

// of returns the passkeys of u, oldest first. The caller is within the budget.
func (p *Passkeys) of(ctx context.Context, u *user.User) ([]held, error) {
	all, err := p.store.CredentialsOf(ctx, u.ID, passkeyKind)
	if err != nil {
		return nil, err
	}
	own := make([]held, 0, len(all))
	for _, c := range all {
		if !isValid(u, c) {
			continue
		}
		h, err := read(c)
		if err != nil {
			return nil, err
		}
		own = append(own, h)
	}
	return own, nil
}

// find returns a passkey of u by the ID that clients know, or [user.ErrNotFound].
func (p *Passkeys) find(ctx context.Context, u *user.User, id string) (h held, err error) {
	err = p.stored(ctx, func(ctx context.Context) error {
		all, err := p.of(ctx, u)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(h held) bool { return h.ID == id })
		if at < 0 {
			return user.ErrNotFound
		}
		h = all[at]
		return nil
	})
	return h, err
}

// account is a user as the library knows one.
type account struct {
	handle      []byte
	address     string
	credentials []webauthn.Credential
}

func (a account) WebAuthnID() []byte                         { return a.handle }
func (a account) WebAuthnName() string                       { return a.address }
func (a account) WebAuthnDisplayName() string                { return a.address }
func (a account) WebAuthnCredentials() []webauthn.Credential { return a.credentials }

// handle returns the user handle of u: random, as authenticators show it to others, and
// the same for all passkeys of u. Concurrent first registrations get one handle. The
// handle of a former owner of the account is replaced.
func (p *Passkeys) handle(ctx context.Context, u *user.User) ([]byte, error) {
	for range tries {
		before, err := p.store.CredentialByKey(ctx, handleKind, string(u.ID))
		if err == nil && isValid(u, before) && len(before.Data) == handleBytes {
			return before.Data, nil
		}
		if err != nil && !errors.Is(err, user.ErrNotFound) {
			return nil, err
		}
		random := make([]byte, handleBytes)
		rand.Read(random) // never fails: it ends the process instead
		if errors.Is(err, user.ErrNotFound) {
			err = p.store.CreateCredential(ctx, records.Credential{
				ID: records.NewCredentialID(), UserID: u.ID, Kind: handleKind, Key: string(u.ID), Data: random,
				OwnerVersion: u.OwnerVersion, Rev: 1, CreatedAt: p.now(),
			})
			if errors.Is(err, user.ErrExists) {
				continue
			}
			return random, err
		}
		after := before
		after.Rev, after.Change, after.Data, after.OwnerVersion = before.Rev+1, records.NewCredentialID(), random, u.OwnerVersion
		if swapped, err := p.store.SwapCredential(ctx, before, after); err != nil || swapped {
			return random, err
		}
	}
	return nil, errContended
}
