// Package factors adds second factors to an application: codes of an authenticator app
// (TOTP, RFC 6238), recovery codes, and browsers that are trusted for a while.
//
// [New] registers them, so that every way in of the application asks users who have set
// one up. It is called after ginauth.New and before the routes of the backends are made.
// [Factors.Own] and [Factors.Admin] are the route groups with which users and superusers
// manage them.
package factors

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

const (
	defaultFresh = 10 * time.Minute
	maxIssuer    = 64
)

// Config is what second factors are made of.
type Config struct {
	// Issuer is the application's name as authenticator apps show it, of at most 64
	// characters. It cannot be changed later in the apps of those who have enrolled.
	// Required.
	Issuer string

	// TrustDevice is how long a browser is trusted whose user wishes so at a login: a
	// later login there by password or OAuth needs no second factor. It ends with every
	// event that ends the user's tokens. Defaults to 0: no browser is trusted.
	TrustDevice time.Duration
	// TrustDeviceFor says whose browsers may be trusted, for example everybody's but
	// superusers'. Defaults to every user's.
	TrustDeviceFor func(*user.User) bool
	// Fresh is how recent a login must be to change second factors. Defaults to 10 minutes.
	Fresh time.Duration
	// Permission is what roles need for the routes of [Factors.Admin], beside superusers.
	// With it users see and reset the factors of users who may do no more than they. A
	// permission that is named here must be in a role of ginauth.Config.Roles. Defaults to
	// "users:factors" if that is in one, else the routes are for superusers alone.
	Permission string
}

// Factors are the second factors of one application. It is safe for concurrent use.
type Factors struct {
	config Config
	routes *routes.Routes
	store  records.CredentialStore
	sealer *secrets.Sealer
	draw   func(uri string) (string, error)
}

// New adds second factors to auth. It prepares the store and makes sure that the secrets
// in it can be opened with the application's key ring. The error joins all mistakes, each
// naming its field. Panics if AuthRoutes was called before, or New was: the groups of the
// backends have the routes of the factors that are there when they are made.
func New(ctx context.Context, auth *ginauth.Auth, config Config) (*Factors, error) {
	if config.Fresh == 0 {
		config.Fresh = defaultFresh
	}
	var badPermission error
	if config.Permission, badPermission = auth.Manager().Roles().Choose(config.Permission, "users:factors"); badPermission != nil {
		badPermission = fmt.Errorf("Config.Permission %w", badPermission)
	}
	f := &Factors{config: config, routes: auth.Routes(), sealer: auth.Routes().Sealer(), draw: picture}
	store := auth.Manager().Store()
	problems := append(config.problems(), records.Ensure(ctx, store, records.NeedCredentials, records.NeedPending))
	if able, ok := records.As[records.CredentialStore](store); ok && problems[len(problems)-1] == nil {
		f.store = able
		problems = append(problems, f.checkKeys(ctx))
	}
	if err := errors.Join(append(problems, badPermission)...); err != nil {
		return nil, fmt.Errorf("factors: invalid configuration:\n%w", err)
	}
	f.routes.AddFactor(totp{f})
	f.routes.AddFactor(recovery{f})
	if config.TrustDevice > 0 {
		f.routes.UseDevices(devices{f})
	}
	return f, nil
}

// problems returns what is wrong with c.
func (c Config) problems() (problems []error) {
	note := func(wrong bool, text string) {
		if wrong {
			problems = append(problems, errors.New(text))
		}
	}
	note(strings.TrimSpace(c.Issuer) == "", "Config.Issuer is missing")
	note(utf8.RuneCountInString(c.Issuer) > maxIssuer, "Config.Issuer has more than 64 characters")
	note(!utf8.ValidString(c.Issuer) || strings.ContainsFunc(c.Issuer, unicode.IsControl), "Config.Issuer has characters that cannot be shown")
	note(c.TrustDevice < 0, "Config.TrustDevice is negative")
	note(c.TrustDeviceFor != nil && c.TrustDevice == 0, "Config.TrustDeviceFor has no effect without TrustDevice")
	note(c.Fresh < 0, "Config.Fresh is negative")
	return problems
}

// now is the present as it is stored.
func (f *Factors) now() time.Time { return f.routes.Now().UTC().Truncate(time.Millisecond) }

// errContended says that other requests came in between too often.
var errContended = fmt.Errorf("%w: too many changes at once", user.ErrUnavailable)

// tries is how often a conditional write is tried that lost against another.
const tries = 3
