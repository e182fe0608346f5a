package user

// EventKind is what an [Event] is about. A package with decisions of its own declares
// a constant for each.
type EventKind string

// The kinds of events. A request that was refused has the kind of what it asked for,
// with another [Outcome], unless there is a kind for the refusal.
const (
	// EventLogin is a login, whatever the way in.
	EventLogin EventKind = "login"
	// EventLoginFailed is a login that was refused.
	EventLoginFailed EventKind = "login_failed"
	// EventLoginLimited is a login that an abuse limit refused.
	EventLoginLimited EventKind = "login_limited"
	// EventLoginFactorRequired is a login that needs one more factor.
	EventLoginFactorRequired EventKind = "login_factor_required"
	// EventFactorFailed is an answer with a factor that was refused.
	EventFactorFailed EventKind = "factor_failed"
	// EventReauthenticated is a new proof by a user who is logged in.
	EventReauthenticated EventKind = "reauthenticated"
	// EventRefreshed is new tokens for a refresh token. Every client causes one each time its
	// access token has expired.
	EventRefreshed EventKind = "refreshed"
	// EventRefreshReused is the end of a login whose refresh token was used after it had
	// been replaced: two clients had it, and one of them may be a thief.
	EventRefreshReused EventKind = "refresh_reused"
	// EventLogout is the end of the token that asked.
	EventLogout EventKind = "logout"
	// EventSessionEnded is the end of one session, by its owner or a superuser.
	EventSessionEnded EventKind = "session_ended"
	// EventSessionsEnded is the end of all sessions, but for the one that may be kept.
	EventSessionsEnded EventKind = "sessions_ended"

	// EventRegistered is a new user, whatever the way in.
	EventRegistered EventKind = "registered"
	// EventRegisterRefused is a registration that was refused.
	EventRegisterRefused EventKind = "register_refused"
	// EventInvitationUsed is an account that was made with an invitation, whose ID is the
	// "credential" of [Event.Note].
	EventInvitationUsed EventKind = "invitation_used"
	// EventVerifyRequested is the wish for a mail that verifies an address.
	EventVerifyRequested EventKind = "verify_requested"
	// EventMailLoginRequested is the wish for a mail to log in with.
	EventMailLoginRequested EventKind = "mail_login_requested"
	// EventVerified is a verified address.
	EventVerified EventKind = "verified"
	// EventForgotPassword is the wish for a mail that resets a password.
	EventForgotPassword EventKind = "forgot_password"
	// EventPasswordReset is a new password by a mailed token.
	EventPasswordReset EventKind = "password_reset"
	// EventPasswordChanged is a new password by its owner or a superuser.
	EventPasswordChanged EventKind = "password_changed"
	// EventEmailChangeRequested is a new address, [Event.Email], that is to be confirmed.
	EventEmailChangeRequested EventKind = "email_change_requested"
	// EventEmailChanged is a new address; [Event.Email] is the one before.
	EventEmailChanged EventKind = "email_changed"
	// EventFlagChanged is a change of is_active, is_superuser or is_verified, with the
	// values in [Event.Before] and [Event.After].
	EventFlagChanged EventKind = "flag_changed"
	// EventRoleChanged is a change of the user's roles, with the names in [Event.Before]
	// and [Event.After].
	EventRoleChanged EventKind = "role_changed"
	// EventBanned is a ban, with its "reason" and end, "until", in [Event.Note].
	EventBanned EventKind = "banned"
	// EventUnbanned is the end of a ban before its time.
	EventUnbanned EventKind = "unbanned"
	// EventUnlocked is the end of the rows of failed logins of a user.
	EventUnlocked EventKind = "unlocked"
	// EventImpersonated is the login of a superuser, [Event.Actor], in a user's name, with
	// the "reason" in [Event.Note].
	EventImpersonated EventKind = "impersonated"
	// EventImpersonationEnded is the logout from such a login.
	EventImpersonationEnded EventKind = "impersonation_ended"
	// EventUpdated is a change of other fields.
	EventUpdated EventKind = "updated"
	// EventDeleted is the removal of a user.
	EventDeleted EventKind = "deleted"

	// EventOAuthLinked is one more account at a provider.
	EventOAuthLinked EventKind = "oauth_linked"
	// EventOAuthUnlinked is one account less.
	EventOAuthUnlinked EventKind = "oauth_unlinked"
	// EventOAuthFailed is a flow with a provider that ended without a login or a link.
	EventOAuthFailed EventKind = "oauth_failed"
	// EventAccountTakenOver is an unverified account that lost its password, tokens and
	// linked accounts to the owner of its address.
	EventAccountTakenOver EventKind = "account_taken_over"

	// EventAccessRefused is a request that a guard, or a route that only reads, refused.
	EventAccessRefused EventKind = "access_refused"
	// EventsDropped says how many events found no room, in [Event.Note] "count".
	EventsDropped EventKind = "events_dropped"
)

// EventKinds returns the kinds that this package declares.
func EventKinds() []EventKind {
	return []EventKind{
		EventLogin, EventLoginFailed, EventLoginLimited, EventLoginFactorRequired, EventFactorFailed, EventReauthenticated, EventRefreshed, EventRefreshReused, EventLogout, EventSessionEnded, EventSessionsEnded,
		EventRegistered, EventRegisterRefused, EventInvitationUsed, EventVerifyRequested, EventMailLoginRequested, EventVerified, EventForgotPassword, EventPasswordReset,
		EventPasswordChanged, EventEmailChangeRequested, EventEmailChanged, EventFlagChanged,
		EventRoleChanged, EventBanned, EventUnbanned, EventUnlocked, EventImpersonated, EventImpersonationEnded, EventUpdated, EventDeleted,
		EventOAuthLinked, EventOAuthUnlinked, EventOAuthFailed, EventAccountTakenOver, EventAccessRefused, EventsDropped,
	}
}

// reports reports whether events of this kind only report what took no effect, so
// that there is nothing that could wait for them.
func (k EventKind) reports() bool {
	switch k {
	case EventRefreshReused, EventLoginFailed, EventLoginLimited, EventLoginFactorRequired, EventFactorFailed, EventRegisterRefused, EventOAuthFailed, EventAccessRefused, EventsDropped:
		return true
	}
	return false
}
