package user

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/roles"
	"github.com/ginauth/ginauth/user/username"
)

// Policy are an application's choices that are stricter than what clients of FastAPI
// Users know; the page docs/full-bar.md says what each changes on the wire. The zero
// value has none of them.
type Policy struct {
	// ConcealRegistration hides from clients of POST /register who has an account: the
	// answer is 202 and null for new and taken addresses alike, and the owner of the
	// address gets a mail, to verify it or to say that there is an account already.
	// AfterRegister runs off the request then, and in groups that require verification an
	// unverified user's login is LOGIN_BAD_CREDENTIALS. It needs a mail hook for
	// [MailVerify] and [MailInUse]. Defaults to false.
	ConcealRegistration bool
	// RequireCurrentPassword makes PATCH /me demand the field current_password with a new
	// password or a new address; a missing or wrong one is
	// UPDATE_USER_BAD_CURRENT_PASSWORD and is limited as a failed login. Users without a
	// password set their first one by a reset. Defaults to false.
	RequireCurrentPassword bool
	// ConfirmEmailChange makes a new address in PATCH /me wait until POST /confirm-email,
	// in the verify group, gets the token mailed to it; the old one is notified. The
	// answer does not show whether the new one is taken. It needs a mail hook for
	// [MailConfirmEmail], [MailEmailChange], [MailEmailChanged] and [MailInUse]. Defaults
	// to false.
	ConfirmEmailChange bool
	// ResetOnlyAdministration lets superusers set no other user's password: a password
	// in PATCH /:id is UPDATE_USER_PASSWORD_RESET_ONLY, and POST /:id/forgot-password
	// sends the user a reset mail. Defaults to false.
	ResetOnlyAdministration bool
	// KeepOneSuperuser refuses to demote, deactivate, ban or delete the last active
	// superuser. Defaults to false.
	KeepOneSuperuser bool
	// TellBanned answers the login of a banned user who has proved the identity
	// LOGIN_BANNED. Defaults to false: LOGIN_BAD_CREDENTIALS.
	TellBanned bool
	// Registration is who can make an account. With [RegistrationByInvitation] a
	// registration without an invitation, and a first sign-in through OAuth or by mail of
	// an address that is not invited, are INVITATION_REQUIRED; see package
	// routes/invitations. With [RegistrationClosed] there is no POST /register, and first
	// sign-ins are LOGIN_BAD_CREDENTIALS. Defaults to [RegistrationOpen].
	Registration RegistrationMode
	// AllowedDomains are the domains of the addresses that can make an account, in lower
	// case and ASCII form; others are REGISTER_DOMAIN_NOT_ALLOWED. Subdomains are domains
	// of their own. Defaults to all.
	AllowedDomains []string
	// Usernames gives users names beside their addresses, to log in with: the field
	// username of POST /register, PATCH /me and PATCH /:id, and of the JSON form of users.
	// The store must be a [UsernameStore] and a [records.PendingStore]. With ConcealRegistration
	// POST /register does not read the field: users choose their names afterwards.
	// Defaults to none.
	Usernames *username.Rules
}

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
	if _, ok := records.As[records.InvitationStore](store); p.Registration == RegistrationByInvitation && store != nil && !ok {
		problems = append(problems, errors.New("Registration is InvitationOnly, but the Store implements no records.InvitationStore"))
	}
	for _, domain := range p.AllowedDomains {
		if email, err := email.Parse("x@" + domain); err != nil || email.Key != "x@"+domain {
			problems = append(problems, errors.New("AllowedDomains has "+strings.ToValidUTF8(domain, "?")+", want domains in lower case and ASCII form, without @"))
		}
	}
	return errors.Join(problems...)
}

// UseInvitations lets users register with invitations of the store. Of the roles of an
// invitation the new user gets those that are among roles. Packages that make invitations
// call it, when the store is ready, before the first request. Panics if the store is no
// [records.InvitationStore].
func (m *Manager) UseInvitations(roles ...string) {
	store, ok := records.As[records.InvitationStore](m.store)
	if !ok {
		panic("user: UseInvitations needs a store that implements records.InvitationStore")
	}
	m.invitations, m.invitedRoles = store, slices.Clone(roles)
}

// rolesOf returns the roles that an invitation gives now: those that the application still
// gives so, and none if the user who made the invitation is no superuser any more.
func (m *Manager) rolesOf(ctx context.Context, i *records.Invitation) ([]string, error) {
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
func (m *Manager) AllowsDomain(email email.Email) error {
	if len(m.policy.AllowedDomains) > 0 && !slices.Contains(m.policy.AllowedDomains, email.Domain()) {
		return ErrDomainNotAllowed
	}
	return nil
}

// MaySignUp reports whether an address that no user has, and whose owner is there, can make
// an account without a registration, as by a first login by mail.
func (m *Manager) MaySignUp(ctx context.Context, email email.Email) (bool, error) {
	_, err := m.admitSignUp(ctx, email, true)
	switch {
	case errors.Is(err, ErrBadCredentials), errors.Is(err, ErrInvitationRequired), errors.Is(err, ErrDomainNotAllowed):
		return false, nil
	}
	return err == nil, err
}

// admitSignUp decides on an account that is made by a first sign-in, and returns the
// invitation of the address if proven says that its owner is there; nil for none.
func (m *Manager) admitSignUp(ctx context.Context, email email.Email, proven bool) (*records.Invitation, error) {
	if m.policy.Registration == RegistrationClosed {
		return nil, ErrBadCredentials
	}
	if err := m.AllowsDomain(email); err != nil {
		return nil, err
	}
	var found *records.Invitation
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
func (m *Manager) invitationTo(ctx context.Context, email email.Email) (*records.Invitation, error) {
	found, err := records.StoreCall(ctx, func(ctx context.Context) (records.Invitation, error) {
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

// takeInvitation uses up the invitation of u and gives u its roles; of several callers one
// succeeds. It comes last before the account is stored, and decides: a process that is
// killed in between has used it up, and the user is invited again.
func (m *Manager) takeInvitation(ctx context.Context, i *records.Invitation, u *User) (used Event, err error) {
	if u.Roles, err = m.rolesOf(ctx, i); err != nil {
		return used, err
	}
	used = Event{Kind: EventInvitationUsed, User: u.ID, Note: map[string]string{"credential": i.ID}}
	if err := m.Require(ctx, &used); err != nil {
		return used, err
	}
	taken, err := records.StoreCall(ctx, func(ctx context.Context) (bool, error) {
		return m.invitations.TakeInvitation(ctx, i.EmailKey, i.Token, m.time())
	})
	if err == nil && !taken {
		err = ErrBadInvitation
	}
	return used, err
}
