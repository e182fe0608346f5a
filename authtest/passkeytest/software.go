package passkeytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/descope/virtualwebauthn"
)

// Option is a choice of [NewAuthenticator].
type Option func(*software)

// WithoutUserVerification makes an authenticator that has neither PIN nor fingerprint.
func WithoutUserVerification() Option {
	return func(s *software) { s.device.Options.UserNotVerified = true }
}

// Synchronised makes an authenticator whose passkeys are on several devices.
func Synchronised() Option {
	return func(s *software) { s.device.Options.BackupEligible, s.device.Options.BackupState = true, true }
}

// NewAuthenticator returns an authenticator in software that holds one passkey, in a
// browser at a page of origin. It verifies its user, and its passkey is on one device,
// where the options do not say otherwise. It is safe for concurrent use.
func NewAuthenticator(origin string, options ...Option) Authenticator {
	s := &software{origin: origin, device: virtualwebauthn.NewAuthenticator()}
	for _, option := range options {
		option(s)
	}
	return s
}

// software is an [Authenticator] by virtualwebauthn.
type software struct {
	origin string

	mu     sync.Mutex
	device virtualwebauthn.Authenticator
	key    *virtualwebauthn.Credential // nil before the first registration
}

// Create implements [Authenticator]. A second call replaces the passkey.
func (s *software) Create(options json.RawMessage) (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	parsed, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		return nil, fmt.Errorf("passkeytest: options of a passkey: %w", err)
	}
	key := newKey()
	s.key, s.device.Options.UserHandle = &key, []byte(parsed.UserID)
	return json.RawMessage(virtualwebauthn.CreateAttestationResponse(s.party(parsed.RelyingPartyID), s.device, key, *parsed)), nil
}

// Get implements [Authenticator].
func (s *software) Get(options json.RawMessage) (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key == nil {
		return nil, errors.New("passkeytest: the authenticator has no passkey")
	}
	parsed, err := virtualwebauthn.ParseAssertionOptions(string(options))
	if err != nil {
		return nil, fmt.Errorf("passkeytest: options of a login: %w", err)
	}
	s.key.Counter++
	return json.RawMessage(virtualwebauthn.CreateAssertionResponse(s.party(parsed.RelyingPartyID), s.device, *s.key, *parsed)), nil
}

func (s *software) party(id string) virtualwebauthn.RelyingParty {
	return virtualwebauthn.RelyingParty{ID: id, Name: id, Origin: s.origin}
}

// encodedKey is the length of a P-256 key with both coordinates in full. The library
// leaves leading zeros out, which is not how keys are encoded.
const encodedKey = 77

func newKey() virtualwebauthn.Credential {
	for {
		if key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(key.Key.AttestationData()) == encodedKey {
			return key
		}
	}
}
