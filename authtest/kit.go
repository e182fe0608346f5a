package authtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

// shutdownTime is how long the end of a test waits for the application's hooks.
const shutdownTime = 10 * time.Second

// Kit is what one test works with. Its methods end the test where they cannot do
// what they say, so they are called from the test's own goroutine; those that
// only read may be called from anywhere.
type Kit struct {
	// Clock is the time of the application.
	Clock *Clock

	t      testing.TB
	store  user.Store
	secret secrets.Secret
	post   *post
	door   door
	// actors are superusers that a caller of the matrix needs beside its user.
	actors []*ginauth.User
}

// Format prints that it is a kit, and nothing of it, whatever the verb.
func (*Kit) Format(state fmt.State, _ rune) { fmt.Fprint(state, "test kit") }

// Option is a choice of [New].
type Option func(*Kit)

// WithProfile makes P the struct type of the application's own user fields. Panics
// if P cannot be one; [profile.TypeOf] says what that takes.
func WithProfile[P any]() Option {
	return func(k *Kit) { k.store = &store{usertest.NewStore(usertest.WithProfile[P]()), k.Clock} }
}

// WithStore makes the kit work on another store than the one in memory, for
// example on the application's database.
func WithStore(s user.Store) Option { return func(k *Kit) { k.store = s } }

// New returns a kit for the test t, whose store is empty and in memory.
func New(t testing.TB, options ...Option) *Kit {
	t.Helper()
	k := &Kit{
		Clock:  NewClock(),
		t:      t,
		secret: secrets.Secret(rand.Text() + rand.Text()),
		post:   newPost(),
	}
	k.store = &store{usertest.NewStore(), k.Clock}
	for _, option := range options {
		option(k)
	}
	if k.store == nil {
		t.Fatal("authtest: WithStore got no store")
	}
	return k
}

// Store returns the store of the application's users.
func (k *Kit) Store() user.Store { return k.store }

// Config returns config with the kit in place of what is not set: the store, a
// secret, the time, the mail hooks, and a log that is shown when the test
// fails. Abuse limits are off unless config says something about them. It is for applications that call ginauth.New themselves; what they get
// is then given to [Kit.UseAuth].
func (k *Kit) Config(config ginauth.Config) ginauth.Config {
	k.t.Helper()
	if config.Store != nil && config.Store != k.store {
		k.t.Fatal("authtest: Config.Store is set: leave it empty for the kit's store in memory, or give it to authtest.New with WithStore")
	}
	config.Store = k.store
	if config.Secret == "" {
		config.Secret = k.secret
	}
	if config.Now == nil {
		config.Now = k.Clock.Now
	}
	if config.Logger == nil {
		config.Logger = newLogger(k.t)
	}
	if config.Limits == (limits.Config{}) {
		config.Limits.Off = true // time stands still in tests, so what is used up would stay so
	}
	if err := k.post.serve(&config); err != nil {
		k.t.Fatal(err)
	}
	return config
}

// Auth returns ginauth.New of [Kit.Config] of config. The end of the test shuts it
// down.
func (k *Kit) Auth(config ginauth.Config) *ginauth.Auth {
	k.t.Helper()
	auth, err := ginauth.New(k.Config(config))
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
		defer cancel()
		if err := auth.Shutdown(ctx); err != nil {
			k.t.Logf("authtest: shut down: %v", err)
		}
	})
	k.UseAuth(auth)
	return auth
}

// UseAuth makes auth the one that [Kit.LogIn] asks. It is for applications that
// call ginauth.New themselves, with [Kit.Config]; [Kit.Auth] does it by itself.
func (k *Kit) UseAuth(auth *ginauth.Auth) { k.door.auth = auth }

// UseEngine tells the kit the application's engine. [Kit.LogIn] needs it for
// sessions.Transport, whose token lies in a session of the application's own.
func (k *Kit) UseEngine(engine *gin.Engine) { k.door.engine = engine }
