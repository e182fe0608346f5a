package user_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Whoever registered the address of the first superuser keeps nothing of it.
func TestEnsureSuperuserTakesOver(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	m, store := newManager(t, func(c *user.ManagerConfig) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	stranger, err := m.Register(ctx, arthur())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.LinkAccount(ctx, records.OAuthAccount{
		ID: store.NewAccountID(), UserID: stranger.ID, Provider: "github", AccountID: "666",
		AccountEmail: "king.arthur@camelot.bt", EmailVerified: true,
	}); err != nil {
		t.Fatal(err)
	}
	reset, _ := m.ResetToken(stranger)
	if err := store.CreateToken(ctx, records.Token{Hash: records.HashToken("mordreds"), UserID: stranger.ID}); err != nil {
		t.Fatal(err)
	}

	u, err := m.EnsureSuperuser(ctx, "king.arthur@camelot.bt", "excalibur")
	if err != nil || u.ID != stranger.ID || !u.IsActive || !u.IsSuperuser || !u.IsVerified || u.OwnerVersion != 1 || u.TokenVersion != 1 {
		t.Fatalf("got %+v, %v", u, err)
	}
	if _, err := m.Authenticate(ctx, "king.arthur@camelot.bt", "guinevere"); !errors.Is(err, user.ErrBadCredentials) {
		t.Errorf("the stranger's password: got %v", err)
	}
	if _, err := m.Authenticate(ctx, "king.arthur@camelot.bt", "excalibur"); err != nil {
		t.Errorf("the given password: got %v", err)
	}
	if _, err := m.ResetPassword(ctx, reset, "mordred2"); !errors.Is(err, user.ErrBadToken) {
		t.Errorf("the stranger's reset token: got %v", err)
	}
	if a, err := store.Account(ctx, "github", "666"); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("the stranger's account: got %v, %v, want none", a, err)
	}
	if tokens, err := store.TokensOf(ctx, u.ID, records.TokenQuery{}); err != nil || len(tokens) != 0 {
		t.Errorf("got %d tokens, %v, want none", len(tokens), err)
	}
	if !strings.Contains(log.String(), "taken over") || !strings.Contains(log.String(), string(u.ID)) {
		t.Errorf("got the log %q", log.String())
	}

	// The next start finds a superuser, who may have another password by now.
	if u, err = m.EnsureSuperuser(ctx, "king.arthur@camelot.bt", "other"); err != nil || u.OwnerVersion != 1 {
		t.Errorf("got %+v, %v, want no change", u, err)
	}
	if _, err := m.Authenticate(ctx, "king.arthur@camelot.bt", "excalibur"); err != nil {
		t.Errorf("after another start: got %v", err)
	}
}

// An address that nobody has verified may be of a stranger to the account, who gets no
// notice that somebody else has chosen the text of.
func TestNoNoticeToTheUnverified(t *testing.T) {
	t.Parallel()
	for _, verified := range []bool{false, true} {
		notices := make(chan string, 8)
		m, _ := newManager(t, func(c *user.ManagerConfig) {
			c.Hooks.Send = func(_ context.Context, mail user.Mail) error { notices <- string(mail.Kind); return nil }
			c.Policy.ConfirmEmailChange = true
		})
		u := mustCreate(t, m, user.Registration{Email: "merlin@camelot.bt", Password: "guinevere", IsVerified: verified})
		const stranger = "your-account-is-locked@mordred.bt"
		if _, err := m.UpdateOwn(ctx, u, user.Changes{Email: ptr(stranger)}); err != nil {
			t.Fatal(err)
		}
		token, err := m.EmailChangeToken(u, stranger, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.ConfirmEmail(ctx, token); err != nil {
			t.Fatal(err)
		}
		if err := m.Shutdown(ctx); err != nil {
			t.Fatal(err)
		}
		close(notices)
		got := map[string]bool{}
		for notice := range notices {
			got[notice] = true
		}
		if !got["confirm-email"] || got["email-change"] != verified || got["email-changed"] != verified {
			t.Errorf("verified %v: got %v", verified, got)
		}
	}
}
