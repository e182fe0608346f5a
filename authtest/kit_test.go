package authtest_test

import (
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestConfigFillsIn(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t)
	config := kit.Config(ginauth.Config{})
	if config.Store != kit.Store() {
		t.Error("got another store than the kit's")
	}
	if len(config.Secret) < secrets.MinLength {
		t.Errorf("got a secret of %d bytes, want at least %d", len(config.Secret), secrets.MinLength)
	}
	if other := authtest.New(t).Config(ginauth.Config{}).Secret; string(other) == string(config.Secret) {
		t.Error("two kits have one secret")
	}
	kit.Clock.Advance(24 * time.Hour)
	if got, want := config.Now(), kit.Clock.Now(); !got.Equal(want) {
		t.Errorf("got the time %v, want the clock's %v", got, want)
	}
	if config.Logger == nil || config.Hooks.Send == nil {
		t.Error("got no logger or no mail hooks")
	}
}

func TestConfigKeepsWhatIsSet(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t)
	day := time.Date(2030, time.May, 1, 0, 0, 0, 0, time.UTC)
	logger := slog.New(slog.NewTextHandler(io.Discard, nil))
	const secret secrets.Secret = "a secret of the test, which is long enough"
	config := kit.Config(ginauth.Config{Secret: secret, Now: func() time.Time { return day }, Logger: logger})
	if string(config.Secret) != string(secret) || !config.Now().Equal(day) || config.Logger != logger {
		t.Error("the kit replaced what the application had set")
	}
}

func TestKitOnAnotherStore(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore(usertest.WithProfile[Settings]())
	kit := authtest.New(t, authtest.WithStore(store))
	kit.Auth(ginauth.Config{Store: store, Backends: []backends.Backend{web}})
	u := kit.User(authtest.Profile(Settings{Nickname: "Lance"}))
	stored, err := store.ByID(t.Context(), u.ID)
	if err != nil || user.ProfileOf[Settings](stored).Nickname != "Lance" {
		t.Errorf("got %v and error %v, want the user in the store that was given", stored, err)
	}
}

func TestUser(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                          string
		options                       []authtest.UserOption
		active, superuser, isVerified bool
	}{
		{"plain", nil, true, false, false},
		{"verified", []authtest.UserOption{authtest.Verified()}, true, false, true},
		{"inactive", []authtest.UserOption{authtest.Inactive()}, false, false, false},
		{"superuser", []authtest.UserOption{authtest.Superuser(), authtest.Verified()}, true, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			kit := authtest.New(t)
			u := kit.User(tt.options...)
			if u.IsActive != tt.active || u.IsSuperuser != tt.superuser || u.IsVerified != tt.isVerified {
				t.Errorf("got active %v, superuser %v, verified %v, want %v, %v, %v",
					u.IsActive, u.IsSuperuser, u.IsVerified, tt.active, tt.superuser, tt.isVerified)
			}
			stored, err := kit.Store().ByID(t.Context(), u.ID)
			if err != nil || stored.Email != u.Email {
				t.Errorf("got %v and error %v from the store, want %v", stored, err, u)
			}
		})
	}
}

func TestUsersHaveTheirOwnAddresses(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t)
	if a, b := kit.User(), kit.User(); a.EmailKey == b.EmailKey {
		t.Errorf("got %s twice", a.Email)
	}
	u := kit.User(authtest.WithEmail("Lancelot@Camelot.TEST"))
	if u.Email != "Lancelot@camelot.test" || u.EmailKey != "lancelot@camelot.test" {
		t.Errorf("got address %s with key %s", u.Email, u.EmailKey)
	}
}

func TestProfileIsNotShared(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t, authtest.WithProfile[Settings]())
	lance := authtest.Profile(Settings{Nickname: "Lance"})
	first, second := kit.User(lance), kit.User(lance)
	user.ProfileOf[Settings](first).Nickname = "changed"
	if got := user.ProfileOf[Settings](second).Nickname; got != "Lance" {
		t.Errorf("got nickname %q, want Lance", got)
	}
	if got := user.ProfileOf[Settings](kit.User()); got == nil || got.Nickname != "" {
		t.Errorf("got profile %+v, want an empty one", got)
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t)
	auth := kit.Auth(ginauth.Config{Backends: []backends.Backend{web}})
	tests := []struct {
		name     string
		options  []authtest.UserOption
		password secrets.Secret
	}{
		{"default", nil, authtest.Password},
		{"own", []authtest.UserOption{authtest.WithPassword("ni")}, "ni"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			u := kit.User(tt.options...)
			if found, err := auth.Manager().Authenticate(t.Context(), u.Email, tt.password); err != nil || found.ID != u.ID {
				t.Errorf("got %v and error %v, want %v", found, err, u)
			}
			stored, err := kit.Store().ByID(t.Context(), u.ID)
			if err != nil || stored.HashedPassword != u.HashedPassword {
				t.Errorf("error %v; the hash was outdated and replaced at the login", err)
			}
		})
	}
}

func TestMisuse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		use  func(t testing.TB)
		want string
	}{
		{"store given to Config", func(t testing.TB) { authtest.New(t).Config(ginauth.Config{Store: usertest.NewStore()}) },
			"Config.Store is set"},
		{"no store", func(t testing.TB) { authtest.New(t, authtest.WithStore(nil)) }, "WithStore got no store"},
		{"bad configuration", func(t testing.TB) { authtest.New(t).Auth(ginauth.Config{}) }, "Config.Backends is empty"},
		{"negative lifetime", func(t testing.TB) { authtest.New(t).Auth(ginauth.Config{ResetLifetime: -1}) },
			"ResetLifetime is negative"},
		{"bad address", func(t testing.TB) { authtest.New(t).User(authtest.WithEmail("lancelot")) }, `e-mail address "lancelot"`},
		{"address taken", func(t testing.TB) {
			kit := authtest.New(t)
			kit.User(authtest.WithEmail("lancelot@camelot.test"))
			kit.User(authtest.WithEmail("Lancelot@camelot.test"))
		}, "user: already exists"},
		{"profile the store does not have", func(t testing.TB) { authtest.New(t).User(authtest.Profile(Settings{})) },
			"the user has a profile of type *authtest_test.Settings, the store wants <nil>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			failed, log := failing(t, "TestOfAnApp", tt.use)
			if !failed || !strings.Contains(log, tt.want) {
				t.Errorf("got failed %v and log %q, want a failure with %q", failed, log, tt.want)
			}
		})
	}
}

func TestLogIsShownByTheTest(t *testing.T) {
	t.Parallel()
	var logger *slog.Logger
	_, log := failing(t, "TestOfAnApp", func(fake testing.TB) {
		logger = authtest.New(fake).Config(ginauth.Config{}).Logger
		logger.Warn("something happened")
	})
	if !strings.Contains(log, `level=WARN msg="something happened"`) {
		t.Errorf("got log %q, want the warning", log)
	}
}
