package passkeys

import (
	"context"
	"errors"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const factorName = "passkey"

// factor is passkeys as a second factor. User presence is enough: the first factor has
// identified the user.
type factor struct{ *Passkeys }

var (
	_ routes.OptionsFactor   = factor{}
	_ routes.StandingFactor  = factor{}
	_ routes.DescribedFactor = factor{}
)

// Name implements [user.Factor].
func (factor) Name() string { return factorName }

// Usable implements [user.Factor].
func (f factor) Usable(ctx context.Context, u *user.User) (bool, error) {
	all, err := f.of(ctx, u)
	return len(all) > 0, err
}

// Stands implements [routes.StandingFactor].
func (f factor) Stands(ctx context.Context, u *user.User) (bool, error) {
	if !f.config.AsSecondFactor {
		return false, nil
	}
	return f.Usable(ctx, u)
}

// Options implements [routes.OptionsFactor]. The user is known by the first factor, so the
// options may name the passkeys.
func (f factor) Options(ctx context.Context, u *user.User, login string) (any, error) {
	me, all, err := f.account(ctx, u)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, user.ErrBadFactor
	}
	assertion, session, err := f.party.BeginLogin(me,
		webauthn.WithUserVerification(protocol.VerificationPreferred),
		webauthn.WithLoginAuthorizeUVInitialization(login != ""))
	if err != nil {
		return nil, err
	}
	begun := ceremony{User: u.ID, Login: login, Session: *session}
	// Hashes, as 20 credential IDs may not fit into maxCeremony.
	for _, h := range all {
		begun.Allowed = append(begun.Allowed, shortHash(h.Key))
	}
	begun.Session.AllowedCredentialIDs = nil
	sealed, err := f.seal(kindOf(login), begun)
	if err != nil {
		return nil, err
	}
	return requestOf(sealed, assertion.Response), nil
}

// kindOf returns what a ceremony is for that is begun with that login token.
func kindOf(login string) kind {
	if login == "" {
		return reproving
	}
	return asFactor
}

func shortHash(key string) string { return records.HashToken(key)[:16] }

// Check implements [user.Factor].
func (f factor) Check(ctx context.Context, u *user.User, a user.Answer) ([]user.Method, error) {
	begun, err := f.open(kindOf(a.Login), a.Ceremony)
	if err == nil && (begun.User != u.ID || begun.Login != a.Login) {
		err = errBadCeremony
	}
	if err == nil {
		err = f.use(ctx, begun)
	}
	if errors.Is(err, errBadCeremony) {
		return nil, user.ErrBadFactor
	}
	if err != nil {
		return nil, err
	}
	methods, err := f.answered(ctx, u, begun, a.Credential)
	if errors.Is(err, errNotAccepted) || errors.Is(err, user.ErrNotFound) {
		err = user.ErrBadFactor
	}
	return methods, err
}

// answered verifies the answer to a ceremony of u and returns what it proves.
func (f factor) answered(ctx context.Context, u *user.User, begun ceremony, answer []byte) ([]user.Method, error) {
	parsed, err := f.parse(answer)
	if err != nil {
		return nil, errNotAccepted
	}
	key := keyOf(parsed.RawID)
	if !slices.Contains(begun.Allowed, shortHash(key)) {
		return nil, errNotAccepted
	}
	c, err := f.store.CredentialByKey(ctx, passkeyKind, key)
	if err != nil {
		return nil, err
	}
	if !isValid(u, c) {
		return nil, errNotAccepted
	}
	h, err := read(c)
	if err != nil {
		return nil, err
	}
	if err := f.verify(begun, parsed, h); err != nil {
		return nil, err
	}
	verified := parsed.Response.AuthenticatorData.Flags.HasUserVerified()
	// The user has just been authenticated by another factor, so the authenticator's first
	// verification of its user may be accepted (section 7.2, step 24).
	h.UVInitialized = h.UVInitialized || verified && begun.Session.AuthorizeUVInitialization
	if err := f.note(ctx, u, h, parsed); err != nil {
		return nil, err
	}
	if verified && h.UVInitialized {
		return []user.Method{user.MethodPasskey, user.MethodUserVerified}, nil
	}
	return []user.Method{user.MethodPasskey}, nil
}

// SampleOptions implements [routes.DescribedFactor].
func (f factor) SampleOptions() any {
	return f.sampleRequest("preferred", publicKeyCredentialDescriptorJSON{"public-key", sampleID, []string{"internal"}})
}

// SampleCredential implements [routes.DescribedFactor].
func (factor) SampleCredential() any { return authenticationResponseJSON{} }
