package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/example/demoprovider"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/pages"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/routes/apikeys"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/routes/passkeys"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// App is the demonstration, ready to serve.
type App struct {
	Engine *gin.Engine
	Auth   *ginauth.Auth
	// Outbox holds the mails; nil where real ones are sent, or none.
	Outbox *mails.Outbox

	settings  Settings
	engines   *engines
	seen      *seen
	providers []string // titles
	// ping asks whether the store answers.
	ping func(context.Context) error
}

// sessionName is the name of the gin-contrib session, and so of its cookie.
const sessionName = "ginauth_session"

// New opens the databases and wires the application. PublicURL must be set.
func New(ctx context.Context, s Settings, out io.Writer) (*App, error) {
	secret, err := secretOf(s, out)
	if err != nil {
		return nil, err
	}
	e, err := startEngines(ctx, s)
	if err != nil {
		return nil, err
	}
	a := &App{settings: s, engines: e}
	if err := a.wire(ctx, secret); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) wire(ctx context.Context, secret secrets.Secret) error {
	store, err := a.openStore(ctx)
	if err != nil {
		return err
	}
	a.ping = store.Ping
	hooks, err := a.mailHooks()
	if err != nil {
		return err
	}
	hooks.BeforeRegister = beforeRegister
	ways := a.backends()
	config := withRights(ginauth.Config{
		Store:            store,
		Secret:           secret,
		Backends:         ways.all(),
		Hooks:            hooks,
		ValidatePassword: password.MinLength(3),
		TrustedOrigins:   a.settings.origins(),
		Wire:             a.settings.wire(),
		Limits:           limits.Config{Off: a.settings.Limits == "off"},
		Policy:           user.Policy{Registration: a.settings.registration(), Usernames: a.settings.usernames()},
	})
	if a.seen, err = a.watch(ctx, &config); err != nil {
		return err
	}
	if a.Auth, err = ginauth.New(config); err != nil {
		return err
	}
	if a.settings.NotifyLogins == "on" && a.seen.log != nil {
		a.seen.log.NotifyLogins(a.Auth.Manager(), audit.NewDevices)
	}
	if err := a.ensureSuperuser(ctx); err != nil {
		return err
	}
	return a.attach(ctx, ways, secret)
}

// ways are the demonstration's backends.
type ways struct {
	jwt, cookie, session, redis, app, appWeb backends.Backend
	key, keyHeader                           backends.Backend // without a login
}

func (w ways) all() []backends.Backend {
	return append(w.logins(), w.key, w.keyHeader)
}

// logins are the backends that users log in to.
func (w ways) logins() []backends.Backend {
	return []backends.Backend{w.jwt, w.cookie, w.session, w.redis, w.app, w.appWeb}
}

func (a *App) backends() ways {
	insecure := a.insecure()
	return ways{
		jwt:     backends.Backend{Name: "jwt", Transport: backends.Bearer{}, Strategy: backends.JWT{}},
		cookie:  backends.Backend{Name: "cookie", Transport: backends.Cookie{Insecure: insecure}, Strategy: backends.Database{}},
		session: backends.Backend{Name: "session", Transport: sessions.Transport{Name: sessionName, Insecure: insecure}, Strategy: backends.Database{}},
		redis:   backends.Backend{Name: "redis", Transport: backends.Bearer{}, Strategy: redisstrategy.Redis{Client: a.engines.redis}},
		app:     backends.Backend{Name: "app", Transport: backends.Bearer{}, Strategy: refresh.Strategy{}},
		appWeb:  backends.Backend{Name: "app_web", Transport: backends.Cookie{Name: "app_web", Insecure: insecure}, Strategy: refresh.Strategy{}},
		// Last: a request with a token of a login is looked at for that first.
		key:       backends.Backend{Name: "key", Transport: backends.Bearer{}, Strategy: apikey.Strategy{}},
		keyHeader: backends.Backend{Name: "key_header", Transport: backends.Header{Name: "X-API-Key"}, Strategy: apikey.Strategy{}},
	}
}

// insecure reports whether browsers come over plain HTTP, where they would not
// send a Secure cookie back.
func (a *App) insecure() bool { return strings.HasPrefix(a.settings.PublicURL, "http://") }

func (a *App) attach(ctx context.Context, w ways, secret secrets.Secret) error {
	keys, err := secrets.NewKeys(secret)
	if err != nil {
		return err
	}
	demo, demoWays, err := a.newDemo(keys)
	if err != nil {
		return err
	}
	providers := append(demoWays, a.realWays()...)
	for _, p := range providers {
		a.providers = append(a.providers, p.Title)
	}
	second, err := factors.New(ctx, a.Auth, factors.Config{Issuer: "ginauth's demonstration", TrustDevice: 30 * 24 * time.Hour})
	if err != nil {
		return err
	}
	keyring, err := a.newPasskeys(ctx)
	if err != nil {
		return err
	}
	keysOfUsers, err := a.apiKeys(ctx)
	if err != nil {
		return err
	}
	r := gin.New()
	r.Use(gin.Recovery(), a.settings.onlyKnownHosts(), noteLanguage, ginsessions.Sessions(sessionName, sessionStore(keys)))

	a.attachLogins(r, w)
	if err := a.attachRegistration(ctx, r); err != nil {
		return err
	}
	a.Auth.ResetPasswordRoutes().Attach(r.Group("/auth"))
	a.Auth.VerifyRoutes().Attach(r.Group("/auth"))
	if err := a.attachUsers(ctx, r.Group("/users")); err != nil {
		return err
	}
	a.attachCredentials(r, w, second, keyring, keysOfUsers)
	a.attachOAuth(r, w, providers)
	if err := a.seen.attach(r, a.Auth); err != nil {
		return err
	}
	shown, err := a.newPages(r, w.cookie)
	if err != nil {
		return err
	}
	if err := a.attachMailLogin(ctx, r, w); err != nil {
		return err
	}
	attachProtected(r.Group("/protected"), a.Auth)
	a.attachFront(r, shown, front{
		Providers: providers, Outbox: a.Outbox != nil, Passkeys: a.passkeysElsewhere(keyring),
		ByInvitation: a.settings.registration() == ginauth.InvitationOnly,
	})
	a.attachHelp(r, shown, demo)
	a.Engine = r
	return nil
}

// attachLogins attaches the ways in with a password, one for each backend.
func (a *App) attachLogins(r *gin.Engine, w ways) {
	a.Auth.AuthRoutes(w.jwt).Attach(r.Group("/auth/jwt"))
	a.Auth.AuthRoutes(w.cookie).Attach(r.Group("/auth/cookie"))
	a.Auth.AuthRoutes(w.session).Attach(r.Group("/auth/session"))
	a.Auth.AuthRoutes(w.redis).Attach(r.Group("/auth/redis"))
	a.Auth.AuthRoutes(w.app).Attach(r.Group("/auth/app"))
	a.Auth.AuthRoutes(w.appWeb).Attach(r.Group("/auth/app-web"))
	a.Auth.AuthRoutes(w.jwt, ginauth.Verified()).Attach(r.Group("/auth/verified"))
}

// attachCredentials attaches what users log in with beside a password, and their sessions.
func (a *App) attachCredentials(r *gin.Engine, w ways, second *factors.Factors, keyring *passkeys.Passkeys, keys *apikeys.APIKeys) {
	own, admin := r.Group("/users/me"), r.Group("/users/:id")
	a.Auth.SessionsRoutes().Attach(own)
	a.Auth.UserSessionsRoutes().Attach(admin)
	second.Own().Attach(own)
	second.Admin().Attach(admin)
	attachPasskeys(r, keyring, w)
	keys.Own().Attach(own)
	keys.Admin().Attach(admin)
}

// attachHelp attaches what a developer looks at: the demo provider, the API's description,
// the outbox.
func (a *App) attachHelp(r *gin.Engine, shown *pages.Pages, demo *demoprovider.Provider) {
	if demo != nil {
		r.Match([]string{http.MethodGet, http.MethodPost}, demoPath+"/*path", gin.WrapH(demo))
	}
	r.GET("/openapi.json", openapi.Handler(a.Auth, openapi.Title("ginauth's demonstration")))
	openapi.Page("/openapi.json").BackTo("/", "ginauth's demonstration").Attach(r.Group("/docs"))
	r.GET("/healthz", a.healthz)
	if a.Outbox != nil {
		attachOutbox(r, a.Outbox, shown)
	}
}

// sessionStore keeps gin-contrib's sessions in the browser, signed and encrypted.
func sessionStore(keys *secrets.Keys) ginsessions.Store {
	return cookie.NewStore(keys.Derive("example:session-signing")[0], keys.Derive("example:session-encryption")[0])
}

func (a *App) healthz(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), 3*time.Second)
	defer cancel()
	if err := a.ping(ctx); err != nil {
		c.String(http.StatusServiceUnavailable, "store does not answer")
		return
	}
	c.String(http.StatusOK, "ok")
}

func (a *App) ensureSuperuser(ctx context.Context) error {
	if a.settings.SuperuserEmail == "" {
		return nil
	}
	_, err := a.Auth.Manager().EnsureSuperuser(ctx, a.settings.SuperuserEmail, a.settings.SuperuserPassword)
	if err != nil {
		return fmt.Errorf("create the superuser: %w", err)
	}
	return nil
}

// Close releases the databases. The HTTP server must have stopped.
func (a *App) Close() error { return a.engines.close() }
