package user

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/roles"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/username"
)

// Register creates an account for a person who asks for one: active, no superuser, and
// verified only with an invitation, whatever r says. It sends no mail. Errors: [*email.Error],
// [*password.Error], a [*Refusal] of BeforeRegister, [ErrExists], with a user name
// [*username.Error] and [ErrUsernameTaken]; [ErrHook], [ErrBusy], [ErrUnavailable].
//
// With an invitation the user is verified, as its token was in a mail to the address.
// It is used up right before the user is stored. Further errors: [ErrBadInvitation];
// [ErrInvitationRequired] and [ErrDomainNotAllowed] as the [Policy] says, and
// [ErrBadCredentials] if registration is closed.
func (m *Manager) Register(ctx context.Context, r Registration) (*User, error) {
	r, invitation, err := m.admitRegister(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := m.checkPassword(ctx, r.Password, registering(r)); err != nil {
		return nil, err
	}
	return m.create(ctx, r, invitation)
}

// admitRegister applies the [Policy] to a registration. It returns r with everything reset
// that clients may not choose, and the invitation it uses; nil for none. It comes before any
// look-up of an account, so that a refusal does not depend on one. A token is checked also
// if everyone may register, as it verifies the address.
func (m *Manager) admitRegister(ctx context.Context, r Registration) (Registration, *records.Invitation, error) {
	token := r.Invitation
	r.IsInactive, r.IsSuperuser, r.IsVerified, r.Roles = false, false, false, nil
	r.Via, r.Invitation = ViaForm, "" // hooks must not see the token
	if m.policy.Registration == RegistrationClosed {
		return r, nil, ErrBadCredentials // the routes are not attached then; OAuth answers a stranger so, too
	}
	invited := token != "" && m.invitations != nil
	if !invited {
		if m.policy.Registration == RegistrationByInvitation {
			return r, nil, ErrInvitationRequired
		}
		if len(m.policy.AllowedDomains) == 0 {
			return r, nil, nil // create checks the address
		}
	}
	address, err := email.Parse(r.Email)
	if err != nil {
		return r, nil, err
	}
	if err := m.AllowsDomain(address); err != nil || !invited {
		return r, nil, err
	}
	found, err := m.invitationTo(ctx, address)
	if err != nil {
		return r, nil, err
	}
	if found == nil || subtle.ConstantTimeCompare([]byte(found.Token), []byte(records.HashToken(string(token)))) != 1 {
		return r, nil, ErrBadInvitation
	}
	r.IsVerified, r.Via = true, ViaInvitation
	return r, found, nil
}

// Create creates an account for a program: with the flags and roles of r, and without a
// password if r has none. The [Policy] on registrations does not hold for it, nor does it use
// an invitation. Hooks and errors are otherwise those of [Manager.Register]; for a role that
// is not declared it returns [roles.ErrUnknown].
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

// create stores a new user. An invitation that is not nil is used up by it. AfterRegister runs
// before it returns; an error of that hook is logged.
func (m *Manager) create(ctx context.Context, r Registration, invitation *records.Invitation) (*User, error) {
	address, err := email.Parse(r.Email)
	if err != nil {
		return nil, err
	}
	var name username.Username
	if r.Username != "" {
		if name, err = m.parseUsername(r.Username); err != nil {
			return nil, err
		}
	}
	if r, err = m.beforeRegister(ctx, r, address); err != nil {
		return nil, err
	}
	u, err := m.createOnce(ctx, r, address, name, invitation)
	if err != nil {
		return nil, err
	}
	m.afterUser(ctx, "AfterRegister", m.hooks.AfterRegister, u)
	return u, nil
}

// createOnce stores a new user, unless the address or the name is taken. Concurrent
// registrations of one address wait for each other, so that a crowd of them does not hash a
// password each, for [password.Config].Wait at most, then it is ErrBusy; between instances
// the store decides.
func (m *Manager) createOnce(ctx context.Context, r Registration, address email.Email, name username.Username, invitation *records.Invitation) (*User, error) {
	leave, err := m.registrations.LockWithin(ctx, m.patience, address.Key)
	if err != nil {
		return nil, err
	}
	defer leave()
	taken, err := m.taken(ctx, address.Key, "") // by any user, as this one has no ID yet
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, ErrExists
	}
	if name.Key != "" {
		if err := m.usernameFree(ctx, name.Key, ""); err != nil {
			return nil, err
		}
	}
	u := m.newUser(r, address)
	u.Username, u.UsernameKey = name.Name, name.Key
	if r.Password != "" {
		if u.HashedPassword, err = m.hasher.Hash(ctx, string(r.Password)); err != nil {
			return nil, err
		}
	}
	return u, m.insertRegistered(ctx, u, Event{Kind: EventRegistered}, invitation, m.insert)
}

// insertRegistered has e recorded where that is required, uses up an invitation that is not
// nil, stores u by write, and emits e. Taking the invitation comes first, as it decides which
// of several registrations with it goes on; where write fails it stays used. write may give u
// another ID, as a sign-up through OAuth does.
func (m *Manager) insertRegistered(ctx context.Context, u *User, e Event, invitation *records.Invitation, write func(context.Context, *User) error) error {
	e.User = u.ID
	if err := m.Require(ctx, &e); err != nil {
		return err
	}
	var used Event
	if invitation != nil {
		var err error
		if used, err = m.takeInvitation(ctx, invitation, u); err != nil {
			return err
		}
	}
	if err := write(ctx, u); err != nil {
		return err
	}
	m.Show(u) // as later reads return it: with the roles that are declared
	e.User = u.ID
	m.Emit(ctx, e)
	if invitation != nil {
		used.User = u.ID
		m.Emit(ctx, used)
	}
	return nil
}

// insert is the one place that calls Store.Create. A write that failed may have taken effect,
// with its answer lost, so it is repeated: the contract of [Store] has the store recognise
// one that was done.
func (m *Manager) insert(ctx context.Context, u *User) error {
	create := func(ctx context.Context) error { return m.store.Create(ctx, u) }
	err := records.StoreDo(ctx, create)
	if errors.Is(err, ErrUnavailable) && ctx.Err() == nil {
		err = records.StoreDo(ctx, create)
	}
	return err
}

// beforeRegister returns r after the hook. Of the hook's changes only those of the profile
// are used, in the form the store keeps.
func (m *Manager) beforeRegister(ctx context.Context, r Registration, address email.Email) (_ Registration, err error) {
	fields := m.store.ProfileType() // nil without fields of the application; so is then a new profile
	if r.Profile == nil {
		r.Profile = fields.New()
	}
	if m.hooks.BeforeRegister != nil {
		seen := r
		seen.Password, seen.Email = "", address.Address
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
func (m *Manager) newUser(r Registration, address email.Email) *User {
	now := m.time()
	u := &User{
		ID:          m.store.NewID(),
		Email:       address.Address,
		EmailKey:    address.Key,
		IsActive:    !r.IsInactive,
		IsSuperuser: r.IsSuperuser,
		IsVerified:  r.IsVerified,
		CreatedAt:   now,
		UpdatedAt:   now,
		Profile:     r.Profile,
	}
	if len(r.Roles) > 0 {
		u.Roles = roles.Sorted(r.Roles)
	}
	return u
}

// Registration is what a new account is made of.
type Registration struct {
	// Email is the address as typed; [email.Parse] decides. BeforeRegister gets it as it is
	// stored, with the domain in lower case.
	Email string
	// Username is the user name as typed; empty for none. [username.Rules.Parse] decides.
	Username string
	// Password is the password in clear. Hooks never see it. Empty means an
	// account without password, which [Manager.Register] refuses.
	Password secrets.Secret
	// IsInactive, IsSuperuser and IsVerified are the flags of the account. [Manager.Register]
	// ignores what they are: a client cannot choose them.
	IsInactive  bool
	IsSuperuser bool
	IsVerified  bool
	// Roles are the names of roles. [Manager.Register] ignores them.
	Roles []string
	// Invitation is the token of an invitation, in clear, on self-registration. Hooks
	// never see it.
	Invitation secrets.Secret
	// Via is the way in which the account is made, for hooks. [Manager.Register] and
	// [Manager.Create] set it.
	Via RegistrationVia
	// Profile points to the application's struct; nil for its zero value. Rules such
	// as binding:"required" are checked where clients send fields, and so not of an
	// OAuth sign-up.
	Profile any
	// OAuth is what the provider says at a sign-up through OAuth, from which
	// BeforeRegister can fill the Profile; nil at any other.
	OAuth *OAuthSignUp
}

// RegistrationVia is a way in which an account is made.
type RegistrationVia string

// The ways in which accounts are made.
const (
	// ViaForm is a registration with a password, without an invitation.
	ViaForm RegistrationVia = "form"
	// ViaOAuth is a first sign-in with an account at a provider.
	ViaOAuth RegistrationVia = "oauth"
	// ViaMail is a first login by mail.
	ViaMail RegistrationVia = "mail"
	// ViaInvitation is a registration with an invitation.
	ViaInvitation RegistrationVia = "invitation"
	// ViaAdmin is an account made by a program or a superuser.
	ViaAdmin RegistrationVia = "admin"
)

// OAuthSignUp is what an OAuth provider says at a sign-up.
type OAuthSignUp struct {
	// Provider and AccountID together name the account.
	Provider, AccountID string
	// EmailVerified says that the provider vouches for the Email of the registration.
	EmailVerified bool
	OAuthProfile
}

// OAuthProfile is what an OAuth provider says of a person. It is chosen by that person
// or by the provider, and checked by neither; texts may be long, and Picture may be
// a URL of any kind.
type OAuthProfile struct {
	// Name, Picture and Locale are a full name, the URL of a picture and a language
	// tag; empty if the provider does not say.
	Name, Picture, Locale string
	// Claims is the JSON object that the provider has answered with, or that its ID
	// token carries; nil if there is none.
	Claims json.RawMessage
}

// Changes are what is to change of a user. Nil pointers leave a field as it is.
type Changes struct {
	Email *string
	// Username is the new user name as typed; an empty one removes it.
	Username *string
	// Password is the new password in clear. Hooks never see it.
	Password    *secrets.Secret
	IsActive    *bool
	IsSuperuser *bool
	IsVerified  *bool
	// Roles replaces the user's roles.
	Roles *[]string
	// Profile points to the application's struct; only the fields named (by
	// JSON name) in ProfileFields are taken from it.
	Profile       any
	ProfileFields []string
	// CurrentPassword is the user's own password in clear, to prove that it is the
	// user who asks; see [Policy]. Hooks never see it.
	CurrentPassword *secrets.Secret
	// KeepToken is the hash ([records.HashToken]) of the one access token that goes on
	// counting when the change ends the user's tokens; empty for none.
	KeepToken string
	// ChangesPassword is set, for hooks, where Password has been taken out.
	ChangesPassword bool

	// over is the hash that a current password was verified with: the change takes
	// place only while it is the user's. Nil for any.
	over *string
	// own is set if the user asks, with a token: a new password or address is written
	// only while that token is valid.
	own bool
	// name is what Username means, nil where the name does not change.
	name *username.Username
	// spelling is set where Email must be a spelling of the present address.
	spelling bool
}

// registering describes a registration to the rules for passwords.
func registering(r Registration) password.Owner {
	return password.Owner{
		Email: r.Email, IsActive: !r.IsInactive, IsSuperuser: r.IsSuperuser, IsVerified: r.IsVerified, Profile: r.Profile,
	}
}

// owning describes a stored user to the rules for passwords.
func owning(u *User) password.Owner {
	return password.Owner{
		ID: string(u.ID), Email: u.Email, IsActive: u.IsActive, IsSuperuser: u.IsSuperuser, IsVerified: u.IsVerified, Profile: u.Profile,
	}
}

// checkPassword applies the application's rule, and the limits that hold with every rule: no
// password is empty or too long to hash. Errors: a [*password.Error], or [ErrHook] if the
// rule failed.
func (m *Manager) checkPassword(ctx context.Context, given secrets.Secret, owner password.Owner) error {
	if len(given) > password.MaxLength {
		return &password.Error{Reason: fmt.Sprintf("Password must not be longer than %d bytes", password.MaxLength)}
	}
	// The rule sees the password: neither a panic of it nor an error may quote it.
	err := containedQuietly("ValidatePassword", func() error { return m.validatePassword(ctx, string(given), owner) })
	refused := (*password.Error)(nil)
	switch {
	case errors.As(err, &refused):
		return err
	case err != nil: // any other error of the rule is a failure, not a refusal
		return fmt.Errorf("%w: ValidatePassword: %w", ErrHook, unquoting(err, string(given)))
	case given == "": // after the rule, so that the client gets the rule's reason
		return &password.Error{Reason: "Password must not be empty"}
	}
	return nil
}
