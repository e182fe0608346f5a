package user_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

var ctx = context.Background()

func newManager(t *testing.T, change func(*user.ManagerConfig)) (*user.Manager, *usertest.Store) {
	t.Helper()
	store := usertest.NewStore()
	config := user.ManagerConfig{
		Store:            store,
		Keys:             mustKeys(t, testSecret),
		ValidatePassword: password.MinLength(3),
		Tokens:           []records.TokenStore{store},
		Logger:           slog.New(slog.DiscardHandler),
		// However busy the machine is: these tests are not about waiting.
		Hasher: password.Config{Wait: time.Minute},
	}
	if change != nil {
		change(&config)
	}
	m, err := user.NewManager(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
	return m, store
}

func mustCreate(t *testing.T, m *user.Manager, r user.Registration) *user.User {
	t.Helper()
	u, err := m.Create(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func arthur() user.Registration {
	return user.Registration{Email: "King.Arthur@Camelot.bt", Password: "guinevere"}
}

func ptr[T any](value T) *T { return &value }

func TestRegisterGivesNoRights(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	r := arthur()
	r.IsSuperuser, r.IsVerified, r.IsInactive = true, true, true
	u, err := m.Register(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	if !u.IsActive || u.IsSuperuser || u.IsVerified {
		t.Errorf("got active %v, superuser %v, verified %v; want true, false, false", u.IsActive, u.IsSuperuser, u.IsVerified)
	}
	if u.Email != "King.Arthur@camelot.bt" || u.EmailKey != "king.arthur@camelot.bt" {
		t.Errorf("got %q, %q", u.Email, u.EmailKey)
	}
}

func TestRegisterRefusals(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	mustCreate(t, m, arthur())
	tests := []struct {
		name, email string
		password    secrets.Secret
		want        any // the reason of a password, or an error
	}{
		{"too short", "a@camelot.bt", "ab", "Password should be at least 3 characters"},
		{"characters, not bytes", "b@camelot.bt", "éé", "Password should be at least 3 characters"},
		{"too long", "c@camelot.bt", secrets.Secret(strings.Repeat("x", 1025)), "Password must not be longer than 1024 bytes"},
		{"taken in other case", "KING.ARTHUR@CAMELOT.BT", "guinevere", user.ErrExists},
		{"no address", "king.arthur", "guinevere", &email.Error{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := m.Register(ctx, user.Registration{Email: test.email, Password: test.password})
			var password *password.Error
			var address *email.Error
			switch want := test.want.(type) {
			case string:
				if !errors.As(err, &password) || password.Reason != want {
					t.Errorf("got %v, want a PasswordError with %q", err, want)
				}
			case *email.Error:
				if !errors.As(err, &address) {
					t.Errorf("got %v, want an EmailError", err)
				}
			case error:
				if !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			}
		})
	}
}

// A rule that lets everything pass still does not make an empty password one.
func TestEmptyPassword(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, func(c *user.ManagerConfig) { c.ValidatePassword = password.MinLength(0) })
	_, err := m.Register(ctx, user.Registration{Email: "a@camelot.bt"})
	var refused *password.Error
	if !errors.As(err, &refused) || refused.Reason != "Password must not be empty" {
		t.Errorf("got %v", err)
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	mustCreate(t, m, arthur())
	mustCreate(t, m, user.Registration{Email: "oauth@camelot.bt"})
	tests := []struct {
		name, email string
		password    secrets.Secret
		good        bool
	}{
		{"right", "king.arthur@camelot.bt", "guinevere", true},
		{"right, other case", "KING.Arthur@CAMELOT.bt", "guinevere", true},
		{"wrong password", "king.arthur@camelot.bt", "Guinevere", false},
		{"unknown", "nobody@camelot.bt", "guinevere", false},
		{"no address at all", "foo", "guinevere", false},
		{"without password", "oauth@camelot.bt", "", false},
		{"too long a password", "king.arthur@camelot.bt", secrets.Secret(strings.Repeat("x", 1025)), false},
		{"not trimmed", " king.arthur@camelot.bt", "guinevere", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			u, err := m.Authenticate(ctx, test.email, test.password)
			if test.good && (err != nil || u == nil) {
				t.Errorf("got %v, want the user", err)
			}
			if !test.good && !errors.Is(err, user.ErrBadCredentials) {
				t.Errorf("got %v, want ErrBadCredentials", err)
			}
		})
	}
}

func TestOldHashIsUpgraded(t *testing.T) {
	t.Parallel()
	m, store := newManager(t, nil)
	u := mustCreate(t, m, arthur())
	old := "$2b$12$8WyFSMYQatfDwWDZFCUPLe6Q.f9VXLk.kpd2MPKCWbHp3zs010.6a"
	if _, err := store.Update(ctx, u.ID, user.Update{HashedPassword: &old}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Authenticate(ctx, "king.arthur@camelot.bt", "wrong"); !errors.Is(err, user.ErrBadCredentials) {
		t.Fatalf("got %v", err)
	}
	if after, _ := store.ByID(ctx, u.ID); after.HashedPassword != old {
		t.Error("a wrong password replaced the hash")
	}
	after, err := m.Authenticate(ctx, "king.arthur@camelot.bt", "guinevere")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(after.HashedPassword, "$argon2id$v=19$m=19456,t=2,p=1$") || after.TokenVersion != u.TokenVersion {
		t.Errorf("got hash %.30s, version %d; want Argon2id, version %d", after.HashedPassword, after.TokenVersion, u.TokenVersion)
	}
	if _, err := m.Authenticate(ctx, "king.arthur@camelot.bt", "guinevere"); err != nil {
		t.Errorf("the upgraded hash does not verify: %v", err)
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	verified := arthur()
	verified.IsVerified = true
	tests := []struct {
		name         string
		changes      user.Changes
		wantChanged  []string
		wantVerified bool
		wantVersion  int64
	}{
		{"nothing", user.Changes{}, nil, true, 0},
		{"the same", user.Changes{Email: ptr("King.Arthur@camelot.bt"), IsActive: ptr(true)}, nil, true, 0},
		{"other spelling", user.Changes{Email: ptr("king.arthur@camelot.bt")}, []string{"email"}, true, 0},
		{"other address", user.Changes{Email: ptr("arthur@camelot.bt")}, []string{"email", "is_verified"}, false, 0},
		{"other address, declared verified", user.Changes{Email: ptr("arthur@camelot.bt"), IsVerified: ptr(true)}, []string{"email"}, true, 0},
		{"password", user.Changes{Password: ptr(secrets.Secret("merlin"))}, []string{"password"}, true, 1},
		{"deactivated", user.Changes{IsActive: ptr(false)}, []string{"is_active"}, true, 1},
		{"promoted", user.Changes{IsSuperuser: ptr(true)}, []string{"is_superuser"}, true, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var changed []string
			calls := 0
			m, _ := newManager(t, func(c *user.ManagerConfig) {
				c.Hooks.AfterUpdate = func(_ context.Context, _ *user.User, names []string) error {
					calls++
					changed = names
					return nil
				}
			})
			u, err := m.Update(ctx, mustCreate(t, m, verified), test.changes)
			if err != nil {
				t.Fatal(err)
			}
			if calls != 1 || !slices.Equal(changed, test.wantChanged) {
				t.Errorf("got AfterUpdate %d times with %v, want once with %v", calls, changed, test.wantChanged)
			}
			if u.IsVerified != test.wantVerified || u.TokenVersion != test.wantVersion {
				t.Errorf("got verified %v, version %d; want %v, %d", u.IsVerified, u.TokenVersion, test.wantVerified, test.wantVersion)
			}
		})
	}
}

func TestUpdateToAnotherUsersAddress(t *testing.T) {
	t.Parallel()
	m, store := newManager(t, nil)
	u := mustCreate(t, m, arthur())
	mustCreate(t, m, user.Registration{Email: "lancelot@camelot.bt", Password: "guinevere"})
	_, err := m.Update(ctx, u, user.Changes{Email: ptr("Lancelot@Camelot.bt"), Password: ptr(secrets.Secret("merlin"))})
	if !errors.Is(err, user.ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	if after, _ := store.ByID(ctx, u.ID); after.HashedPassword != u.HashedPassword {
		t.Error("a refused change changed the password")
	}
}

func TestResetIsGoodOnce(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	u := mustCreate(t, m, arthur())
	token, err := m.ResetToken(u)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.ResetPassword(ctx, token, "x"); errors.As(err, new(*password.Error)) == false {
		t.Fatalf("got %v, want a PasswordError", err)
	}
	var good atomic.Int32
	var wait sync.WaitGroup
	for i := range 50 {
		wait.Go(func() {
			_, err := m.ResetPassword(ctx, token, secrets.Secret(fmt.Sprintf("merlin-%d", i)))
			switch {
			case err == nil:
				good.Add(1)
			case !errors.Is(err, user.ErrBadToken):
				t.Errorf("got %v, want ErrBadToken", err)
			}
		})
	}
	wait.Wait()
	if good.Load() != 1 {
		t.Errorf("got %d successful resets, want 1", good.Load())
	}
}

func TestResetTokenDies(t *testing.T) {
	t.Parallel()
	now := atomic.Pointer[time.Time]{}
	now.Store(&start)
	m, _ := newManager(t, func(c *user.ManagerConfig) { c.Now = func() time.Time { return *now.Load() } })
	u := mustCreate(t, m, arthur())
	token, _ := m.ResetToken(u)
	verify, _ := m.VerifyToken(u)
	later := start.Add(time.Hour)
	if _, err := m.ResetPassword(ctx, verify, "merlin"); !errors.Is(err, user.ErrBadToken) {
		t.Errorf("a verify token resets: %v", err)
	}
	now.Store(&later)
	if _, err := m.ResetPassword(ctx, token, "merlin"); !errors.Is(err, user.ErrBadToken) {
		t.Errorf("an expired token resets: %v", err)
	}
	now.Store(&start)
	if _, err := m.Update(ctx, u, user.Changes{IsActive: ptr(false)}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.ResetPassword(ctx, token, "merlin"); !errors.Is(err, user.ErrBadToken) {
		t.Errorf("an inactive user resets: %v", err)
	}
}

func TestVerifyOnce(t *testing.T) {
	t.Parallel()
	var hooks atomic.Int32
	m, _ := newManager(t, func(c *user.ManagerConfig) {
		c.Hooks.AfterVerify = func(context.Context, *user.User) error { hooks.Add(1); return nil }
	})
	u := mustCreate(t, m, arthur())
	token, err := m.VerifyToken(u)
	if err != nil {
		t.Fatal(err)
	}
	var good atomic.Int32
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			_, err := m.Verify(ctx, token)
			switch {
			case err == nil:
				good.Add(1)
			case !errors.Is(err, user.ErrAlreadyVerified):
				t.Errorf("got %v, want ErrAlreadyVerified", err)
			}
		})
	}
	wait.Wait()
	if good.Load() != 1 || hooks.Load() != 1 {
		t.Errorf("got %d verifications and %d hook calls, want 1 and 1", good.Load(), hooks.Load())
	}
}

func TestVerifyTokenIsBoundToTheAddress(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	u := mustCreate(t, m, arthur())
	token, _ := m.VerifyToken(u)
	if _, err := m.Update(ctx, u, user.Changes{Email: ptr("arthur@camelot.bt")}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Verify(ctx, token); !errors.Is(err, user.ErrBadToken) {
		t.Errorf("got %v, want ErrBadToken", err)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	m, store := newManager(t, nil)
	u := mustCreate(t, m, arthur())
	if err := store.CreateToken(ctx, records.Token{Hash: records.HashToken("x"), UserID: u.ID, Backend: "web", CreatedAt: start}); err != nil {
		t.Fatal(err)
	}
	if err := m.Delete(ctx, u); err != nil {
		t.Fatal(err)
	}
	if tokens, _ := store.TokensOf(ctx, u.ID, records.TokenQuery{}); len(tokens) != 0 {
		t.Errorf("got %d tokens of a deleted user, want 0", len(tokens))
	}
	if err := m.Delete(ctx, u); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if _, err := m.Register(ctx, arthur()); err != nil {
		t.Errorf("the address of a deleted user is not free: %v", err)
	}
}

func TestEnsureSuperuser(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	for range 2 {
		u, err := m.EnsureSuperuser(ctx, "king.arthur@camelot.bt", "guinevere")
		if err != nil || !u.IsActive || !u.IsSuperuser || !u.IsVerified {
			t.Fatalf("got %v, %v", u, err)
		}
	}
	if _, err := m.Authenticate(ctx, "king.arthur@camelot.bt", "guinevere"); err != nil {
		t.Error(err)
	}
}

func TestHooksFail(t *testing.T) {
	t.Parallel()
	veto := &user.Refusal{Code: "INVITATION_REQUIRED"}
	tests := []struct {
		name    string
		hooks   user.Hooks
		want    error
		created bool
	}{
		{"veto", user.Hooks{BeforeRegister: func(context.Context, *user.Registration) error { return veto }}, veto, false},
		{"before panics", user.Hooks{BeforeRegister: func(context.Context, *user.Registration) error { panic("x") }}, nil, false},
		{"after fails", user.Hooks{AfterRegister: func(context.Context, *user.User) error { return errors.New("x") }}, nil, true},
		{"after panics", user.Hooks{AfterRegister: func(context.Context, *user.User) error { panic("x") }}, nil, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, store := newManager(t, func(c *user.ManagerConfig) { c.Hooks = test.hooks })
			_, err := m.Register(ctx, arthur())
			if test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if (err == nil) != test.created {
				t.Errorf("got %v, want success: %v", err, test.created)
			}
			if _, err := store.ByEmail(ctx, email.Email{Key: "king.arthur@camelot.bt"}); (err == nil) != test.created {
				t.Errorf("got %v from the store, want stored: %v", err, test.created)
			}
		})
	}
}

// No hook sees a password, and none can slip one in.
func TestHooksSeeNoPassword(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, func(c *user.ManagerConfig) {
		c.Hooks.BeforeRegister = func(_ context.Context, r *user.Registration) error {
			if r.Password != "" {
				t.Error("BeforeRegister sees the password")
			}
			r.Password, r.IsSuperuser, r.Email = "changed", true, "changed@camelot.bt"
			return nil
		}
		c.Hooks.BeforeUpdate = func(_ context.Context, _ *user.User, changes *user.Changes) error {
			if changes.Password != nil || !changes.ChangesPassword {
				t.Error("BeforeUpdate sees the password, or not that there is one")
			}
			return nil
		}
	})
	u, err := m.Register(ctx, arthur())
	if err != nil {
		t.Fatal(err)
	}
	if u.IsSuperuser || u.EmailKey != "king.arthur@camelot.bt" {
		t.Errorf("the hook changed the account: superuser %v, %s", u.IsSuperuser, u.EmailKey)
	}
	if _, err := m.Update(ctx, u, user.Changes{Password: ptr(secrets.Secret("merlin"))}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Authenticate(ctx, "king.arthur@camelot.bt", "merlin"); err != nil {
		t.Error(err)
	}
}
