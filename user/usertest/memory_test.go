package usertest_test

import (
	"testing"

	"github.com/ginauth/ginauth/backends/backendtest"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

func newStore(*testing.T) user.Store {
	return usertest.NewStore(usertest.WithProfile[usertest.Profile]())
}

func TestStore(t *testing.T) {
	t.Parallel()
	usertest.TestStore(t, newStore)
}

func TestOAuthStore(t *testing.T) {
	t.Parallel()
	usertest.TestOAuthStore(t, newStore)
}

func TestTokenUserStore(t *testing.T) {
	t.Parallel()
	usertest.TestTokenUserStore(t, newStore)
}

func TestCredentialUserStore(t *testing.T) {
	t.Parallel()
	usertest.TestCredentialUserStore(t, newStore)
}

func TestTokenStore(t *testing.T) {
	t.Parallel()
	backendtest.TestTokenStore(t, func(*testing.T) records.TokenStore { return usertest.NewStore() })
	backendtest.TestRotatingTokenStore(t, func(*testing.T) records.RotatingTokenStore { return usertest.NewStore() })
}

func TestParseIDSpellings(t *testing.T) {
	t.Parallel()
	const want = user.ID("c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b")
	for _, text := range []string{
		"c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b",
		"C430B0FE-BA2F-4AA5-9E30-A0114F29BD4B",
		"c430b0feba2f4aa59e30a0114f29bd4b",
		"{c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b}",
		"urn:uuid:c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b",
	} {
		if got, err := usertest.NewStore().ParseID(text); got != want || err != nil {
			t.Errorf("ParseID(%q): got %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestWithProfilePanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("WithProfile of a type that cannot be a profile: got no panic")
		}
	}()
	usertest.WithProfile[int]()
}

func TestStoreWithoutProfile(t *testing.T) {
	t.Parallel()
	s := usertest.NewStore()
	u := &user.User{ID: s.NewID(), EmailKey: "arthur@camelot.bt"}
	if err := s.Create(t.Context(), u); err != nil {
		t.Fatalf("Create: %v", err)
	}
	got, err := s.ByID(t.Context(), u.ID)
	if err != nil || got.Profile != nil {
		t.Errorf("ByID: got profile %v, %v, want none", got.Profile, err)
	}
	u = &user.User{ID: s.NewID(), EmailKey: "merlin@camelot.bt", Profile: &usertest.Profile{}}
	if err := s.Create(t.Context(), u); err == nil {
		t.Error("Create with a profile the store does not have: got no error")
	}
}

func TestMemoryLimits(t *testing.T) {
	t.Parallel()
	usertest.TestLimitStore(t, func(*testing.T) limits.Store { return usertest.NewStore() })
}

func TestCredentialStore(t *testing.T) {
	t.Parallel()
	usertest.TestCredentialStore(t, newStore)
}

func TestPendingStore(t *testing.T) {
	t.Parallel()
	usertest.TestPendingStore(t, newStore)
}

func TestInvitationStore(t *testing.T) {
	t.Parallel()
	usertest.TestInvitationStore(t, newStore)
}

func TestUsernameStore(t *testing.T) {
	t.Parallel()
	usertest.TestUsernameStore(t, newStore)
}

func TestListStore(t *testing.T) {
	t.Parallel()
	usertest.TestListStore(t, newStore)
}
