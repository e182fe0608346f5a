package routes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
)

const (
	refreshTokenField = "refresh_token"
	rememberField     = "remember"
	refreshOperation  = "refresh"
)

// errInvalidToken is [ErrUnauthorized] for clients that send their tokens themselves.
var errInvalidToken = &Refused{
	Status: http.StatusUnauthorized, Detail: "Unauthorized", Challenge: `error="invalid_token"`,
}

// refreshing is a backend with refresh tokens.
type refreshing struct {
	*Routes
	backend *backends.Running
	tokens  backends.Refresher
	carrier backends.RefreshCarrier
	demands Demands
}

// refreshRoutes returns POST /refresh; none where the backend has no refresh tokens.
func (r *Routes) refreshRoutes(b *backends.Running, options GroupOptions) []Route {
	refresher, carrier := b.Refresher()
	if refresher == nil {
		return nil
	}
	f := refreshing{r, b, refresher, carrier, Demands{Verified: options.Verified}}
	doc := Doc{
		Summary: "Get new tokens for a refresh token",
		Description: "The refresh token is replaced. After 503 and 429 the same request may be sent again; " +
			"after 401 the user has to log in.",
		Successes: []Success{r.LoginSuccess(b)},
		Refusals:  []Refused{*ErrUnauthorized},
		Limited:   true,
	}
	if !f.cookies() {
		doc.Body = refreshRequest()
	}
	route := Route{Method: http.MethodPost, Path: "/refresh", Operation: refreshOperation, Event: user.EventRefreshed, Backend: b.Name, Doc: doc}
	return []Route{r.Handled(route, noOperation, r.Limited(limits.Refreshes, f.refresh))}
}

// cookies reports whether browsers send the tokens by themselves.
func (f refreshing) cookies() bool { return len(f.carrier.Cookies()) > 0 }

// refresh is POST /refresh.
func (f refreshing) refresh(c *gin.Context) error {
	// A page elsewhere must not make the browser forget its tokens either.
	if !f.crossOrigin.Allows(c.Request, f.cookies()) {
		return ErrCrossOrigin
	}
	token, err := f.token(c)
	if err != nil {
		return err
	}
	f.enterBackend(c, f.backend)
	issued, err := f.reissue(c, token)
	switch {
	case errors.Is(err, user.ErrUnavailable), err != nil && !errors.Is(err, backends.ErrRefreshRefused):
		return err
	case err != nil:
		return f.forget(c)
	}
	// What does not reach the client is not ended: it may send the same token again.
	issued.RefreshPath = f.refreshPath(f.backend)
	body, err := f.carrier.Write(c, issued)
	if err != nil {
		return fmt.Errorf("routes: put tokens into response: %w", backends.Unavailable(err))
	}
	return f.answerLogin(c, body)
}

// reissue is the gate's part for a login that goes on: the account is checked, and no
// hook of a login runs. Errors are [backends.ErrRefreshRefused] or a store's failure.
func (f refreshing) reissue(c *gin.Context, token string) (backends.Issued, error) {
	ctx := c.Request.Context()
	identity, found, err := f.tokens.ReadRefresh(ctx, token)
	if err != nil {
		return backends.Issued{}, fmt.Errorf("routes: read refresh token: %w", backends.Unavailable(err))
	}
	if !found {
		return backends.Issued{}, backends.ErrRefreshRefused
	}
	u, err := f.owner(ctx, identity)
	if err != nil {
		return backends.Issued{}, err
	}
	if u == nil {
		if err := f.tokens.EndRefresh(ctx, identity); err != nil {
			return backends.Issued{}, fmt.Errorf("routes: end login: %w", backends.Unavailable(err))
		}
		return backends.Issued{}, backends.ErrRefreshRefused
	}
	user.RequestContextOf(c.Request.Context()).NoteSubject(u)
	if f.demands.admits(u, f.now()) != nil {
		return backends.Issued{}, backends.ErrRefreshRefused
	}
	e := user.Event{
		Kind: user.EventRefreshed, User: u.ID, Backend: f.backend.Name, Methods: identity.Login.Methods, Session: f.handles.of(identity.TokenHash),
	}
	if err := f.manager.Require(ctx, &e); err != nil {
		return backends.Issued{}, err
	}
	issued, err := f.tokens.Refresh(ctx, token, identity, u)
	switch {
	case err == nil:
		f.manager.Emit(ctx, e)
	case errors.Is(err, backends.ErrRefreshReused):
		f.refreshReused(c, f.backend, u, identity.TokenHash)
	case !errors.Is(err, backends.ErrRefreshRefused):
		err = fmt.Errorf("routes: refresh: %w", backends.Unavailable(err))
	}
	return issued, err
}

// owner returns the user of the login, or nil if it must not go on: the user is deleted,
// inactive or banned, the tokens were ended, or the same is true of the acting superuser.
func (f refreshing) owner(ctx context.Context, identity backends.Identity) (*user.User, error) {
	u := identity.User
	if u == nil || u.ID != identity.UserID { // a store that mixes up answers must not let another user in
		var err error
		if u, err = f.manager.ByID(ctx, identity.UserID); err != nil {
			return nil, notFoundIs(err, nil)
		}
	}
	if u.Barred(f.now()) || !u.Counts(identity.TokenVersion, identity.TokenHash) {
		return nil, nil
	}
	if identity.Login.Actor != "" {
		login := identity.Login
		login.User = u
		stands, err := f.actorStands(ctx, login)
		if err != nil || !stands {
			return nil, err
		}
	}
	return u, nil
}

// token returns the refresh token of the cookie or of the body.
func (f refreshing) token(c *gin.Context) (string, error) {
	if f.cookies() {
		return f.carrier.RefreshToken(c), nil
	}
	in, err := f.InputOrForm(c)
	if err != nil {
		return "", err
	}
	in.check.grant(in.fields.Text(grantTypeField), refreshTokenField, wire.OtherRefreshGrant)
	token := in.check.Text(in.fields.Text(refreshTokenField).EmptyIsMissing())
	return token, in.Err()
}

// forget makes the client forget its tokens and returns the error that answers 401.
func (f refreshing) forget(c *gin.Context) error {
	if !f.cookies() {
		return errInvalidToken
	}
	if err := f.clear(c); err != nil {
		return err
	}
	return ErrUnauthorized
}

func (f refreshing) clear(c *gin.Context) error {
	err := errors.Join(f.carrier.Clear(c), f.carrier.ClearRefresh(c, f.refreshPath(f.backend)))
	if err != nil {
		return fmt.Errorf("routes: clear tokens: %w", backends.Unavailable(err))
	}
	return nil
}

// logout is a logout without a valid access token: a refresh token that is
// authentic ends its login just as well.
func (f refreshing) logout(c *gin.Context) error {
	if !f.crossOrigin.Allows(c.Request, f.cookies()) {
		return ErrCrossOrigin
	}
	token, err := f.token(c)
	if err != nil {
		return f.forget(c)
	}
	ended, err := f.end(c.Request.Context(), token)
	if err != nil {
		return err
	}
	if !ended {
		return f.forget(c)
	}
	if err := errors.Join(f.clear(c), f.clearLoginToken(c, f.backend)); err != nil {
		return err
	}
	return f.empty(c)
}

// end ends the login of a refresh token and reports whether there was one.
func (f refreshing) end(ctx context.Context, token string) (bool, error) {
	identity, found, err := f.tokens.ReadRefresh(ctx, token)
	if err != nil {
		return false, fmt.Errorf("routes: read refresh token: %w", backends.Unavailable(err))
	}
	if !found {
		return false, nil
	}
	e := user.Event{
		Kind: user.EventLogout, User: identity.UserID, Backend: f.backend.Name, Session: f.handles.of(identity.TokenHash),
	}
	if err := f.manager.Require(ctx, &e); err != nil {
		return false, err
	}
	if err := f.tokens.EndRefresh(ctx, identity); err != nil {
		return false, fmt.Errorf("routes: end login: %w", backends.Unavailable(err))
	}
	f.manager.Emit(ctx, e)
	return true, nil
}

// endRefresh ends the login of the refresh token that a browser sends along at a
// logout, and makes it forget that token.
func (r *Routes) endRefresh(c *gin.Context, b *backends.Running) error {
	refresher, carrier := b.Refresher()
	if refresher == nil {
		return nil
	}
	f := refreshing{Routes: r, backend: b, tokens: refresher, carrier: carrier}
	if token := carrier.RefreshToken(c); token != "" {
		if _, err := f.end(c.Request.Context(), token); err != nil {
			return err
		}
	}
	return carrier.ClearRefresh(c, r.refreshPath(b))
}

// refreshPath returns where browsers send the refresh tokens of a backend: to the auth
// group that has been attached first, or to every path where that is not one path.
func (r *Routes) refreshPath(b *backends.Running) string {
	refresher, _ := b.Refresher()
	if refresher == nil {
		return ""
	}
	if path := refresher.RefreshPath(); path != "" {
		return path
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, group := range r.attached {
		for _, route := range group.Routes {
			if route.Operation == refreshOperation && route.Backend == b.Name && !strings.ContainsAny(group.Prefix, ":*") {
				return strings.TrimSuffix(group.Prefix, "/")
			}
		}
	}
	return "/"
}

// Remembers reports whether a login through backend b can be remembered: whether the
// client's wish in "remember" changes anything.
func (r *Routes) Remembers(b *backends.Running) bool {
	refresher, carrier := b.Refresher()
	return refresher != nil && len(carrier.Cookies()) > 0
}
