package passkeys

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// errNotAccepted means that an answer is not accepted. It does not say why, so that a
// client learns nothing.
var errNotAccepted = errors.New("passkeys: the answer is not accepted")

// parse reads an authenticator's answer.
func (p *Passkeys) parse(answer []byte) (*protocol.ParsedCredentialAssertionData, error) {
	parsed, err := guarded(func() (*protocol.ParsedCredentialAssertionData, error) {
		return protocol.ParseCredentialRequestResponseBytes(answer)
	})
	if err == nil && len(parsed.RawID) > maxCredentialID {
		err = errNotAccepted
	}
	if err == nil {
		err = p.checkClientData(parsed.Raw.AssertionResponse.ClientDataJSON)
	}
	return parsed, err
}

// verify verifies an answer by h to a ceremony (WebAuthn level 3, section 7.2), apart from
// the sign count. Whether the user must have been verified is in the sealed ceremony.
func (p *Passkeys) verify(begun ceremony, parsed *protocol.ParsedCredentialAssertionData, h held) error {
	one, err := h.library()
	if err != nil {
		return err
	}
	me := account{handle: h.Handle, credentials: []webauthn.Credential{one}}
	_, err = guarded(func() (*webauthn.Credential, error) {
		if len(begun.Session.UserID) > 0 {
			return p.party.ValidateLogin(me, begun.Session, parsed)
		}
		_, got, err := p.party.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return me, nil }, begun.Session, parsed)
		return got, err
	})
	if err != nil {
		return errNotAccepted
	}
	return nil
}

// note stores the use of h in one conditional write: the sign count, which must rise for
// a passkey of one device, the backup state, and the time. It changes h to what is stored.
func (p *Passkeys) note(ctx context.Context, u *user.User, h held, parsed *protocol.ParsedCredentialAssertionData) error {
	flags, count := parsed.Response.AuthenticatorData.Flags, parsed.Response.AuthenticatorData.Counter
	return p.stored(ctx, func(ctx context.Context) error {
		for range tries {
			stands := count <= h.SignCount && (count != 0 || h.SignCount != 0)
			if stands && !h.BackupEligible {
				p.counterStands(ctx, u, h)
				return errNotAccepted
			}
			used := h
			used.SignCount = max(count, h.SignCount)
			used.LastUsedAt, used.BackupState = p.now(), flags.HasBackupState()
			after, err := used.following()
			if err != nil {
				return err
			}
			swapped, err := p.store.SwapCredential(ctx, h.Credential, after)
			if err != nil {
				return err
			}
			if swapped {
				if stands {
					p.counterStands(ctx, u, h)
				}
				return nil
			}
			again, err := p.store.CredentialByKey(ctx, passkeyKind, h.Key)
			if errors.Is(err, user.ErrNotFound) || err == nil && (again.ID != h.ID || !isValid(u, again)) {
				return errNotAccepted // it has been removed
			}
			if err != nil {
				return err
			}
			initialized := h.UVInitialized
			if h, err = read(again); err != nil {
				return err
			}
			h.UVInitialized = h.UVInitialized || initialized
		}
		return errContended
	})
}

// decoy is verified in place of an unknown passkey, so that both take the same work.
type decoy struct{ publicKey []byte }

// newDecoy returns a key of the kind that most authenticators have, in the form of COSE
// (RFC 9053, section 7.1).
func newDecoy() decoy {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // only if there is no randomness
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err) // only for a point that is not on the curve
	}
	x, y := point[1:33], point[33:]
	return decoy{slices.Concat([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}, x, []byte{0x22, 0x58, 0x20}, y)}
}

// held returns the decoy as the passkey that an answer names.
func (d decoy) held(parsed *protocol.ParsedCredentialAssertionData) held {
	return held{
		records.Credential{Key: keyOf(parsed.RawID)},
		passkey{
			PublicKey: d.publicKey, Handle: parsed.Response.UserHandle, UVInitialized: true,
			BackupEligible: parsed.Response.AuthenticatorData.Flags.HasBackupEligible(),
		},
	}
}
