package user

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Event is one decision about an account: a login, a refusal with its reason, a change
// with its author. It never holds a secret, a token or a password. See [Manager.Emit].
type Event struct {
	// ID is a UUID of version 7: it sorts by time, and a sink that gets an event twice
	// recognises it.
	ID   string
	Kind EventKind
	At   time.Time
	// Outcome is how the decision went. Defaults to [OutcomeOK].
	Outcome Outcome
	// Code is the code of the answer where the request was refused, limited or failed.
	// It is empty where the answer has none, as for a body that could not be read.
	Code string

	// User is the account the event is about; empty if there is none or it is unknown.
	User ID
	// Actor is the logged-in user who made the request, or the superuser who made it in
	// the user's name; empty without a login.
	Actor ID
	// Email is an address where no user is known, and in events about a change of
	// address the one that User had before or has asked for.
	Email string

	// Backend is the backend that was asked, or that authenticated the request.
	Backend string
	// Methods are the methods of a login.
	Methods []Method
	// Session is the handle of a session that was begun, refreshed or ended, as the routes
	// for sessions show it. Logins by a JWT without a record have none.
	Session string

	// IP and UserAgent are the client's. UserAgent is what the client sent, up to 512 bytes.
	IP        string
	UserAgent string
	// RequestID is the X-Request-Id of the request, if it has one.
	RequestID string

	// Fields are the JSON names of the fields that changed, in the order of the user's JSON.
	Fields []string
	// Before and After are the values of flags and roles that changed, by JSON name. No
	// other values are in an event.
	Before, After map[string]string
	// Note says more. Its keys are "reason", "provider", "credential" (a handle),
	// "left", "scopes", "route" (a method and a pattern), "until" and "count".
	Note map[string]string
}

// Outcome is how a decision went.
type Outcome string

// The outcomes. A refused request was answered 4xx, a limited one 429, a failed one
// 5xx.
const (
	OutcomeOK      Outcome = "ok"
	OutcomeRefused Outcome = "refused"
	OutcomeLimited Outcome = "limited"
	OutcomeFailed  Outcome = "failed"
)

// OutcomeOf returns the outcome of a request that was answered with status.
func OutcomeOf(status int) Outcome {
	switch {
	case status == 429:
		return OutcomeLimited
	case status >= 500:
		return OutcomeFailed
	case status >= 400:
		return OutcomeRefused
	}
	return OutcomeOK
}

// String returns kind, outcome, code and user, and nothing that a client sent.
func (e Event) String() string {
	parts := []string{string(e.Kind), string(e.Outcome)}
	if e.Code != "" {
		parts = append(parts, e.Code)
	}
	if e.User != "" {
		parts = append(parts, "user "+string(e.User))
	}
	return strings.Join(parts, " ")
}

// Format prints e as [Event.String] does, whatever the verb.
func (e Event) Format(state fmt.State, _ rune) { fmt.Fprint(state, e.String()) }

// LogValue logs what can be in any log: no address of a person, and of what a client
// sent its network address only. A sink that is to hold everything reads the fields.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("id", e.ID), slog.String("kind", string(e.Kind)), slog.String("outcome", string(e.Outcome)),
	}
	for _, text := range []struct{ name, value string }{
		{"code", e.Code}, {"user", string(e.User)}, {"actor", string(e.Actor)}, {"backend", e.Backend},
		{"session", e.Session}, {"ip", e.IP}, {"request_id", e.RequestID}, {"fields", strings.Join(e.Fields, " ")},
	} {
		if text.value != "" {
			attrs = append(attrs, slog.String(text.name, text.value))
		}
	}
	for _, values := range []struct {
		name   string
		values map[string]string
	}{{"before", e.Before}, {"after", e.After}, {"note", e.Note}} {
		if len(values.values) > 0 {
			attrs = append(attrs, slog.Any(values.name, values.values))
		}
	}
	return slog.GroupValue(attrs...)
}

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
