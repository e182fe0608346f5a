package invitations

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

const (
	emailField, rolesField   = "email", "roles"
	defaultLimit, maxLimit   = 50, 100
	limitFault, cursorFault  = "value is not an integer from 1 to 100", "unknown cursor"
	limitParam, cursorParam  = "limit", "cursor"
	inviteDescription        = "The address gets a mail with a link to register with. A further invitation of an address takes the place of the one before."
	resendDescription        = "With a new link, for as long as a new invitation; the one before ends when the mail is sent."
	listDescription          = "Newest first. Those that were used, revoked or have expired are not among them."
	uuidLength               = 36
	invited, revoked, resent = "invite", "revoke", "resend"
)

func (a admin) inviteRoute() routes.Route {
	d := doc("Invite somebody", inviteDescription, routes.Success{Status: http.StatusCreated, Description: "The invitation.", Body: sample()})
	d.Body = &routes.Body{Name: "InviteRequest", Fields: []routes.Field{
		{Name: emailField, Format: "email", Required: true, Example: "king.arthur@camelot.bt"},
	}}
	if len(a.config.Roles) > 0 {
		d.Body.Name = "InviteWithRolesRequest"
		d.Body.Fields = append(d.Body.Fields, routes.Field{
			Name: rolesField, Type: "array", Nullable: true, Description: "Roles of the new user: " + strings.Join(a.config.Roles, ", ") + ". Superusers alone give roles.",
		})
	}
	d.Limited = true
	return a.route(http.MethodPost, path, invited, EventInvited, d)
}

// inviteOperation refuses addresses of which the register route would refuse the domain.
func (a admin) inviteOperation() (o routes.Operation) {
	for _, answer := range routes.RegistrationAnswers(a.routes.Manager()) {
		if answer.Err == user.ErrDomainNotAllowed { //nolint:errorlint // an entry of the table
			o.Answers = append(o.Answers, answer)
		}
	}
	return o
}

// invite is POST /invitations. It does the same whether or not a user has the address.
func (a admin) invite(c *gin.Context) error {
	u, err := a.who(c)
	if err != nil {
		return err
	}
	in, err := a.routes.Input(c)
	if err != nil {
		return err
	}
	email, roles := in.Email(emailField), a.roles(in, u)
	if err := in.Err(); err != nil {
		return err
	}
	// The body may have been long on its way. Roles count only while u may give them.
	if u, err = a.who(c); err != nil {
		return err
	}
	manager, ctx := a.routes.Manager(), c.Request.Context()
	if err := manager.AllowsDomain(email); err != nil {
		return err
	}
	one, token, step, err := a.made(ctx, u, email, roles)
	if err != nil {
		return err
	}
	e := event(EventInvited, one)
	if err := manager.Require(ctx, &e); err != nil {
		return err
	}
	one, err = records.StoreCall(ctx, func(ctx context.Context) (records.Invitation, error) { return a.store.PutInvitation(ctx, one) })
	if err != nil {
		return fmt.Errorf("invitations: store invitation: %w", err)
	}
	manager.Emit(ctx, e)
	a.post(ctx, one, token, step)
	return routes.JSON(c, http.StatusCreated, shown(one))
}

// roles reads the roles of the new user, sorted; nil where invitations give none.
func (a admin) roles(in *routes.Input, u *user.User) []string {
	if len(a.config.Roles) == 0 {
		return nil
	}
	roles := in.OptionalTexts(rolesField)
	for _, role := range roles {
		if !slices.Contains(a.config.Roles, role) {
			in.Invalid(rolesField, "unknown role")
			return nil
		}
	}
	if len(roles) > 0 && !u.IsSuperuser {
		in.Invalid(rolesField, "only superusers give roles")
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

// made returns a new invitation. If the address has one already, its link is valid until
// the next mail is sent.
func (a admin) made(ctx context.Context, u *user.User, email email.Email, roles []string) (
	one records.Invitation, token string, step func(context.Context, *user.User) error, err error,
) {
	now := a.now()
	one = records.Invitation{
		ID: records.NewInvitationID(now), Email: email.Address, EmailKey: email.Key, Roles: roles, InvitedBy: u.ID,
		CreatedAt: now, ExpiresAt: now.Add(a.config.Lifetime),
	}
	before, err := records.StoreCall(ctx, func(ctx context.Context) (records.Invitation, error) {
		return a.store.InvitationTo(ctx, email.Key, now)
	})
	switch {
	case errors.Is(err, user.ErrNotFound):
		token = newToken()
		one.Token = records.HashToken(token)
		return one, token, nil, nil
	case err != nil:
		return one, "", nil, fmt.Errorf("invitations: find invitation: %w", err)
	}
	one.ID, one.Token = before.ID, before.Token
	token, step = a.renew(one)
	return one, token, step, nil
}

type invitationList struct {
	Items []invitation `json:"items"`
	Next  *string      `json:"next"`
}

func (a admin) listRoute() routes.Route {
	d := doc("List the invitations", listDescription, routes.Success{Status: http.StatusOK, Description: "A page.", Body: invitationList{Items: []invitation{sample()}}})
	d.Params = []routes.Param{
		{Name: limitParam, Type: "integer", Min: 1, Max: maxLimit, Default: defaultLimit, Fault: limitFault, Description: "How many to return."},
		{Name: cursorParam, Description: "The `next` of the page before.", Fault: cursorFault},
	}
	return a.route(http.MethodGet, path, "list", "", d)
}

// list is GET /invitations.
func (a admin) list(c *gin.Context) error {
	if _, err := a.who(c); err != nil {
		return err
	}
	query := records.InvitationQuery{Limit: defaultLimit, Now: a.now()}
	if text, given := c.GetQuery(limitParam); given {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxLimit {
			return routes.InvalidQuery(limitParam, limitFault)
		}
		query.Limit = n
	}
	if text, given := c.GetQuery(cursorParam); given {
		if !isID(text) {
			return routes.InvalidQuery(cursorParam, cursorFault)
		}
		query.Before = text
	}
	page, err := records.StoreCall(c.Request.Context(), func(ctx context.Context) (records.InvitationPage, error) {
		return a.store.Invitations(ctx, query)
	})
	if err != nil {
		return fmt.Errorf("invitations: list: %w", err)
	}
	all := invitationList{Items: []invitation{}}
	for _, one := range page.Invitations {
		all.Items = append(all.Items, shown(one))
	}
	if n := len(all.Items); page.More && n > 0 {
		all.Next = &all.Items[n-1].ID
	}
	return routes.JSON(c, http.StatusOK, all)
}

// isID reports whether a text has the form of an invitation's ID.
func isID(text string) bool {
	digits, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	return err == nil && len(digits) == 16 && len(text) == uuidLength && text == strings.ToLower(text)
}

func (a admin) revokeRoute() routes.Route {
	return a.route(http.MethodDelete, path+"/:id", revoked, EventRevoked,
		doc("Revoke an invitation", "", routes.Success{Status: http.StatusNoContent, Description: "It is revoked."}))
}

// revoke is DELETE /invitations/:id.
func (a admin) revoke(c *gin.Context) error {
	if _, err := a.who(c); err != nil {
		return err
	}
	ctx := c.Request.Context()
	one, err := a.find(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	e := event(EventRevoked, one)
	if err := a.routes.Manager().Require(ctx, &e); err != nil {
		return err
	}
	if err := routes.CallStore(ctx, func(ctx context.Context) error { return a.store.DeleteInvitation(ctx, one.ID) }); err != nil {
		return fmt.Errorf("invitations: revoke: %w", err)
	}
	a.routes.Manager().Emit(ctx, e)
	return routes.NoContent(c)
}

// find returns the living invitation of that ID, or [user.ErrNotFound].
func (a admin) find(ctx context.Context, id string) (records.Invitation, error) {
	if !isID(id) {
		return records.Invitation{}, user.ErrNotFound
	}
	return records.StoreCall(ctx, func(ctx context.Context) (records.Invitation, error) { return a.store.Invitation(ctx, id, a.now()) })
}

func (a admin) resendRoute() routes.Route {
	d := doc("Send an invitation again", resendDescription, accepted)
	d.Limited = true
	return a.route(http.MethodPost, path+"/:id/resend", resent, EventInvited, d)
}

// resend is POST /invitations/:id/resend. An invitation that is used or revoked at
// the same time stays so.
func (a admin) resend(c *gin.Context) error {
	if _, err := a.who(c); err != nil {
		return err
	}
	ctx := c.Request.Context()
	one, err := a.find(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	e := event(EventInvited, one)
	if err := a.routes.Manager().Require(ctx, &e); err != nil {
		return err
	}
	a.routes.Manager().Emit(ctx, e)
	token, step := a.renew(one)
	a.post(ctx, one, token, step)
	return routes.JSON(c, http.StatusAccepted, routes.Null{})
}
