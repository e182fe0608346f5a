package passkeys

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const (
	ceremonyField   = "ceremony"
	nameField       = "name"
	credentialField = "credential"
	rememberField   = "remember"
)

// errLimit refuses a user who has the maximum number of passkeys.
var errLimit = &routes.Refused{Status: http.StatusBadRequest, Detail: "PASSKEY_LIMIT"}

var (
	errBadCredential = errors.New("passkeys: the authenticator's answer is not valid")
	errRegistered    = errors.New("passkeys: the passkey is registered already")
	// errEnded means that the token of the request was ended meanwhile.
	errEnded = errors.New("passkeys: the token has ended")

	badCeremony   = routes.Answer{Err: errBadCeremony, Refused: routes.Refused{Status: http.StatusBadRequest, Detail: "PASSKEY_BAD_CEREMONY"}}
	badCredential = routes.Answer{Err: errBadCredential, Refused: routes.Refused{Status: http.StatusBadRequest, Detail: "PASSKEY_BAD_CREDENTIAL"}}
	registered    = routes.Answer{Err: errRegistered, Refused: routes.Refused{Status: http.StatusBadRequest, Detail: "PASSKEY_ALREADY_REGISTERED"}}
	lastWayIn     = routes.Answer{Err: user.ErrLastLoginMethod, Refused: routes.Refused{Status: http.StatusBadRequest, Detail: "OAUTH_LAST_LOGIN_METHOD"}}
	ended         = routes.Answer{Err: errEnded, Refused: *routes.ErrUnauthorized}
	notThere      = routes.Answer{Err: user.ErrNotFound, Refused: *routes.ErrNotFound}
)

// Own returns the routes with which users manage their passkeys, usually attached to
// /users/me: POST /passkeys/options, POST and GET /passkeys, PATCH and DELETE
// /passkeys/:id. Of the options it takes [ginauth.Verified].
func (p *Passkeys) Own(options ...ginauth.GroupOption) routes.Group {
	chosen := ginauth.Options(options...)
	see := routes.Demands{User: true, Active: true, Verified: chosen.Verified, Enrolment: true}
	change := see
	change.Fresh = p.config.Fresh
	o := own{p, see, change}
	operation := func(answers ...routes.Answer) routes.Operation {
		return routes.Operation{Answers: append(answers, ended)}
	}
	return p.routes.Group("passkeys",
		p.routes.Handled(o.optionsRoute(), operation(), o.options),
		p.routes.Handled(o.createRoute(), operation(badCeremony, badCredential, registered), o.create),
		p.routes.Handled(o.listRoute(), operation(), o.list),
		p.routes.Handled(o.renameRoute(), operation(notThere), o.rename),
		p.routes.Handled(o.removeRoute(), operation(notThere, lastWayIn), o.remove))
}

// own is the routes of the user who is logged in.
type own struct {
	*Passkeys
	see, change routes.Demands
}

// who admits a request that changes passkeys, and returns its user and the hash of the
// token that stays valid after the change.
func (o own) who(c *gin.Context) (u *user.User, keep string, err error) {
	if err := o.routes.Admit(c, o.change); err != nil {
		return nil, "", err
	}
	result := routes.ResultFrom(c)
	user.RequestContextOf(c.Request.Context()).NoteSubject(result.User) // of a refusal, too
	return result.User, result.Identity.TokenHash, nil
}

func (o own) listRoute() routes.Route {
	return routes.Route{Method: http.MethodGet, Path: "/passkeys", Operation: "list", Guard: o.see, Doc: listDoc("List one's own passkeys")}
}

func listDoc(summary string) routes.Doc {
	return routes.Doc{
		Summary:     summary,
		Description: "Oldest first. `credential_id` is for `PublicKeyCredential.signalAllAcceptedCredentials`.",
		Successes:   []routes.Success{{Status: http.StatusOK, Description: "No secret is among them.", Body: []passkeyItem{sampleItem()}}},
	}
}

// list is GET /passkeys.
func (o own) list(c *gin.Context) error {
	if err := o.routes.Admit(c, o.see); err != nil {
		return err
	}
	return o.show(c, routes.ResultFrom(c).User)
}

// show answers with the passkeys of u.
func (p *Passkeys) show(c *gin.Context, u *user.User) error {
	all, err := records.StoreCall(c.Request.Context(), func(ctx context.Context) ([]held, error) { return p.of(ctx, u) })
	if err != nil {
		return err
	}
	items := make([]passkeyItem, len(all))
	for i, h := range all {
		items[i] = h.item()
	}
	return routes.JSON(c, http.StatusOK, items)
}

func (o own) renameRoute() routes.Route {
	return routes.Route{Method: http.MethodPatch, Path: "/passkeys/:id", Operation: "rename", Event: EventPasskeyRenamed, Guard: o.renames(), Doc: routes.Doc{
		Summary:   "Rename a passkey",
		Body:      &routes.Body{Name: "RenamePasskeyRequest", Fields: []routes.Field{{Name: nameField, Required: true, Example: "Phone", Description: "1 to 64 characters."}}},
		Successes: []routes.Success{{Status: http.StatusOK, Description: "The passkey.", Body: sampleItem()}},
	}}
}

// renames are the demands of renaming, which does not need a fresh login.
func (o own) renames() routes.Demands {
	demands := o.see
	demands.Self = true
	return demands
}

// rename is PATCH /passkeys/:id.
func (o own) rename(c *gin.Context) error {
	if err := o.routes.Admit(c, o.renames()); err != nil {
		return err
	}
	result := routes.ResultFrom(c)
	in, err := o.routes.Input(c)
	if err != nil {
		return err
	}
	name := in.Name(nameField, "")
	if !in.Has(nameField) {
		in.Missing(nameField)
	}
	if err := in.Err(); err != nil {
		return err
	}
	ctx, u := c.Request.Context(), result.User
	for range tries {
		h, err := o.find(ctx, u, c.Param("id"))
		if err != nil {
			return err
		}
		before := h.Credential
		h.Name = name
		after, err := h.following()
		if err != nil {
			return err
		}
		e := event(EventPasskeyRenamed, u, h.ID)
		if err := o.routes.Manager().Require(ctx, &e); err != nil {
			return err
		}
		swapped, err := records.StoreCall(ctx, func(ctx context.Context) (bool, error) {
			return o.store.SwapCredential(ctx, before, after)
		})
		if err != nil {
			return err
		}
		if swapped {
			o.emit(ctx, e)
			return routes.JSON(c, http.StatusOK, h.item())
		}
	}
	return errContended
}
