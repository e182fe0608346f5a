package user

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
)

// MailProof says that a client has read a mail that was sent to an address.
type MailProof struct {
	// Email is the address.
	Email Email
	// User and TokenVersion are of the user who had the address when the mail was sent;
	// empty if there was none.
	User         ID
	TokenVersion int64
	// SignUp makes a new user of an address that no user has.
	SignUp bool
}

// signInTries is how often a sign-in by mail is decided again because the account was
// changed meanwhile.
const signInTries = 3

// errContended says that other requests came in between too often.
var errContended = fmt.Errorf("%w: too many changes at once", ErrUnavailable)

// SignInMail returns the user for a client that has proved to read the mail of an
// address. It issues no token.
//
// An unverified user is verified by it, and first loses the password, all tokens and
// every other way in of the account so far: the person who made it need not be the owner
// of the address. Accounts at providers that vouch for the
// very address stay. One write of the user decides that.
//
// Errors: [ErrBadToken] where the user of the proof is gone, has another address or
// another token version, or no user has the address and the proof allows no sign-up;
// [ErrInactive]; a [*Refusal] of BeforeRegister; [ErrInvitationRequired],
// [ErrDomainNotAllowed] and [ErrBadCredentials] where the [Policy] does not allow the sign-up.
func (m *Manager) SignInMail(ctx context.Context, proof MailProof) (*User, error) {
	for range signInTries {
		u, err := m.signInMail(ctx, proof)
		if !errors.Is(err, errRaced) {
			return u, err
		}
	}
	return nil, errContended
}

func (m *Manager) signInMail(ctx context.Context, proof MailProof) (*User, error) {
	u, err := m.provenUser(ctx, proof)
	switch {
	case errors.Is(err, ErrDamaged):
		return nil, ErrBadToken
	case errors.Is(err, ErrNotFound) && proof.User == "" && proof.SignUp:
		return m.signUpMail(ctx, proof.Email)
	case errors.Is(err, ErrNotFound):
		return nil, ErrBadToken
	case err != nil:
		return nil, err
	}
	RequestContextOf(ctx).NoteSubject(u)
	switch {
	case proof.User != "" && (u.EmailKey != proof.Email.Key || u.TokenVersion != proof.TokenVersion):
		return nil, ErrBadToken
	case u.Banned(m.time()):
		return nil, ErrBanned
	case !u.IsActive:
		return nil, ErrInactive
	case u.IsVerified:
		return u, nil
	}
	return m.claim(ctx, u)
}

// provenUser returns the user that the mail was sent to, or, where there was none, the
// user who has registered with the address since.
func (m *Manager) provenUser(ctx context.Context, proof MailProof) (*User, error) {
	if proof.User != "" {
		return m.ByID(ctx, proof.User)
	}
	return m.byEmail(ctx, proof.Email)
}

// claim gives an unverified account to the owner of its address.
func (m *Manager) claim(ctx context.Context, u *User) (*User, error) {
	events := []Event{{Kind: EventAccountTakenOver, User: u.ID}, {Kind: EventVerified, User: u.ID}}
	if err := m.requireAll(ctx, events); err != nil {
		return nil, err
	}
	vouched, err := m.vouched(ctx, u)
	if err != nil {
		return nil, err
	}
	none, yes, no := "", true, false
	after, err := m.changeOwner(ctx, u, Update{
		HashedPassword: &none, IsVerified: &yes,
		If: Conditions{EmailKey: &u.EmailKey, IsActive: &yes, IsVerified: &no, TokenVersion: &u.TokenVersion},
	})
	if errors.Is(err, ErrNotFound) {
		return nil, errRaced
	}
	if err != nil {
		return nil, err
	}
	m.emitAll(ctx, events)
	m.keep(ctx, after, vouched)
	m.deleteLost(ctx, after)
	m.limits.MailUsed(ctx, string(MailVerify), after.EmailKey)
	m.logger.LogAttrs(ctx, slog.LevelInfo, "ginauth: password, tokens and unproven ways in of an unverified user were dropped",
		slog.String("user", string(u.ID)))
	m.afterUser(ctx, "AfterVerify", m.hooks.AfterVerify, after)
	return after, nil
}

// signUpMail makes a verified user without password.
func (m *Manager) signUpMail(ctx context.Context, email Email) (*User, error) {
	invitation, err := m.admitSignUp(ctx, email, true)
	if err != nil {
		return nil, err
	}
	u, err := m.create(ctx, Registration{Email: email.Address, IsVerified: true, Via: ViaMail}, invitation)
	if errors.Is(err, ErrExists) || errors.Is(err, ErrBadInvitation) { // registered meanwhile
		return nil, errRaced
	}
	if err == nil {
		RequestContextOf(ctx).NoteSubject(u)
	}
	return u, err
}
