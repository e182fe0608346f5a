// Package invitations lets superusers invite people to an application, by a mail to their
// address with which they can register.
//
// [New] makes it, before the routes for registration are made; these read the field
// invitation then. ginauth.Config.Registration decides whether others can register, too.
package invitations

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

const (
	defaultLifetime, maxLifetime = 7 * 24 * time.Hour, 90 * 24 * time.Hour
	tokenBytes                   = 32
	invitationField              = "invitation"
)

// The kinds of events of this package; [user.Event] Note has the invitation's ID in
// "credential". One that was used is [user.EventInvitationUsed].
const (
	// EventInvited is an invitation that was made or sent again, to [user.Event] Email.
	EventInvited user.EventKind = "invited"
	// EventRevoked is an invitation that was revoked.
	EventRevoked user.EventKind = "invitation_revoked"
)

// Config is what invitations are made of. Its zero value is ready.
type Config struct {
	// Lifetime is how long an invitation can be used, at most 90 days. Defaults to 7 days.
	Lifetime time.Duration
	// Roles are the roles that superusers can give with an invitation. The new user gets
	// those that are still among them, and none if the user who made the invitation is no
	// superuser any more. Defaults to all of ginauth.Config.Roles; an empty slice is none.
	Roles []string
	// MayInvite says which users can invite beside superusers. It is called for every
	// request, also concurrently, and must not block. Defaults to none.
	MayInvite func(*user.User) bool
}

// Invitations are the invitations of one application. It is safe for concurrent use.
type Invitations struct {
	config Config
	routes *routes.Routes
	store  records.InvitationStore
}

// New adds invitations to auth and prepares the store. The error joins all mistakes, each
// naming its field. It is called before the register routes are made, and before the
// groups with which users log in by mail.
func New(ctx context.Context, auth *ginauth.Auth, config Config) (*Invitations, error) {
	config.Lifetime = cmp.Or(config.Lifetime, defaultLifetime)
	if config.Roles == nil {
		config.Roles = auth.Manager().Roles().Names()
	}
	i := &Invitations{config: config, routes: auth.Routes()}
	store := auth.Manager().Store()
	problems := append(i.problems(), records.Ensure(ctx, store, records.NeedInvitations))
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("invitations: invalid configuration:\n%w", err)
	}
	i.store, _ = records.As[records.InvitationStore](store)
	auth.Manager().UseInvitations(config.Roles...)
	return i, nil
}

// problems returns what is wrong with the configuration.
func (i *Invitations) problems() (problems []error) {
	manager := i.routes.Manager()
	if d := i.config.Lifetime; d < 0 || d > maxLifetime {
		problems = append(problems, fmt.Errorf("Config.Lifetime is %v, want at most 90 days", d))
	}
	if !manager.Mails(user.MailInvitation) {
		problems = append(problems, errors.New("ginauth.Config.Hooks.Send is missing: there would be no mail with an invitation (mails.Hooks has it)"))
	}
	if manager.Policy().Registration == user.RegistrationClosed {
		problems = append(problems, errors.New("ginauth.Config.Registration is Closed: invitations could not be used"))
	}
	if _, taken := manager.Store().ProfileType().Field(invitationField); taken {
		problems = append(problems, errors.New("the profile has a field "+invitationField+", as the register route has"))
	}
	return problems
}

// now is the present as it is stored.
func (i *Invitations) now() time.Time { return i.routes.Now().UTC().Truncate(time.Millisecond) }

// newToken returns 256 random bits as text.
func newToken() string {
	var token [tokenBytes]byte
	rand.Read(token[:]) // never fails: it ends the process instead
	return base64.RawURLEncoding.EncodeToString(token[:])
}

// invitation is one as superusers see it.
type invitation struct {
	ID        string    `json:"id"`
	Email     string    `json:"email"`
	Roles     []string  `json:"roles"`
	InvitedBy *string   `json:"invited_by"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

func shown(i records.Invitation) invitation {
	s := invitation{ID: i.ID, Email: i.Email, Roles: append([]string{}, i.Roles...), CreatedAt: i.CreatedAt.UTC(), ExpiresAt: i.ExpiresAt.UTC()}
	if i.InvitedBy != "" {
		by := string(i.InvitedBy)
		s.InvitedBy = &by
	}
	return s
}

func sample() invitation {
	at, by := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), "5f0c6a2e-8f0a-4a55-9a0f-3f2a4f0f8a11"
	return invitation{"019b7a3c-1f00-7c3e-9a51-0242ac120002", "king.arthur@camelot.bt", []string{}, &by, at, at.Add(defaultLifetime)}
}

// Routes returns POST and GET /invitations, DELETE /invitations/:id and POST
// /invitations/:id/resend, for superusers and those who may invite, usually attached to the
// engine itself. Of the options it takes [ginauth.Verified].
func (i *Invitations) Routes(options ...ginauth.GroupOption) routes.Group {
	demands := routes.Demands{User: true, Active: true, Verified: ginauth.Options(options...).Verified, Superuser: i.config.MayInvite == nil}
	a := admin{i, demands}
	notThere := routes.Operation{Answers: []routes.Answer{{Err: user.ErrNotFound, Refused: *routes.ErrNotFound}}}
	r := i.routes
	return r.Group("invitations",
		r.Handled(a.inviteRoute(), a.inviteOperation(), r.Limited(limits.MailRequests, a.invite)),
		r.Handled(a.listRoute(), routes.Operation{}, a.list),
		r.Handled(a.revokeRoute(), notThere, a.revoke),
		r.Handled(a.resendRoute(), notThere, r.Limited(limits.MailRequests, a.resend)))
}

// admin is the routes of those who may invite.
type admin struct {
	*Invitations
	demands routes.Demands
}

// who checks the guard of a request and returns its user.
func (a admin) who(c *gin.Context) (*user.User, error) {
	if err := a.routes.Admit(c, a.demands); err != nil {
		return nil, err
	}
	u := routes.ResultFrom(c).User
	if !u.IsSuperuser && !a.config.MayInvite(u) {
		return nil, routes.ErrForbidden
	}
	return u, nil
}

// errGone means that an invitation was used, revoked or sent again meanwhile, so that no
// mail has to be sent.
var errGone = fmt.Errorf("invitations: the invitation has gone: %w", user.ErrUndeliverable)

// renew replaces the token of a stored invitation by a new one, and returns the step that
// does it: it runs when the mail is sent, so that a mail which is withheld by a limit does
// not invalidate the earlier link.
func (i *Invitations) renew(before records.Invitation) (token string, step func(context.Context, *user.User) error) {
	after := before
	token = newToken()
	after.Token = records.HashToken(token)
	return token, func(ctx context.Context, _ *user.User) error {
		after.CreatedAt = i.now()
		after.ExpiresAt = after.CreatedAt.Add(i.config.Lifetime)
		renewed, err := records.StoreCall(ctx, func(ctx context.Context) (bool, error) { return i.store.RenewInvitation(ctx, before, after) })
		if err == nil && !renewed {
			err = errGone
		}
		return err
	}
}

// post sends the mail of an invitation. step, if it is not nil, comes right before.
func (i *Invitations) post(ctx context.Context, one records.Invitation, token string, step func(context.Context, *user.User) error) {
	i.routes.Manager().Post(ctx, user.Letter{
		Prepare: step,
		Kind:    user.MailInvitation,
		To:      email.Email{Address: one.Email, Key: one.EmailKey},
		Admit:   func(_ context.Context, u *user.User) (bool, error) { return u == nil || u.IsActive, nil },
		Mail: func(u *user.User) user.Mail {
			if u != nil { // a user who exists cannot use the token
				return user.Mail{}
			}
			return user.Mail{Token: secrets.Secret(token), Lifetime: i.config.Lifetime}
		},
	})
}

func event(kind user.EventKind, one records.Invitation) user.Event {
	return user.Event{Kind: kind, Email: one.Email, Note: map[string]string{"credential": one.ID}}
}

func doc(summary, description string, success routes.Success) routes.Doc {
	return routes.Doc{Summary: summary, Description: description, Successes: []routes.Success{success}}
}

const path = "/invitations"

func (a admin) route(method, path, operation string, asked user.EventKind, d routes.Doc) routes.Route {
	if a.config.MayInvite != nil { // a function, which no guard can check
		d.Refusals = append(d.Refusals, *routes.ErrForbidden)
	}
	return routes.Route{Method: method, Path: path, Operation: operation, Event: asked, Guard: a.demands, Doc: d}
}

var accepted = routes.Success{Status: http.StatusAccepted, Description: "The address gets another mail, unless it has had too many.", Body: routes.Null{}}
