package user

import (
	"context"
	"crypto/subtle"

	"github.com/ginauth/ginauth/user/roles"
)

// Register creates an account for a person who asks for one: active, not superuser, not
// verified, whatever r says. Errors: [*EmailError], [*password.Error], a [*Refusal] of
// BeforeRegister, [ErrExists], with a user name [*UsernameError] and [ErrUsernameTaken].
//
// With an invitation the user is verified, as its token was in a mail to the address.
// It is used up right before the user is stored. Further errors: [ErrBadInvitation];
// [ErrInvitationRequired] and [ErrDomainNotAllowed] as the [Policy] says, and
// [ErrBadCredentials] if registration is closed.
func (m *Manager) Register(ctx context.Context, r Registration) (*User, error) {
	r, invitation, err := m.clientRegistration(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := m.checkPassword(ctx, r.Password, registering(r)); err != nil {
		return nil, err
	}
	return m.create(ctx, r, invitation)
}

// clientRegistration returns r with everything reset that clients may not choose, and the
// invitation it uses; nil for none.
func (m *Manager) clientRegistration(ctx context.Context, r Registration) (Registration, *Invitation, error) {
	invitation, err := m.admitRegister(ctx, r)
	r.IsInactive, r.IsSuperuser, r.IsVerified, r.Roles = false, false, false, nil
	r.Via, r.Invitation = ViaForm, "" // hooks must not see the token
	if invitation != nil {
		r.IsVerified, r.Via = true, ViaInvitation
	}
	return r, invitation, err
}

// admitRegister applies the [Policy] to a registration and returns the invitation it uses;
// nil for none. It comes before any look-up of an account, so that a refusal does not depend
// on one. A token is checked also if everyone may register, as it verifies the address.
func (m *Manager) admitRegister(ctx context.Context, r Registration) (*Invitation, error) {
	if m.policy.Registration == RegistrationClosed {
		return nil, ErrBadCredentials
	}
	if r.Invitation == "" || m.invitations == nil {
		if m.policy.Registration == RegistrationByInvitation {
			return nil, ErrInvitationRequired
		}
		if len(m.policy.AllowedDomains) == 0 {
			return nil, nil
		}
	}
	email, err := ParseEmail(r.Email)
	if err != nil {
		return nil, err
	}
	if err := m.AllowsDomain(email); err != nil || r.Invitation == "" || m.invitations == nil {
		return nil, err
	}
	found, err := m.invitationTo(ctx, email)
	if err != nil {
		return nil, err
	}
	if found == nil || subtle.ConstantTimeCompare([]byte(found.Token), []byte(HashToken(string(r.Invitation)))) != 1 {
		return nil, ErrBadInvitation
	}
	return found, nil
}

// Create creates an account for a program: with the flags and roles of r, and without a
// password if r has none. Otherwise it is as [Manager.Register]; for
// a role that is not declared it returns [roles.ErrUnknown].
func (m *Manager) Create(ctx context.Context, r Registration) (*User, error) {
	if err := m.roles.Check(r.Roles); err != nil {
		return nil, err
	}
	r.Via, r.Invitation = ViaAdmin, ""
	if r.Password != "" {
		if err := m.checkPassword(ctx, r.Password, registering(r)); err != nil {
			return nil, err
		}
	}
	return m.create(ctx, r, nil)
}

// create stores a new user. An invitation that is not nil is used up by it.
func (m *Manager) create(ctx context.Context, r Registration, invitation *Invitation) (*User, error) {
	email, err := ParseEmail(r.Email)
	if err != nil {
		return nil, err
	}
	name, err := m.parseUsername(r.Username)
	if err != nil {
		return nil, err
	}
	if r, err = m.beforeRegister(ctx, r); err != nil {
		return nil, err
	}
	u, err := m.createOnce(ctx, r, email, name, invitation)
	if err != nil {
		return nil, err
	}
	m.Registered(ctx, u)
	return u, nil
}

// createOnce stores a new user, unless the address or the name is taken. Concurrent
// registrations of one address wait for each other, so that a crowd of them does not hash a
// password each; between instances the store decides.
func (m *Manager) createOnce(ctx context.Context, r Registration, email Email, name Username, invitation *Invitation) (*User, error) {
	leave, err := m.registrations.LockWithin(ctx, m.patience, email.Key)
	if err != nil {
		return nil, err
	}
	defer leave()
	taken, err := m.taken(ctx, email.Key, "")
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, ErrExists
	}
	if err := m.usernameFree(ctx, name.Key, ""); err != nil {
		return nil, err
	}
	u := m.newUser(r, email)
	u.Username, u.UsernameKey = name.Name, name.Key
	if r.Password != "" {
		if u.HashedPassword, err = m.hasher.Hash(ctx, string(r.Password)); err != nil {
			return nil, err
		}
	}
	return u, m.insertRegistered(ctx, u, Event{Kind: EventRegistered}, invitation, m.insert)
}

// insertRegistered stores a new user by write, which may set u.ID, uses up an invitation
// that is not nil, and emits e.
func (m *Manager) insertRegistered(ctx context.Context, u *User, e Event, invitation *Invitation, write func(context.Context, *User) error) error {
	e.User = u.ID
	if err := m.Require(ctx, &e); err != nil {
		return err
	}
	used, err := m.takeInvitation(ctx, invitation, u)
	if err != nil {
		return err
	}
	if err := write(ctx, u); err != nil {
		return err
	}
	m.Show(u) // in the form of later reads
	e.User = u.ID
	m.Emit(ctx, e)
	m.invitationUsed(ctx, used, u)
	return nil
}

// beforeRegister returns r after the hook. Of the hook's changes only those of the profile
// are used, in the form the store keeps.
func (m *Manager) beforeRegister(ctx context.Context, r Registration) (_ Registration, err error) {
	fields := m.store.ProfileType() // nil if the application has no fields of its own
	if r.Profile == nil {
		r.Profile = fields.New()
	}
	if m.hooks.BeforeRegister != nil {
		seen := r
		seen.Password = ""
		if err := before("BeforeRegister", func() error { return m.hooks.BeforeRegister(ctx, &seen) }); err != nil {
			return r, err
		}
		r.Profile = seen.Profile
	}
	if fields != nil {
		r.Profile, err = m.keepProfile(r.Profile, fields.Keys())
	}
	return r, err
}

// newUser returns the user of a registration, without a password and not stored yet.
func (m *Manager) newUser(r Registration, email Email) *User {
	now := m.time()
	return &User{
		ID:          m.store.NewID(),
		Email:       email.Address,
		EmailKey:    email.Key,
		IsActive:    !r.IsInactive,
		IsSuperuser: r.IsSuperuser,
		IsVerified:  r.IsVerified,
		Roles:       roles.Sorted(r.Roles),
		CreatedAt:   now,
		UpdatedAt:   now,
		Profile:     r.Profile,
	}
}
