package user

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/ginauth/ginauth/user/roles"
)

// RegistrationMode says who can register.
type RegistrationMode int

// The modes of registration. None of them concerns [Manager.Create] and
// [Manager.EnsureSuperuser].
const (
	// RegistrationOpen lets everyone register.
	RegistrationOpen RegistrationMode = iota
	// RegistrationByInvitation requires an invitation to the address.
	RegistrationByInvitation
	// RegistrationClosed refuses all registrations.
	RegistrationClosed
)

// checkRegistration returns what is wrong with the policy's registration.
func (p Policy) checkRegistration(store Store) error {
	var problems []error
	if p.Registration < RegistrationOpen || p.Registration > RegistrationClosed {
		problems = append(problems, errors.New("Registration is no mode of registration"))
	}
	if _, ok := As[InvitationStore](store); p.Registration == RegistrationByInvitation && store != nil && !ok {
		problems = append(problems, errors.New("Registration is InvitationOnly, but the Store implements no user.InvitationStore"))
	}
	for _, domain := range p.AllowedDomains {
		if email, err := ParseEmail("x@" + domain); err != nil || email.Key != "x@"+domain {
			problems = append(problems, errors.New("AllowedDomains has "+strings.ToValidUTF8(domain, "?")+", want domains in lower case and ASCII form, without @"))
		}
	}
	return errors.Join(problems...)
}

// UseInvitations lets users register with invitations of the store. Of the roles of an
// invitation the new user gets those that are among roles. Packages that make invitations
// call it, when the store is ready, before the first request. Panics if the store is no
// [InvitationStore].
func (m *Manager) UseInvitations(roles ...string) {
	store, ok := As[InvitationStore](m.store)
	if !ok {
		panic("user: UseInvitations needs a store that implements user.InvitationStore")
	}
	m.invitations, m.invitedRoles = store, slices.Clone(roles)
}

// rolesOf returns the roles that an invitation gives now: those that the application still
// gives so, and none if the user who made the invitation is no superuser any more.
func (m *Manager) rolesOf(ctx context.Context, i *Invitation) ([]string, error) {
	if i == nil {
		return nil, nil
	}
	given := slices.DeleteFunc(slices.Clone(i.Roles), func(role string) bool { return !slices.Contains(m.invitedRoles, role) })
	if len(given) == 0 {
		return nil, nil
	}
	inviter, err := m.ByID(ctx, i.InvitedBy)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case !inviter.IsSuperuser || inviter.Barred(m.time()):
		return nil, nil
	}
	return roles.Sorted(given), nil
}

// TakesInvitations reports whether users can register with invitations.
func (m *Manager) TakesInvitations() bool { return m.invitations != nil }

// AllowsDomain returns [ErrDomainNotAllowed] where an address may not make an account
// because of its domain.
func (m *Manager) AllowsDomain(email Email) error {
	_, domain, _ := cutEmail(email.Key)
	if len(m.policy.AllowedDomains) > 0 && !slices.Contains(m.policy.AllowedDomains, domain) {
		return ErrDomainNotAllowed
	}
	return nil
}

// MaySignUp reports whether an address that no user has, and whose owner is there, can make
// an account without a registration, as by a first login by mail.
func (m *Manager) MaySignUp(ctx context.Context, email Email) (bool, error) {
	_, err := m.admitSignUp(ctx, email, true)
	switch {
	case errors.Is(err, ErrBadCredentials), errors.Is(err, ErrInvitationRequired), errors.Is(err, ErrDomainNotAllowed):
		return false, nil
	}
	return err == nil, err
}

// admitSignUp decides on an account that is made by a first sign-in, and returns the
// invitation of the address if proven says that its owner is there; nil for none.
func (m *Manager) admitSignUp(ctx context.Context, email Email, proven bool) (*Invitation, error) {
	if m.policy.Registration == RegistrationClosed {
		return nil, ErrBadCredentials
	}
	if err := m.AllowsDomain(email); err != nil {
		return nil, err
	}
	var found *Invitation
	if proven && m.invitations != nil {
		var err error
		if found, err = m.invitationTo(ctx, email); err != nil {
			return nil, err
		}
	}
	if found == nil && m.policy.Registration == RegistrationByInvitation {
		return nil, ErrInvitationRequired
	}
	return found, nil
}

// invitationTo returns the living invitation of an address, nil for none.
func (m *Manager) invitationTo(ctx context.Context, email Email) (*Invitation, error) {
	found, err := StoreCall(ctx, func(ctx context.Context) (Invitation, error) {
		return m.invitations.InvitationTo(ctx, email.Key, m.time())
	})
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &found, nil
}

// takeInvitation uses up the invitation of u, if there is one, and gives u its roles; of
// several callers one succeeds. It comes last before the account is stored, and decides: a
// process that is killed in between has used it up, and the user is invited again.
func (m *Manager) takeInvitation(ctx context.Context, i *Invitation, u *User) (used Event, err error) {
	if i == nil {
		return used, nil
	}
	if u.Roles, err = m.rolesOf(ctx, i); err != nil {
		return used, err
	}
	used = Event{Kind: EventInvitationUsed, User: u.ID, Note: map[string]string{"credential": i.ID}}
	if err := m.Require(ctx, &used); err != nil {
		return used, err
	}
	taken, err := StoreCall(ctx, func(ctx context.Context) (bool, error) {
		return m.invitations.TakeInvitation(ctx, i.EmailKey, i.Token, m.time())
	})
	if err == nil && !taken {
		err = ErrBadInvitation
	}
	return used, err
}

// invitationUsed emits that an invitation, if there was one, has made the account of u.
func (m *Manager) invitationUsed(ctx context.Context, used Event, u *User) {
	if used.Kind != "" {
		used.User = u.ID
		m.Emit(ctx, used)
	}
}
