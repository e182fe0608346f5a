package maillogin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

const (
	tokenField    = "token"
	confirmField  = "confirm"
	requestField  = "request"
	codeField     = "code"
	rememberField = "remember"
	// maxCode is the greatest length of a code as it was typed, in bytes.
	maxCode = 64
)

// login is logging in by mail at one backend.
type login struct {
	*MailLogin
	backend *backends.Running
}

func (l login) doc() routes.Doc {
	body := &routes.Body{Name: "MailLoginRequest", Fields: []routes.Field{
		{Name: tokenField, Nullable: true, Example: exampleRequest + "." + exampleRequest, Description: "Of the link. Without it, `request` and `code` are required."},
		{Name: confirmField, Type: "boolean", Nullable: true, Description: "The user confirms to log in here, after `LOGIN_CONFIRM_BROWSER`."},
		{Name: requestField, Nullable: true, Example: exampleRequest, Description: "As `/request-login` has answered."},
		{Name: codeField, Nullable: true, Example: "12345678", Description: "Of the mail. White space and hyphens do not matter."},
	}}
	if l.routes.Remembers(l.backend) {
		body.Name = "RememberedMailLoginRequest"
		body.Fields = append(body.Fields, routes.Field{
			Name: rememberField, Type: "boolean", Nullable: true, Description: "Stay logged in when the browser is closed.",
		})
	}
	return routes.Doc{
		Summary: "Log in by mail",
		Description: "With the token of the link, or with the code. A request takes five codes. A link that is opened in another browser than the one that asked " +
			"for the mail is answered `LOGIN_CONFIRM_BROWSER`, and is as valid as before.",
		Body:       body,
		Successes:  []routes.Success{l.routes.LoginSuccess(l.backend)},
		Refusals:   l.refusals(),
		Vetoed:     l.routes.Manager().Vetoes().Login || l.config.SignUp && l.routes.Manager().Vetoes().Register,
		AsksFactor: true,
		Limited:    true,
	}
}

func (l login) refusals() []routes.Refused {
	if l.config.SameBrowser {
		return nil
	}
	return []routes.Refused{*errConfirm}
}

// proof is the body of POST /login/mail.
type proof struct {
	token         string
	confirm       bool
	request, code string
	remember      bool
}

// logIn is POST /login/mail.
func (l login) logIn(c *gin.Context) error {
	if err := l.routes.SameOrigin(c, l.backend); err != nil {
		return err
	}
	in, err := l.routes.Input(c)
	if err != nil {
		return err
	}
	p := l.read(in)
	if err := in.Err(); err != nil {
		return err
	}
	user.RequestContextOf(c.Request.Context()).EnterBackend(&l.backend.Name)
	u, err := l.user(c, p)
	if err != nil {
		return err
	}
	return l.routes.Enter(c, l.backend, user.Login{User: u, Methods: []user.Method{user.MethodMail}, Remember: p.remember}, routes.Demands{})
}

// read reads the body: a token, or a request and its code.
func (l login) read(in *routes.Input) (p proof) {
	byLink, byCode := in.Has(tokenField), in.Has(requestField) || in.Has(codeField)
	switch {
	case byLink && byCode:
		in.Invalid(tokenField, "must not be sent together with request and code")
	case byCode:
		p.request, p.code = in.Text(requestField), in.Text(codeField)
		if len(p.code) > maxCode {
			in.Invalid(codeField, "must not be longer than 64 bytes")
		}
	default:
		p.token = in.Text(tokenField)
	}
	p.confirm = in.OptionalFlag(confirmField)
	if l.routes.Remembers(l.backend) {
		p.remember = in.OptionalFlag(rememberField)
	}
	return p
}

// user uses up a mail and returns its user.
func (l login) user(c *gin.Context, p proof) (*user.User, error) {
	browser, err := l.browser(c)
	if err != nil {
		return nil, fmt.Errorf("maillogin: read cookie: %w", err)
	}
	ctx := c.Request.Context()
	var record records.Pending
	var a asked
	if p.token != "" {
		record, a, err = l.byLink(ctx, p, browser)
	} else {
		record, a, err = l.byCode(ctx, p, browser)
	}
	if err != nil {
		return nil, err
	}
	// Only one of several concurrent requests takes the record, so this comes first.
	taken, err := records.StoreCall(ctx, func(ctx context.Context) (bool, error) {
		return l.pending.TakePending(ctx, requestKind, record.ID, l.now())
	})
	if err != nil {
		return nil, fmt.Errorf("maillogin: use request: %w", err)
	}
	if !taken {
		return nil, user.ErrBadToken
	}
	return l.owner(ctx, record, a)
}

// byLink returns the record that a link names, if the link is right.
func (l login) byLink(ctx context.Context, p proof, browser string) (record records.Pending, a asked, err error) {
	id, secret, ok := splitLink(p.token)
	if !ok {
		return record, a, user.ErrBadToken
	}
	record, a, err = l.found(records.StoreCall(ctx, func(ctx context.Context) (records.Pending, error) {
		return l.pending.Pending(ctx, requestKind, id, l.now())
	}))
	switch {
	case err != nil:
	case !equal(a.Link, records.HashToken(secret)):
		err = user.ErrBadToken
	case equal(a.Bind, records.HashToken(browser)):
	case l.config.SameBrowser:
		err = user.ErrBadToken
	case !p.confirm:
		err = errConfirm
	}
	return record, a, err
}

// byCode returns the record of a request, if the code is right. It uses up one of the
// request's tries before it compares the code.
func (l login) byCode(ctx context.Context, p proof, browser string) (record records.Pending, a asked, err error) {
	code := strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, p.code)
	if !isSecret(p.request) {
		return record, a, user.ErrBadToken
	}
	record, a, err = l.found(records.StoreCall(ctx, func(ctx context.Context) (records.Pending, error) {
		return l.pending.TryPending(ctx, requestKind, records.HashToken(p.request), tries, l.now())
	}))
	switch {
	case err != nil:
	case a.Browser && !equal(a.Bind, records.HashToken(browser)), !l.codeFits(a.Code, p.request, code):
		err = user.ErrBadToken
	}
	return record, a, err
}

// found decodes the result of a look-up.
func (l login) found(record records.Pending, err error) (records.Pending, asked, error) {
	switch {
	case errors.Is(err, user.ErrNotFound):
		return record, asked{}, user.ErrBadToken
	case err != nil:
		return record, asked{}, fmt.Errorf("maillogin: find request: %w", err)
	case record.CreatedAt.Before(l.routes.Manager().TokensValidFrom()):
		return record, asked{}, user.ErrBadToken
	}
	a, err := decode[asked](record)
	return record, a, err
}

// owner returns the user of a request that was taken, unless a mail of a newer request has
// been sent or the user's tokens have ended since.
func (l login) owner(ctx context.Context, record records.Pending, a asked) (*user.User, error) {
	found, p, err := l.pointer(ctx, a.EmailKey)
	if err != nil {
		return nil, err
	}
	if p.Request != record.ID {
		return nil, user.ErrBadToken
	}
	address := email.Email{Address: a.Email, Key: a.EmailKey}
	u, err := l.routes.Manager().SignInMail(ctx, user.MailProof{
		Email: address, User: found.UserID, TokenVersion: p.TokenVersion, SignUp: l.config.SignUp,
	})
	if err == nil {
		l.routes.Manager().MailUsed(ctx, user.MailLogin, address)
	}
	return u, err
}

// pointer returns which request of an address may be used. After a rotation of the secret
// it may be stored under the previous key.
func (l login) pointer(ctx context.Context, emailKey string) (found records.Pending, p pointer, err error) {
	for _, key := range l.pointers {
		found, err = records.StoreCall(ctx, func(ctx context.Context) (records.Pending, error) {
			return l.pending.Pending(ctx, pointerKind, pointerID(key, emailKey), l.now())
		})
		if errors.Is(err, user.ErrNotFound) {
			continue
		}
		if err != nil {
			return found, p, fmt.Errorf("maillogin: find newest request: %w", err)
		}
		p, err = decode[pointer](found)
		return found, p, err
	}
	return found, p, user.ErrBadToken
}
