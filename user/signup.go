package user

import (
	"context"
	"errors"
	"fmt"

	"github.com/ginauth/ginauth/user/email"
)

// SignUp makes an account without a password for a person who signs in for the first time
// in the way r.Via: active, no superuser, without roles but those of an invitation. Of r it
// uses Email, IsVerified, Via, Profile and OAuth. It is for packages that sign users in.
//
// It does what [Manager.Register] does, in that order: the [Policy] decides, BeforeRegister
// runs, [EventRegistered] is recorded where that is required, an invitation to the address
// is used up, the user is stored, and the event is emitted. An invitation is used, and makes
// the user verified, where the owner of the address is there: at [ViaMail], or where r.OAuth
// says EmailVerified. AfterRegister does not run: call [Manager.Registered] afterwards.
//
// store stores u where that is more than one write; nil for insert alone. It calls insert
// once, and may set u.ID and u.TokenVersion before. A write that took effect although its
// answer was lost is no error of insert. Where store returns an error, SignUp returns it and
// emits nothing: the user must not be there then, or not by this call.
//
// Errors: an [*email.Error]; a [*Refusal]; [ErrInvitationRequired], [ErrDomainNotAllowed]
// and [ErrBadCredentials] as the Policy says; [ErrBadInvitation] if the invitation was used
// meanwhile; [ErrExists] if another user has the address. Whether one has it is not looked
// up before: the caller has not found any.
func (m *Manager) SignUp(ctx context.Context, r Registration, store func(ctx context.Context, u *User, insert func(context.Context) error) error) (*User, error) {
	email, err := email.Parse(r.Email)
	if err != nil {
		return nil, err
	}
	invitation, err := m.admitSignUp(ctx, email, r.ownerIsThere())
	if err != nil {
		return nil, err
	}
	e := Event{Kind: EventRegistered}
	if r.OAuth != nil {
		e.Note = map[string]string{"provider": r.OAuth.Provider}
	}
	r, err = m.beforeRegister(ctx, Registration{
		Email: r.Email, IsVerified: r.IsVerified || invitation != nil, Via: r.Via, Profile: r.Profile, OAuth: r.OAuth,
	}, email)
	if err != nil {
		return nil, err
	}
	write := m.insert
	if store != nil {
		write = func(ctx context.Context, u *User) error {
			return store(ctx, u, func(ctx context.Context) error { return m.insert(ctx, u) })
		}
	}
	u := m.newUser(r, email)
	if err := m.insertRegistered(ctx, u, e, invitation, write); err != nil {
		return nil, err
	}
	return u, nil
}

// ownerIsThere reports whether the person who signs up is the owner of the address.
func (r Registration) ownerIsThere() bool {
	return r.Via == ViaMail || r.OAuth != nil && r.OAuth.EmailVerified
}

// Registered runs AfterRegister for u, whom [Manager.SignUp] has made. Call it once.
func (m *Manager) Registered(ctx context.Context, u *User) {
	m.afterUser(ctx, "AfterRegister", m.hooks.AfterRegister, u)
}

// LockSignIn waits until no other sign-in of this process holds key, such as the name of an
// account at a provider, or until ctx ends. Of concurrent first sign-ins one then makes the
// account, and the others find it. It is no protection: other processes do not wait, and
// the store decides. Call unlock once.
func (m *Manager) LockSignIn(ctx context.Context, key string) (unlock func(), err error) {
	return m.signIns.Lock(ctx, key)
}

// MailProof says that a client has read a mail that was sent to an address.
type MailProof struct {
	// Email is the address.
	Email email.Email
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

// errRaced means that another request was faster; the same steps decide again.
var errRaced = fmt.Errorf("user: lost a race: %w", ErrExists)

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

// claim verifies an unverified account, and gives it to the owner of its address.
func (m *Manager) claim(ctx context.Context, u *User) (*User, error) {
	vouched, err := m.vouched(ctx, u)
	if err != nil {
		return nil, err
	}
	yes := true
	verified := Update{IsVerified: &yes, If: Conditions{TokenVersion: &u.TokenVersion}}
	after, err := m.handOver(ctx, u, verified, vouched, EventVerified)
	if errors.Is(err, ErrNotFound) {
		return nil, errRaced
	}
	if err != nil {
		return nil, err
	}
	m.limits.MailUsed(ctx, string(MailVerify), after.EmailKey)
	m.afterUser(ctx, "AfterVerify", m.hooks.AfterVerify, after)
	return after, nil
}

// signUpMail makes a verified user without password.
func (m *Manager) signUpMail(ctx context.Context, email email.Email) (*User, error) {
	u, err := m.SignUp(ctx, Registration{Email: email.Address, IsVerified: true, Via: ViaMail}, nil)
	switch {
	case errors.Is(err, ErrHook):
		return nil, err
	case errors.Is(err, ErrExists), errors.Is(err, ErrBadInvitation): // registered meanwhile
		return nil, errRaced
	case err != nil:
		return nil, err
	}
	RequestContextOf(ctx).NoteSubject(u)
	m.Registered(ctx, u)
	return u, nil
}
