package user

import (
	"context"
)

// Register creates an account for a person who asks for one: active, not superuser, not
// verified, whatever r says. Errors: [*EmailError], [*password.Error], a [*Refusal] of
// BeforeRegister, [ErrExists], with a user name [*UsernameError] and [ErrUsernameTaken].
//
// With an invitation the user is verified, as its token was in a mail to the address.
// It is used up right before the user is stored. Further errors: [ErrBadInvitation];
// [ErrInvitationRequired] and [ErrDomainNotAllowed] as the [Policy] says, and
// [ErrBadCredentials] where it lets nobody register.
func (m *Manager) Register(ctx context.Context, r Registration) (*User, error) {
	r, invitation, err := m.ownRegistration(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := m.checkPassword(ctx, r.Password, registering(r)); err != nil {
		return nil, err
	}
	return m.create(ctx, r, invitation)
}

// ownRegistration returns what people can ask for themselves, and their invitation; nil
// for none.
func (m *Manager) ownRegistration(ctx context.Context, r Registration) (Registration, *Invitation, error) {
	invitation, err := m.admitRegister(ctx, r)
	r.IsInactive, r.IsSuperuser, r.IsVerified, r.Roles = false, false, false, nil
	r.Via, r.Invitation = ViaForm, ""
	if invitation != nil {
		r.IsVerified, r.Via = true, ViaInvitation
	}
	return r, invitation, err
}

// Create creates an account as a program wants it: the flags and roles of r count, and an
// empty password makes an account without one. Otherwise it is as [Manager.Register]; for
// a role that is not declared it returns [ErrUnknownRole].
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
	m.afterUser(ctx, "AfterRegister", m.hooks.AfterRegister, u)
	return u, nil
}

// createOnce stores a new user, unless the address or the name is taken.
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
	return u, m.insertRegistered(ctx, u, invitation)
}

// insertRegistered stores a new user, who has used an invitation that is not nil, and
// emits that there is one.
func (m *Manager) insertRegistered(ctx context.Context, u *User, invitation *Invitation) error {
	e := Event{Kind: EventRegistered, User: u.ID}
	if err := m.Require(ctx, &e); err != nil {
		return err
	}
	used, err := m.takeInvitation(ctx, invitation, u)
	if err != nil {
		return err
	}
	if err := m.insert(ctx, u); err != nil {
		return err
	}
	m.Show(u)
	m.Emit(ctx, e)
	m.invitationUsed(ctx, used, u)
	return nil
}

// beforeRegister returns r as the hook leaves it; of its changes only those of the
// profile are used, in the form the store keeps.
func (m *Manager) beforeRegister(ctx context.Context, r Registration) (Registration, error) {
	if r.Profile == nil {
		r.Profile = m.store.ProfileType().New()
	}
	if m.hooks.BeforeRegister != nil {
		seen := withoutPassword(r)
		if err := before("BeforeRegister", func() error { return m.hooks.BeforeRegister(ctx, seen) }); err != nil {
			return r, err
		}
		r.Profile = seen.Profile
	}
	var err error
	r.Profile, err = m.keepProfile(r.Profile, m.store.ProfileType().Keys())
	return r, err
}

func (m *Manager) newUser(r Registration, email Email) *User {
	now := m.time()
	return &User{
		ID:          m.store.NewID(),
		Email:       email.Address,
		EmailKey:    email.Key,
		IsActive:    !r.IsInactive,
		IsSuperuser: r.IsSuperuser,
		IsVerified:  r.IsVerified,
		Roles:       sortedRoles(r.Roles),
		CreatedAt:   now,
		UpdatedAt:   now,
		Profile:     r.Profile,
	}
}

func withoutPassword(r Registration) *Registration {
	r.Password = ""
	return &r
}
