// Package maillogin lets users log in with a mail instead of a password: with the link in
// it, or with the code.
//
// [New] makes it. [MailLogin.Request] is the route that sends a mail, and [MailLogin.Login]
// the one that logs in at a backend with the link's token or the code. Opening
// the link changes nothing: a page of the application sends its token with POST.
package maillogin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const (
	// lifetime is how long link and code are valid (ASVS 5.0, 6.5.5).
	lifetime = 10 * time.Minute
	// tries is how many codes one request takes.
	tries = 5

	defaultDigits, leastDigits = 8, 6
	defaultCookie              = "ginauth_mail"
)

// Config is what logging in by mail is made of. Its zero value is ready.
type Config struct {
	// SignUp lets people log in with addresses that no user has: they get a mail too, and
	// the first use of it makes a user, verified and without a password. Defaults to
	// false: such addresses get no mail.
	SignUp bool
	// SameBrowser refuses links that are opened in another browser than the one that asked
	// for the mail. Defaults to false: they log in after a confirmation.
	SameBrowser bool
	// Digits is the length of the codes, 6 to 8. Defaults to 8.
	Digits int
	// Cookie is the cookie that binds a browser to its requests. Its MaxAge is ignored.
	// Defaults to the name "ginauth_mail" and the attributes of [backends.Cookie].
	Cookie backends.Cookie
}

// MailLogin is logging in by mail to one application. It is safe for concurrent use.
type MailLogin struct {
	config  Config
	routes  *routes.Routes
	pending records.PendingStore
	cookie  backends.Carrier
	// codes and pointers are keys, the current one first.
	codes, pointers [][]byte
}

// New adds logging in by mail to auth and prepares the store. The error joins all
// mistakes, each naming its field.
func New(ctx context.Context, auth *ginauth.Auth, config Config) (*MailLogin, error) {
	config.Digits = cmp.Or(config.Digits, defaultDigits)
	config.Cookie.Name = cmp.Or(config.Cookie.Name, defaultCookie)
	config.Cookie.MaxAge = lifetime
	m := &MailLogin{config: config, routes: auth.Routes()}
	m.codes, m.pointers = m.routes.Keys("ginauth:mail-code"), m.routes.Keys("ginauth:mail-pointer")
	store := auth.Manager().Store()
	problems := append(m.problems(), records.Ensure(ctx, store, records.NeedPending))
	m.pending, _ = records.As[records.PendingStore](store)
	var err error
	if m.cookie, err = config.Cookie.SetUp(backends.Setup{}); err != nil {
		problems = append(problems, fmt.Errorf("Config.Cookie: %w", err))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("maillogin: invalid configuration:\n%w", err)
	}
	return m, nil
}

// problems returns what is wrong with the configuration.
func (m *MailLogin) problems() (problems []error) {
	if d := m.config.Digits; d < leastDigits || d > defaultDigits {
		problems = append(problems, fmt.Errorf("Config.Digits is %d, want 6 to 8", d))
	}
	for _, b := range m.routes.Authenticator().Backends() {
		if slices.Contains(b.Carrier.Cookies(), m.config.Cookie.Name) {
			problems = append(problems, fmt.Errorf("Config.Cookie.Name %q is the cookie of backend %q", m.config.Cookie.Name, b.Name))
		}
	}
	if !m.routes.Manager().Mails(user.MailLogin) {
		problems = append(problems, errors.New("ginauth.Config.Hooks.Send is missing: there would be no mail to log in with (mails.Hooks has it)"))
	}
	return problems
}

// now is the present as it is stored.
func (m *MailLogin) now() time.Time { return m.routes.Now().UTC().Truncate(time.Millisecond) }

// Request returns POST /request-login, usually attached to /auth.
func (m *MailLogin) Request() routes.Group {
	route := routes.Route{Method: http.MethodPost, Path: "/request-login", Operation: "request_login", Event: user.EventMailLoginRequested, Doc: routes.Doc{
		Summary: "Ask for a mail to log in with",
		Description: "The answer is the same, and takes the same time, whether or not a user has the address. The mail has a link and a code, which are valid " +
			"for ten minutes; one of them logs in, once. A newer mail ends those of before.",
		Body: &routes.Body{Name: "RequestLoginRequest", Fields: []routes.Field{
			{Name: emailField, Format: "email", Required: true, Example: "king.arthur@camelot.bt"},
		}},
		Successes: []routes.Success{{
			Status: http.StatusAccepted, Description: "If the address may log in, it gets a mail.", Body: mailLoginRequested{exampleRequest},
			Headers: []routes.Header{{Name: "Set-Cookie", Description: "Binds the browser to its request.", Example: m.config.Cookie.Name + "=TOKEN"}},
		}},
		Limited: true,
	}}
	return m.routes.Group("mail_login_request",
		m.routes.Handled(route, routes.Operation{}, m.routes.Limited(limits.MailRequests, m.request)))
}

// Login returns POST /login/mail, to be attached beside the login of backend b. A login by
// mail verifies the user's address. Panics if the backend is not configured, or has no login.
func (m *MailLogin) Login(b backends.Backend) routes.Group {
	running := m.routes.LoginBackend(b.Name)
	l := login{m, running}
	route := routes.Route{Method: http.MethodPost, Path: "/login/mail", Operation: "login_mail", Event: user.EventLogin, Backend: running.Name, Doc: l.doc()}
	refused := routes.Refused{Status: http.StatusBadRequest, Detail: "LOGIN_BAD_CREDENTIALS"}
	operation := routes.Operation{Answers: append([]routes.Answer{{Err: user.ErrBadToken, Refused: *errBadToken}}, m.routes.BarredAnswers()...)}
	operation.Answers = append(operation.Answers, routes.Answer{Err: user.ErrBadCredentials, Refused: refused})
	if m.config.SignUp {
		operation.Answers = append(operation.Answers, routes.RegistrationAnswers(m.routes.Manager())...)
	}
	return m.routes.Group("mail_login", m.routes.Handled(route, operation, m.routes.Limited(limits.Logins, l.logIn)))
}

var (
	errBadToken = &routes.Refused{Status: http.StatusBadRequest, Detail: "LOGIN_BAD_TOKEN"}
	// errConfirm asks for a confirmation: the link was opened in another browser than the
	// one that requested the mail.
	errConfirm = &routes.Refused{Status: http.StatusBadRequest, Detail: "LOGIN_CONFIRM_BROWSER"}
)

// browser returns the secret of the browser's cookie, empty if it has none.
func (m *MailLogin) browser(c *gin.Context) (string, error) {
	secret, err := m.cookie.Token(c)
	if err != nil || !isSecret(secret) {
		return "", err
	}
	return secret, nil
}
