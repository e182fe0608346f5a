package ginauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/background"
	"github.com/ginauth/ginauth/internal/clientip"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/roles"
	"github.com/ginauth/ginauth/user/secrets"
)

// New checks and completes config and returns an Auth. The error joins all
// mistakes, each naming its field. New neither blocks nor contacts the
// store, except with Config.Usernames: it prepares the store for them, for up to 30 seconds.
func New(config Config) (*Auth, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	b := builder{config: config, touches: background.New(touchWorkers, touchQueue, config.Logger)}
	auth := b.build()
	if err := errors.Join(b.problems...); err != nil {
		return nil, fmt.Errorf("ginauth: invalid configuration:\n%w", err)
	}
	return auth, nil
}

// builder makes an Auth and collects the mistakes on the way.
type builder struct {
	config   Config
	touches  *background.Pool
	problems []error
}

func (b *builder) note(err error) {
	if err != nil {
		b.problems = append(b.problems, err)
	}
}

// noteAll notes each of the errors joined in err, with its field's prefix.
func (b *builder) noteAll(prefix string, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			b.noteAll(prefix, one)
		}
		return
	}
	if err != nil {
		b.note(fmt.Errorf("%s%w", prefix, err))
	}
}

// build returns nil if there are mistakes. Each part is made in spite of those before it, so
// that one call finds the mistakes of all.
func (b *builder) build() *Auth {
	keys, err := secrets.NewKeys(b.config.Secret, b.config.PreviousSecrets...)
	b.noteAll("Config.", err)
	if !b.config.Wire.Valid() {
		b.note(fmt.Errorf("Config.Wire is %d, want WireV9 or WireV15", b.config.Wire))
	}
	addresses, err := clientip.New(b.config.TrustedProxies)
	b.noteAll("Config.", err)
	if b.config.Store != nil {
		b.noteAll("Config.Store: ", routes.CheckProfile(b.config.Store.ProfileType()))
		b.noteAll("Config.", routes.CheckPolicy(b.config.Policy, b.config.Store.ProfileType()))
	}
	b.checkFactors()
	running := b.backends(keys)
	crossOrigin, err := backends.NewCrossOrigin(running, b.config.TrustedOrigins)
	b.noteAll("Config.", err)
	declared, err := roles.New(b.config.Roles)
	b.noteAll("Config.", err)
	manager, err := user.NewManager(b.managerConfig(keys, running, declared))
	b.noteAll("Config.", err)
	if len(b.problems) > 0 {
		return nil
	}
	if queue := b.config.Trace.Queue; queue != nil {
		queue("touches", b.touches.Waiting, b.touches.Dropped)
	}
	sources := &clientip.Sources{Extractor: addresses, CountLoopback: b.config.Limits.CountLoopback, Logger: b.config.Logger}
	return &Auth{
		touches: b.touches,
		routes: routes.New(routes.Config{
			Manager:       manager,
			Keys:          keys,
			Authenticator: backends.NewAuthenticator(running, manager.ByID),
			CrossOrigin:   crossOrigin,
			ClientIP:      addresses.Text,
			Source:        sources.Of,
			Wire:          b.config.Wire,
			Now:           b.config.Now,
			Logger:        b.config.Logger,
			AfterLogin:    b.config.AfterLogin,
			Factors:       b.config.Factors,
			RequireFactor: b.config.RequireFactor,
		}),
	}
}

func (b *builder) checkFactors() {
	named := map[string]bool{}
	for i, f := range b.config.Factors {
		switch {
		case f == nil:
			b.note(fmt.Errorf("Config.Factors[%d] is nil", i))
		case named[f.Name()]:
			b.note(fmt.Errorf("Config.Factors[%d] is %q, as another one", i, f.Name()))
		default:
			named[f.Name()] = true
		}
	}
	if _, ok := records.As[records.PendingStore](b.config.Store); len(b.config.Factors) > 0 && !ok {
		b.note(errors.New("Config.Factors needs a Store that implements records.PendingStore"))
	}
}

// backends sets up the valid backends and notes the mistakes of the others.
func (b *builder) backends(keys *secrets.Keys) []*backends.Running {
	if len(b.config.Backends) == 0 {
		b.note(errors.New("Config.Backends is empty, want at least one"))
	}
	tokens, _ := records.As[records.TokenStore](b.config.Store)
	credentials, _ := records.As[records.CredentialStore](b.config.Store)
	setup := backends.Setup{
		Keys:            keys,
		Tokens:          tokens,
		Credentials:     credentials,
		TokensValidFrom: b.config.TokensValidFrom,
		Now:             b.config.Now,
		Logger:          b.config.Logger,
		Background:      b.background,
	}
	if b.config.Store != nil {
		setup.ParseID = b.config.Store.ParseID
	}
	var running []*backends.Running
	named := map[string]int{}
	for i, backend := range b.config.Backends {
		one, err := backends.SetUp(backend, setup)
		b.noteAll(fmt.Sprintf("Config.Backends[%d].", i), err)
		if err != nil {
			continue
		}
		if first, taken := named[one.Name]; taken {
			b.note(fmt.Errorf("Config.Backends[%d].Name is %q, as that of Backends[%d]", i, one.Name, first))
			continue
		}
		named[one.Name] = i
		running = append(running, one)
	}
	b.noteAll("Config.Backends: ", backends.CookieNamesOnce(running))
	return running
}

// background is how backends do work off the request path; see [backends.Setup].
func (b *builder) background(name string, run func(context.Context) error) {
	b.touches.Submit(background.Job{Name: name, Attempts: 1, Timeout: touchTimeout, Run: run})
}

// managerConfig has the token stores of all backends, in which a Manager ends a user's
// tokens.
func (b *builder) managerConfig(keys *secrets.Keys, running []*backends.Running, declared *roles.Roles) user.ManagerConfig {
	var tokens []records.TokenStore
	for _, backend := range running {
		if store := backend.Records(); store != nil && !slices.Contains(tokens, store) {
			tokens = append(tokens, store)
		}
	}
	return user.ManagerConfig{
		Store:            b.config.Store,
		Keys:             keys,
		Hooks:            b.config.Hooks,
		ValidatePassword: b.config.ValidatePassword,
		Hasher:           b.config.Hasher,
		ResetLifetime:    b.config.ResetLifetime,
		VerifyLifetime:   b.config.VerifyLifetime,
		TokensValidFrom:  b.config.TokensValidFrom,
		Policy:           b.config.Policy,
		Roles:            declared,
		OnEvent:          b.config.OnEvent,
		RequiredEvents:   b.config.RequiredEvents,
		OnRequiredEvent:  b.config.OnRequiredEvent,
		Trace:            b.config.Trace,
		Limits:           b.config.Limits,
		Tokens:           tokens,
		Now:              b.config.Now,
		Logger:           b.config.Logger,
	}
}
