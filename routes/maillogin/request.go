package maillogin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

const emailField = "email"

// mailLoginRequested is the response to a request for a mail.
type mailLoginRequested struct {
	Request string `json:"request"`
}

const exampleRequest = "cmVxdWVzdCBvZiBhIGRvY3VtZW50ZWQgZXhhbXBsZSBhIQ"

// request is POST /request-login. Until the answer it does the same for every address:
// the user is looked up off the request.
func (m *MailLogin) request(c *gin.Context) error {
	if !m.routes.AllowsOrigin(c.Request) {
		return routes.ErrCrossOrigin
	}
	in, err := m.routes.Input(c)
	if err != nil {
		return err
	}
	email := in.Email(emailField)
	if err := in.Err(); err != nil {
		return err
	}
	browser, err := m.browser(c)
	if err != nil {
		return fmt.Errorf("maillogin: read cookie: %w", err)
	}
	if browser == "" { // an existing one is kept: several tabs may ask
		browser = newSecret()
	}
	ctx := c.Request.Context()
	e := user.Event{Kind: user.EventMailLoginRequested, Email: email.Address}
	if err := m.routes.Manager().Require(ctx, &e); err != nil {
		return err
	}
	r, err := m.store(ctx, email, browser, isBrowser(c.Request))
	if err != nil {
		return err
	}
	if _, err := m.cookie.Write(c, backends.Issued{Access: browser}); err != nil {
		return fmt.Errorf("maillogin: set cookie: %w", err)
	}
	m.routes.Manager().Emit(ctx, e)
	m.post(ctx, email, r)
	return routes.JSON(c, http.StatusAccepted, mailLoginRequested{r.request})
}

// isBrowser reports whether a browser sends the request: all of them send the origin of
// the page.
func isBrowser(r *http.Request) bool {
	return r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != ""
}

// requestSecrets are the secret values of a request: those in the mail, and the client's cookie.
type requestSecrets struct {
	request, link, code string
	record              records.Pending
}

// store makes the record of a request.
func (m *MailLogin) store(ctx context.Context, email email.Email, browser string, isBrowser bool) (requestSecrets, error) {
	r := requestSecrets{request: newSecret(), link: newSecret(), code: newCode(m.config.Digits)}
	data, err := json.Marshal(asked{
		Email: email.Address, EmailKey: email.Key, Link: records.HashToken(r.link), Code: codeMAC(m.codes[0], r.request, r.code),
		Bind: records.HashToken(browser), Browser: isBrowser,
	})
	if err != nil {
		return r, fmt.Errorf("maillogin: encode request: %w", err)
	}
	now := m.now()
	r.record = records.Pending{
		ID: records.HashToken(r.request), Kind: requestKind, Data: data, CreatedAt: now, ExpiresAt: now.Add(lifetime),
	}
	err = routes.CallStore(ctx, func(ctx context.Context) error { return m.pending.PutPending(ctx, r.record) })
	if err != nil {
		return r, fmt.Errorf("maillogin: store request: %w", err)
	}
	return r, nil
}

// post sends the mail, if the address may log in. Only then does the address's pointer
// change to this request, which invalidates the earlier mail.
func (m *MailLogin) post(ctx context.Context, email email.Email, r requestSecrets) {
	m.routes.Manager().Post(ctx, user.Letter{
		Kind: user.MailLogin,
		To:   email,
		Admit: func(ctx context.Context, u *user.User) (bool, error) {
			switch {
			case u != nil:
				return !u.Barred(m.now()), nil
			case m.config.SignUp:
				return m.routes.Manager().MaySignUp(ctx, email)
			}
			return false, nil
		},
		Prepare: func(ctx context.Context, u *user.User) error { return m.point(ctx, email, u, r.record) },
		Mail: func(*user.User) user.Mail {
			return user.Mail{Token: secrets.Secret(linkToken(r.request, r.link)), Code: secrets.Secret(r.code), Lifetime: lifetime}
		},
	})
}

// point makes this request the only valid one of its address.
func (m *MailLogin) point(ctx context.Context, email email.Email, u *user.User, record records.Pending) error {
	p := pointer{Request: record.ID}
	moved := records.Pending{ID: pointerID(m.pointers[0], email.Key), Kind: pointerKind, CreatedAt: record.CreatedAt, ExpiresAt: record.ExpiresAt}
	if u != nil {
		moved.UserID, p.TokenVersion = u.ID, u.TokenVersion
	}
	var err error
	if moved.Data, err = json.Marshal(p); err != nil {
		return fmt.Errorf("maillogin: encode pointer: %w", err)
	}
	return routes.CallStore(ctx, func(ctx context.Context) error { return m.pending.SetPending(ctx, moved) })
}
