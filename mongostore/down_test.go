package mongostore_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

// TestServerDown: F02. While the server is away every operation fails in time
// with an error that is no answer, and afterwards all is as it was.
func TestServerDown(t *testing.T) {
	t.Parallel()
	server := mongotest.NewServer(t)
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatalf("Connect: %v", err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	s, err := mongostore.Open(t.Context(), client.Database("camelot"), mongostore.WithProfile[Profile]())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	superuser := arthur()
	superuser.IsSuperuser = true
	if err := s.Create(t.Context(), superuser); err != nil {
		t.Fatalf("Create: %v", err)
	}

	server.Stop()
	another := arthur()
	another.ID, another.EmailKey = s.NewID(), "merlin@camelot.bt"
	no := false
	account := records.OAuthAccount{ID: accountID, UserID: arthurID, Provider: "google", AccountID: "1"}
	operations := map[string]func(ctx context.Context) error{
		"Ping":   s.Ping,
		"Create": func(ctx context.Context) error { return s.Create(ctx, another) },
		"ByID":   func(ctx context.Context) error { _, err := s.ByID(ctx, arthurID); return err },
		"ByEmail": func(ctx context.Context) error {
			_, err := s.ByEmail(ctx, email.Email{Key: "x@camelot.bt"})
			return err
		},
		"Update": func(ctx context.Context) error {
			_, err := s.Update(ctx, arthurID, user.Update{IsSuperuser: &no, KeepSuperuser: true, UpdatedAt: changed})
			return err
		},
		"Delete": func(ctx context.Context) error { return s.Delete(ctx, arthurID, user.DeleteOptions{}) },
		"List":   func(ctx context.Context) error { _, err := s.List(ctx, user.ListQuery{Limit: 1}); return err },
		"CreateToken": func(ctx context.Context) error {
			return s.CreateToken(ctx, records.Token{Hash: tokenHash, UserID: arthurID})
		},
		"TokenByHash": func(ctx context.Context) error { _, err := s.TokenByHash(ctx, tokenHash); return err },
		"TouchToken":  func(ctx context.Context) error { return s.TouchToken(ctx, tokenHash, changed, changed) },
		"DeleteToken": func(ctx context.Context) error { return s.DeleteToken(ctx, tokenHash) },
		"Account":     func(ctx context.Context) error { _, err := s.Account(ctx, "google", "1"); return err },
		"LinkAccount": func(ctx context.Context) error { return s.LinkAccount(ctx, account) },
		"UnlinkAccount": func(ctx context.Context) error {
			return s.UnlinkAccount(ctx, arthurID, accountID, records.KeepLastOne)
		},
		"Use": func(ctx context.Context) error { return s.Use(ctx, "jti", changed) },
	}
	var asked sync.WaitGroup // all at once, as they only wait
	for name, operation := range operations {
		asked.Go(func() {
			checkNoAnswer(t, t.Context(), name, 5*time.Second, operation)
		})
		asked.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			checkNoAnswer(t, ctx, name+" with little time", 300*time.Millisecond, operation)
		})
	}
	asked.Wait()

	server.Start()
	u, err := s.ByID(t.Context(), arthurID)
	if err != nil || !u.IsSuperuser {
		t.Errorf("ByID when the server is back: got %v, %v, want the user as it was", u, err)
	}
	if err := s.Create(t.Context(), another); err != nil {
		t.Errorf("Create when the server is back: %v", err)
	}
}

func checkNoAnswer(
	t *testing.T, ctx context.Context, what string, within time.Duration, operation func(ctx context.Context) error,
) {
	t.Helper()
	const slack = 2 * time.Second // for a machine that is busy
	started := time.Now()
	err := operation(ctx)
	if took := time.Since(started); took > within+slack {
		t.Errorf("%s: took %v, want at most %v", what, took, within)
	}
	if err == nil {
		t.Errorf("%s: got no error", what)
	}
	for _, answer := range []error{
		user.ErrNotFound, user.ErrExists, user.ErrDamaged, user.ErrLastSuperuser, user.ErrLinked, user.ErrUsed, user.ErrLastLoginMethod,
	} {
		if errors.Is(err, answer) {
			t.Errorf("%s: got %v, want an error that is no answer", what, err)
		}
	}
}
