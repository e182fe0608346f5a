package mongostore_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

// recorder notes the commands that a client sends.
type recorder struct {
	mu       sync.Mutex
	commands []bson.Raw
}

func (r *recorder) started(_ context.Context, e *event.CommandStartedEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commands = append(r.commands, slices.Clone(e.Command))
}

func (r *recorder) take() []bson.Raw {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.commands
	r.commands = nil
	return taken
}

// TestCommands checks what each operation sends: how many commands, to which
// collections, and that an unsafe client does not make the store unsafe.
func TestCommands(t *testing.T) {
	t.Parallel()
	var sent recorder
	client, err := mongo.Connect(options.Client().ApplyURI(mongotest.URI(t)).
		SetMonitor(&event.CommandMonitor{Started: sent.started}).
		SetReadPreference(readpref.SecondaryPreferred()).
		SetWriteConcern(writeconcern.Unacknowledged()))
	if err != nil {
		t.Fatalf("Connect: %v", err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	s, err := mongostore.Open(t.Context(), client.Database(mongotest.Database(t).Name()), mongostore.WithProfile[Profile]())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	sent.take()

	merlin := arthur()
	merlin.ID, merlin.EmailKey, merlin.IsSuperuser = s.NewID(), "merlin@camelot.bt", true
	no := false
	account := records.OAuthAccount{ID: accountID, UserID: arthurID, Provider: "google", AccountID: "1"}
	second := records.OAuthAccount{ID: s.NewAccountID(), UserID: arthurID, Provider: "google", AccountID: "2"}
	token := records.Token{Hash: tokenHash, UserID: arthurID, Backend: "cookie", CreatedAt: created}
	tests := []struct {
		name      string
		operation func(ctx context.Context) error
		want      []string
	}{
		{"Create", func(ctx context.Context) error { return s.Create(ctx, arthur()) }, []string{"insert users"}},
		{"Create superuser", func(ctx context.Context) error { return s.Create(ctx, merlin) }, []string{"insert users"}},
		{"ByID", func(ctx context.Context) error { _, err := s.ByID(ctx, arthurID); return err }, []string{"find users"}},
		{"ByEmail", func(ctx context.Context) error {
			_, err := s.ByEmail(ctx, email.Email{Key: "merlin@camelot.bt"})
			return err
		}, []string{"find users"}},
		{"Update", func(ctx context.Context) error {
			_, err := s.Update(ctx, arthurID, user.Update{EndTokens: true, HashedPassword: &tokenHashText, UpdatedAt: changed})
			return err
		}, []string{"findAndModify users"}},
		{"Update keeping a superuser", func(ctx context.Context) error {
			_, err := s.Update(ctx, arthurID, user.Update{IsActive: &no, KeepSuperuser: true, UpdatedAt: changed})
			return err
		}, []string{"findAndModify users"}},
		{"List", func(ctx context.Context) error {
			_, err := s.List(ctx, user.ListQuery{Limit: 1, EmailPrefix: "k"})
			return err
		}, []string{"find users"}},
		{"CreateToken", func(ctx context.Context) error { return s.CreateToken(ctx, token) }, []string{"insert access_tokens"}},
		{"TokenByHash", func(ctx context.Context) error { _, err := s.TokenByHash(ctx, tokenHash); return err }, []string{"find access_tokens"}},
		{"TouchToken", func(ctx context.Context) error { return s.TouchToken(ctx, tokenHash, changed, changed) }, []string{"update access_tokens"}},
		{"TokensOf", func(ctx context.Context) error { _, err := s.TokensOf(ctx, arthurID, records.TokenQuery{}); return err }, []string{"find access_tokens"}},
		{"TrimTokens", func(ctx context.Context) error { return s.TrimTokens(ctx, token, 100) }, []string{"find access_tokens"}},
		{"DeleteToken", func(ctx context.Context) error { return s.DeleteToken(ctx, tokenHash) }, []string{"delete access_tokens"}},
		{"DeleteTokensOf", func(ctx context.Context) error { return s.DeleteTokensOf(ctx, arthurID, "") }, []string{"delete access_tokens"}},
		{"LinkAccount", func(ctx context.Context) error { return s.LinkAccount(ctx, account) }, []string{"update oauth_accounts", "insert oauth_accounts"}},
		{"LinkAccount again", func(ctx context.Context) error { return s.LinkAccount(ctx, account) }, []string{"update oauth_accounts"}},
		{"ReserveAccount", func(ctx context.Context) error { _, err := s.ReserveAccount(ctx, second); return err }, []string{"insert oauth_accounts"}},
		{"RefreshAccount", func(ctx context.Context) error { return s.RefreshAccount(ctx, account) }, []string{"find users", "update oauth_accounts"}},
		{"Account", func(ctx context.Context) error { _, err := s.Account(ctx, "google", "1"); return err }, []string{"find oauth_accounts", "find users"}},
		{"AccountsOf", func(ctx context.Context) error { _, err := s.AccountsOf(ctx, arthurID); return err }, []string{"find oauth_accounts", "find users"}},
		{"UnlinkAccount keeping one", func(ctx context.Context) error {
			return s.UnlinkAccount(ctx, arthurID, second.ID, records.KeepLastOne)
		}, []string{"find users", "find guards", "find oauth_accounts", "insert guards", "delete oauth_accounts", "update guards"}},
		{"UnlinkAccount", func(ctx context.Context) error { return s.UnlinkAccount(ctx, arthurID, accountID, records.KeepNone) }, []string{"find users", "delete oauth_accounts"}},
		{"UnlinkAccountsOf", func(ctx context.Context) error { return s.UnlinkAccountsOf(ctx, arthurID, records.EveryOwner) }, []string{"delete oauth_accounts", "find users"}},
		{"Use", func(ctx context.Context) error { return s.Use(ctx, "jti", changed) }, []string{"insert used_states"}},
		{"Delete keeping a superuser", func(ctx context.Context) error {
			return s.Delete(ctx, arthurID, user.DeleteOptions{KeepSuperuser: true})
		}, []string{"delete users"}},
		{"Delete", func(ctx context.Context) error { return s.Delete(ctx, merlin.ID, user.DeleteOptions{}) }, []string{"delete users"}},
	}
	for _, test := range tests {
		if err := test.operation(t.Context()); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		var got []string
		for _, command := range sent.take() {
			first, _ := command.IndexErr(0)
			got = append(got, fmt.Sprint(first.Key(), " ", first.Value().StringValue()))
			checkSafe(t, test.name, command)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got commands %q, want %q", test.name, got, test.want)
		}
	}
}

var tokenHashText = tokenHash

func checkSafe(t *testing.T, what string, command bson.Raw) {
	t.Helper()
	first, _ := command.IndexErr(0)
	if first.Key() == "find" || first.Key() == "aggregate" {
		level := command.Lookup("readConcern", "level").String()
		if level != `"majority"` && level != `"local"` {
			t.Errorf("%s: got read concern %s, want majority or local", what, level)
		}
	} else {
		concern := command.Lookup("writeConcern")
		if w, ok := concern.Document().Lookup("w").StringValueOK(); !ok || w != "majority" || !concern.Document().Lookup("j").Boolean() {
			t.Errorf("%s: got write concern %v, want majority with journal", what, concern)
		}
	}
	if mode, ok := command.Lookup("$readPreference", "mode").StringValueOK(); ok && strings.HasPrefix(mode, "secondary") {
		t.Errorf("%s: got read preference %s, want primary", what, mode)
	}
}
