package passkeys

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Login returns the routes with which users log in at backend b with a passkey alone,
// usually attached where b's other routes are: POST /passkey/options and POST
// /passkey/login. Of the options it takes [ginauth.Verified]. Panics if b is not in the
// application's Config.Backends.
func (p *Passkeys) Login(b backends.Backend, options ...ginauth.GroupOption) routes.Group {
	running := p.routes.LoginBackend(b.Name)
	l := login{p, running, routes.Demands{Verified: ginauth.Options(options...).Verified}}
	operation := routes.Operation{Answers: append([]routes.Answer{
		{Err: user.ErrBadCredentials, Refused: routes.Refused{Status: http.StatusBadRequest, Detail: "LOGIN_BAD_CREDENTIALS"}},
	}, p.routes.BarredAnswers()...)}
	if l.demands.Verified {
		operation.Answers = append(operation.Answers,
			routes.Answer{Err: user.ErrNotVerified, Refused: routes.Refused{Status: http.StatusBadRequest, Detail: "LOGIN_USER_NOT_VERIFIED"}})
	}
	return p.routes.Group("passkey_login",
		p.routes.Handled(l.optionsRoute(), routes.Operation{}, p.routes.Limited(limits.Passkeys, l.options)),
		p.routes.Handled(l.loginRoute(), operation, p.routes.Limited(limits.Logins, l.login)))
}

// login is the logins with passkeys at one backend.
type login struct {
	*Passkeys
	backend *backends.Running
	demands routes.Demands
}

func (l login) optionsRoute() routes.Route {
	return routes.Route{Method: http.MethodPost, Path: "/passkey/options", Operation: "options", Backend: l.backend.Name, Doc: routes.Doc{
		Summary: "Options for a login with a passkey",
		Description: "`publicKey` is what `PublicKeyCredential.parseRequestOptionsFromJSON` takes, also with conditional mediation. It is the same for " +
			"everybody but for the challenge. A browser gets a cookie that it has to send with the answer.",
		Successes: []routes.Success{{Status: http.StatusOK, Description: "The options.", Body: l.sampleRequest("required"), Headers: []routes.Header{{
			Name: "Set-Cookie", Description: "Binds the login to the browser.", Example: "ginauth_ceremony=TOKEN",
		}}}},
		Limited: true,
	}}
}

// options is POST /passkey/options. It neither uses the store nor reads the
// body, so the answer does not depend on an address.
func (l login) options(c *gin.Context) error {
	if err := l.routes.SameOrigin(c, l.backend); err != nil {
		return err
	}
	assertion, session, err := l.party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return err
	}
	browser, err := l.bind(c, l.backend)
	if err != nil {
		return err
	}
	sealed, err := l.seal(loggingIn, ceremony{Browser: browser, Session: *session})
	if err != nil {
		return err
	}
	return routes.JSON(c, http.StatusOK, requestOf(sealed, assertion.Response))
}

func (l login) loginRoute() routes.Route {
	fields := []routes.Field{
		{Name: ceremonyField, Required: true, Description: "Of the options."},
		{Name: credentialField, Type: "object", Required: true, Description: "What `toJSON()` of the credential returns.", Sample: authenticationResponseJSON{}},
	}
	name := "PasskeyLoginRequest"
	if l.routes.Remembers(l.backend) {
		name = "RememberedPasskeyLoginRequest"
		fields = append(fields, routes.Field{Name: rememberField, Type: "boolean", Nullable: true, Description: "Stay logged in when the browser is closed."})
	}
	return routes.Route{Method: http.MethodPost, Path: "/passkey/login", Operation: "login", Event: user.EventLogin, Backend: l.backend.Name, Doc: routes.Doc{
		Summary:     "Log in with a passkey",
		Description: "The authenticator has verified its user, so no second factor is asked for.",
		Body:        &routes.Body{Name: name, Fields: fields},
		Successes:   []routes.Success{l.routes.LoginSuccess(l.backend)},
		Vetoed:      l.routes.Manager().Vetoes().Login,
		Limited:     true,
	}}
}

// login is POST /passkey/login. All failures get the same answer, after the same work
// whether or not the passkey exists.
func (l login) login(c *gin.Context) error {
	if err := l.routes.SameOrigin(c, l.backend); err != nil {
		return err
	}
	in, err := l.routes.Input(c)
	if err != nil {
		return err
	}
	sealed, credential := in.Text(ceremonyField), in.OptionalObject(credentialField)
	if credential == nil && in.Err() == nil {
		in.Missing(credentialField)
	}
	remember := l.routes.Remembers(l.backend) && in.OptionalFlag(rememberField)
	if err := in.Err(); err != nil {
		return err
	}
	ctx := c.Request.Context()
	begun, err := l.open(loggingIn, sealed)
	if err == nil && !l.bound(c, l.backend, begun.Browser) {
		err = errBadCeremony
	}
	if err == nil {
		err = l.use(ctx, begun)
	}
	if errors.Is(err, errBadCeremony) {
		return user.ErrBadCredentials
	}
	if err != nil {
		return err
	}
	u, err := l.signIn(ctx, begun, credential)
	if err != nil {
		return err
	}
	methods := []user.Method{user.MethodPasskey, user.MethodUserVerified}
	if err := l.unbind(c, l.backend); err != nil {
		return err
	}
	return l.routes.Enter(c, l.backend, user.Login{User: u, Methods: methods, Remember: remember}, l.demands)
}

// signIn verifies the answer to a login and returns its user.
func (l login) signIn(ctx context.Context, begun ceremony, answer []byte) (*user.User, error) {
	parsed, err := l.parse(answer)
	if err != nil {
		return nil, user.ErrBadCredentials
	}
	h, u, err := l.owner(ctx, parsed.RawID)
	if err != nil && !errors.Is(err, user.ErrNotFound) {
		return nil, err
	}
	known := err == nil && h.UVInitialized && bytes.Equal(h.Handle, parsed.Response.UserHandle)
	if !known {
		h = l.decoy.held(parsed)
	}
	err = l.verify(begun, parsed, h)
	if !known || err != nil {
		return nil, user.ErrBadCredentials
	}
	user.RequestContextOf(ctx).NoteSubject(u)
	if err := l.note(ctx, u, h, parsed); errors.Is(err, errNotAccepted) {
		return nil, user.ErrBadCredentials
	} else if err != nil {
		return nil, err
	}
	return u, nil
}

// owner returns the passkey of that credential ID and its user, or [user.ErrNotFound],
// after the same number of reads.
func (p *Passkeys) owner(ctx context.Context, credentialID []byte) (h held, u *user.User, err error) {
	c, err := records.StoreCall(ctx, func(ctx context.Context) (records.Credential, error) {
		return p.store.CredentialByKey(ctx, passkeyKind, keyOf(credentialID))
	})
	unknown := errors.Is(err, user.ErrNotFound)
	if err != nil && !unknown {
		return h, nil, err
	}
	id := c.UserID
	if unknown {
		id = p.routes.Manager().Store().NewID()
	}
	u, err = p.routes.Manager().ByID(ctx, id)
	if err != nil {
		return h, nil, err
	}
	if unknown || !isValid(u, c) {
		return h, nil, user.ErrNotFound
	}
	h, err = read(c)
	return h, u, err
}
