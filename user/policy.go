package user

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
	// The store must be a [UsernameStore] and a [PendingStore]. With ConcealRegistration
	// POST /register does not read the field: users choose their names afterwards.
	// Defaults to none.
	Usernames *Usernames
}
