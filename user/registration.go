package user

import "encoding/json"

// Registration is what a new account is made of.
type Registration struct {
	// Email is the address as typed; [ParseEmail] decides.
	Email string
	// Username is the user name as typed; empty for none. [Usernames.Parse] decides.
	Username string
	// Password is the password in clear. Hooks never see it. Empty means an
	// account without password, which [Manager.Register] refuses.
	Password Secret
	// IsInactive, IsSuperuser and IsVerified are used by [Manager.Create] only: clients
	// cannot set them at a registration.
	IsInactive  bool
	IsSuperuser bool
	IsVerified  bool
	// Roles are the names of roles, used by [Manager.Create] only.
	Roles []string
	// Invitation is the token of an invitation, in clear, on self-registration. Hooks
	// never see it.
	Invitation Secret
	// Via is the way in which the account is made. It is set for hooks.
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
	// ViaForm is a registration with a password.
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
	Password    *Secret
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
	CurrentPassword *Secret
	// KeepToken is the hash ([HashToken]) of the one access token that goes on
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
	name *Username
	// spelling is set where Email must be a spelling of the present address.
	spelling bool
}
