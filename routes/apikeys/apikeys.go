// Package apikeys lets users make API keys: tokens for programs that act in their name,
// within the scopes that the application declares.
//
// [New] declares the scopes. It is called after ginauth.New, whose Config.Backends has
// one or more backends with apikey.Strategy, and before the group of users is made.
// [APIKeys.Own] and [APIKeys.Admin] are the route groups with which users and superusers
// manage keys. A guard lets a key in only if it names a scope of it, see ginauth.Scope.
package apikeys

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const (
	defaultFresh = 10 * time.Minute
	defaultMax   = 100
	maxScope     = 64
)

// Config is what API keys are made of.
type Config struct {
	// Scopes are what keys may be limited to, by name, such as "orders:read": 1 to 64
	// printable ASCII characters without spaces, quotes and backslashes (RFC 6749, section
	// 3.3). With the scope "profile" a key may call GET /me. A scope that is taken out is
	// ignored in the keys that have it. Required.
	Scopes map[string]Scope

	// MaxLifetime is how long a key may last; one without an end of its own ends then.
	// Defaults to 0: keys may last for ever.
	MaxLifetime time.Duration
	// MaxKeys is how many keys a user may have. Defaults to 100.
	MaxKeys int
	// Fresh is how recent a login must be to make, rename and remove keys. Defaults to 10
	// minutes.
	Fresh time.Duration
	// Permits reports whether a user has a permission that a Scope needs. It is called
	// when a key is made and each time it is used, for active users that are no
	// superusers. Defaults to the permissions of the user's roles, ginauth.Config.Roles,
	// one of which must have each permission that is needed.
	Permits func(u *user.User, permission string) bool
}

// Scope is one thing that keys may be allowed to do.
type Scope struct {
	// Needs is a permission without which no user can have the scope, such as
	// "orders:write": a key with it is refused with 403, and one of before has the scope
	// only while its user has the permission. Superusers have all. Defaults to none.
	Needs string
	// Description says what the scope opens, for documents.
	Description string
}

// APIKeys are the API keys of one application. It is safe for concurrent use.
type APIKeys struct {
	config Config
	routes *routes.Routes
	store  records.CredentialStore
	tokens *apikey.Tokens // of the first backend with keys: all make the same
	scopes []string       // sorted
}

// New declares the scopes of API keys and prepares the store. The error joins all
// mistakes, each naming its field. Panics if the scope "profile" is declared after
// UsersRoutes was called.
func New(ctx context.Context, auth *ginauth.Auth, config Config) (*APIKeys, error) {
	if config.Fresh == 0 {
		config.Fresh = defaultFresh
	}
	if config.MaxKeys == 0 {
		config.MaxKeys = defaultMax
	}
	config.Scopes = maps.Clone(config.Scopes)
	k := &APIKeys{config: config, routes: auth.Routes(), scopes: slices.Sorted(maps.Keys(config.Scopes))}
	store := auth.Manager().Store()
	all, err := keysOf(k.routes)
	problems := append(k.config.problems(auth.Manager()), err, records.Ensure(ctx, store, records.NeedCredentials))
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("apikeys: invalid configuration:\n%w", err)
	}
	k.store, _ = records.As[records.CredentialStore](store)
	k.tokens = all[0]
	rules := apikey.Rules{Scopes: k.scopes, May: k.may, Unknown: k.unknown}
	for _, tokens := range all {
		tokens.Use(rules)
	}
	k.routes.DeclareScopes(k.scopes...)
	return k, nil
}

// keysOf returns the keys of all backends that have any.
func keysOf(r *routes.Routes) (all []*apikey.Tokens, err error) {
	for _, b := range r.Authenticator().Backends() {
		if tokens, ok := b.Tokens.(*apikey.Tokens); ok {
			all = append(all, tokens)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("ginauth.Config.Backends has none with apikey.Strategy")
	}
	for _, tokens := range all {
		if tokens.Prefix() != all[0].Prefix() {
			return nil, fmt.Errorf("the backends have keys of different prefixes, %q and %q: want one", all[0].Prefix(), tokens.Prefix())
		}
	}
	return all, nil
}

// problems returns what is wrong with c, in which it sets what Permits is by default.
func (c *Config) problems(manager *user.Manager) (problems []error) {
	note := func(wrong bool, format string, values ...any) {
		if wrong {
			problems = append(problems, fmt.Errorf(format, values...))
		}
	}
	note(len(c.Scopes) == 0, "Config.Scopes is empty: a key without a scope opens nothing")
	needs := false
	for _, name := range slices.Sorted(maps.Keys(c.Scopes)) {
		note(!isScope(name), "Config.Scopes has %q, which is no scope", name)
		permission := c.Scopes[name].Needs
		needs = needs || permission != ""
		note(permission != "" && c.Permits == nil && !manager.Roles().DeclaresPermission(permission),
			"Config.Scopes[%q].Needs is %q, which is in no role of ginauth.Config.Roles, and Config.Permits is missing", name, permission)
	}
	note(!needs && c.Permits != nil, "Config.Permits has no effect: no scope of Config.Scopes has Needs")
	if c.Permits == nil {
		c.Permits = manager.Can
	}
	note(c.MaxLifetime < 0, "Config.MaxLifetime is negative")
	note(c.MaxKeys < 0, "Config.MaxKeys is negative")
	note(c.Fresh < 0, "Config.Fresh is negative")
	return problems
}

// isScope reports whether text is a scope-token of RFC 6749, section 3.3.
func isScope(text string) bool {
	for _, b := range []byte(text) {
		if b <= ' ' || b >= 0x7f || b == '"' || b == '\\' {
			return false
		}
	}
	return text != "" && len(text) <= maxScope
}

// may reports whether u may have a scope.
func (k *APIKeys) may(u *user.User, scope string) bool {
	needs := k.config.Scopes[scope].Needs
	return needs == "" || u.IsSuperuser || k.config.Permits(u, needs)
}

// unknown counts a key that is not there.
func (k *APIKeys) unknown(c *gin.Context) error { return k.routes.CountSource(c, limits.UnknownKeys) }

// stored runs calls of the store within the budget of the request.
func (k *APIKeys) stored(ctx context.Context, call func(context.Context) error) error {
	return routes.CallStore(ctx, call)
}

// From returns the API key that authenticated a request: its ID and its name, as in the
// list of keys. ok is false if it was none.
func From(c *gin.Context) (id, name string, ok bool) {
	credential := routes.ResultFrom(c).Identity.Credential
	if credential == nil || routes.ResultFrom(c).User == nil || credential.Kind != apikey.Kind {
		return "", "", false
	}
	return credential.ID, credential.Name, true
}
