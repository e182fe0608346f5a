package factors

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

const (
	codeField = "code"
	nameField = "name"
	// maxCode is the greatest length of a code, in bytes.
	maxCode = 64
)

// Refusals of these routes.
var (
	errLimit   = &routes.Refused{Status: http.StatusBadRequest, Detail: "FACTOR_LIMIT"}
	errMissing = &routes.Refused{Status: http.StatusBadRequest, Detail: "FACTOR_MISSING"}
)

var (
	badFactor = routes.Answer{Err: user.ErrBadFactor, Refused: routes.Refused{Status: http.StatusBadRequest, Detail: "LOGIN_BAD_FACTOR"}}
	// errEnded says that the token that asks has been ended meanwhile.
	errEnded = errors.New("factors: the token has ended")
	ended    = routes.Answer{Err: errEnded, Refused: *routes.ErrUnauthorized}
	notThere = routes.Answer{Err: user.ErrNotFound, Refused: *routes.ErrNotFound}
)

// Own returns the routes with which users manage their second factors, usually attached to
// /users/me: GET /factors, POST /factors/totp, POST /factors/totp/:id/confirm, DELETE
// /factors/:id and POST /recovery-codes. Of the options it takes [ginauth.Verified].
func (f *Factors) Own(options ...ginauth.GroupOption) routes.Group {
	chosen := ginauth.Options(options...)
	see := routes.Demands{User: true, Active: true, Verified: chosen.Verified, Enrolment: true}
	change := see
	change.Fresh = f.config.Fresh
	o := own{f, see, change}
	operation := func(answers ...routes.Answer) routes.Operation {
		return routes.Operation{Answers: append(answers, ended)}
	}
	return f.routes.Group("factors",
		f.routes.Handled(o.listRoute(), operation(), o.list),
		f.routes.Handled(o.enrolRoute(), operation(), o.enrol),
		f.routes.Handled(o.confirmRoute(), operation(badFactor, notThere), o.confirm),
		f.routes.Handled(o.removeRoute(), operation(notThere), o.remove),
		f.routes.Handled(o.codesRoute(), operation(), o.newCodes))
}

// own is the routes of the user who is logged in.
type own struct {
	*Factors
	see, change routes.Demands
}

// who admits a request that changes factors, and returns its user and the hash of the
// token that outlives the change.
func (o own) who(c *gin.Context) (u *user.User, keep string, err error) {
	if err := o.routes.Admit(c, o.change); err != nil {
		return nil, "", err
	}
	result := routes.ResultFrom(c)
	user.RequestContextOf(c.Request.Context()).NoteSubject(result.User) // of a refusal, too
	return result.User, result.Identity.TokenHash, nil
}

func (o own) removeRoute() routes.Route {
	return routes.Route{Method: http.MethodDelete, Path: "/factors/:id", Operation: "remove", Event: EventFactorRemoved, Guard: o.change, Doc: routes.Doc{
		Summary: "Remove a factor",
		Description: "An authenticator app or a trusted browser. With the last app the recovery codes and trusted browsers go, and logins need the " +
			"password alone. The user's other sessions end when an app is removed.",
		Successes: []routes.Success{{Status: http.StatusNoContent, Description: "It is removed."}},
		Vetoed:    o.vetoes(),
	}}
}

// remove is DELETE /factors/:id.
func (o own) remove(c *gin.Context) error {
	u, keep, err := o.who(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	found, err := o.findOne(ctx, u, c.Param("id"), totpKind, deviceKind)
	if err != nil {
		return err
	}
	if err := o.vetoed(ctx, u, user.CredentialChange{Kind: found.Kind, Name: found.Name, Removed: true}); err != nil {
		return err
	}
	e := removal(u, found)
	if err := o.require(ctx, &e); err != nil {
		return err
	}
	switch {
	case found.Kind == deviceKind:
		err = o.delete(ctx, found)
	case found.Key == newKey(u.ID):
		if err = o.delete(ctx, found); err == nil { // it may have been confirmed just now
			_, err = o.routes.SettleSecondFactor(ctx, u.ID)
		}
	default:
		err = o.removeKey(ctx, u, keep, found)
	}
	if err != nil {
		return err
	}
	o.removed(ctx, e, u, found)
	return routes.NoContent(c)
}

func (o own) codesRoute() routes.Route {
	return routes.Route{Method: http.MethodPost, Path: "/recovery-codes", Operation: "recovery_codes", Event: EventRecoveryCodesMade, Guard: o.change, Doc: routes.Doc{
		Summary:     "Make new recovery codes",
		Description: "The ones before are worth nothing any more. Each code can be used once in the place of another factor.",
		Successes:   []routes.Success{{Status: http.StatusOK, Description: "The codes, shown this once.", Body: recoveryCodes{exampleCodes}}},
		Refusals:    []routes.Refused{*errMissing},
		Vetoed:      o.vetoes(),
	}}
}

type recoveryCodes struct {
	Codes []string `json:"recovery_codes"`
}

var exampleCodes = []string{"7q3v9x-0a2bcd-4efghj-kmnpqr"}

// newCodes is POST /recovery-codes.
func (o own) newCodes(c *gin.Context) error {
	u, _, err := o.who(c)
	if err != nil {
		return err
	}
	if !u.SecondFactor {
		return errMissing
	}
	var texts []string
	ctx := c.Request.Context()
	if err := o.vetoed(ctx, u, user.CredentialChange{Kind: recoveryKind}); err != nil {
		return err
	}
	e := event(EventRecoveryCodesMade, u, nil)
	if err := o.require(ctx, &e); err != nil {
		return err
	}
	err = o.stored(ctx, func(ctx context.Context) (err error) {
		texts, err = o.makeCodes(ctx, u, 0)
		return err
	})
	if errors.Is(err, errInForce) {
		return errEnded // an enrolment has ended all tokens of before
	}
	if err != nil {
		return err
	}
	o.emit(ctx, e)
	o.routes.Manager().Notify(ctx, user.MailRecoveryCodesMade, u) // can be repeated at will
	return routes.JSON(c, http.StatusOK, recoveryCodes{texts})
}

// timeOrNull is how a time is shown that may not be there.
func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
