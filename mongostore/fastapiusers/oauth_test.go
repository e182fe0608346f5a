package fastapiusers_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const (
	galahadID     = "65b0c0de0000000000000007" // google g-777, github 777
	oneID         = "65b0c0de0000000000000008" // google 1, github 2
	twoID         = "65b0c0de0000000000000009" // google 2
	galahadGoogle = "65b0c0de0000000000000385"
	galahadGithub = "65b0c0de0000000000000386"
)

// linked returns the operations on accounts at providers.
func linked(t *testing.T, w *world) *oauth.Accounts {
	t.Helper()
	accounts, err := oauth.NewAccounts(w.auth)
	if err != nil {
		t.Fatal(err)
	}
	return accounts
}

// Both parts of a pair must be those of one entry.
func TestAccountIsOneEntry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		provider, account, want string
	}{
		{"google", "g-777", galahadID},
		{"github", "777", galahadID},
		{"google", "1", oneID},
		{"github", "2", oneID},
		{"google", "2", twoID},
		{"github", "1", ""},
		{"google", "777", ""},
		{"github", "g-777", ""},
		{"Google", "1", ""},
		{"google", "", ""},
	}
	for _, test := range tests {
		u, err := linked(t, w).Owner(t.Context(), test.provider, test.account)
		switch {
		case test.want == "" && !errors.Is(err, user.ErrNotFound):
			t.Errorf("(%s, %s): got %v, %v, want nobody", test.provider, test.account, u, err)
		case test.want != "" && (err != nil || string(u.ID) != test.want):
			t.Errorf("(%s, %s): got %v, %v, want %s", test.provider, test.account, u, err, test.want)
		}
	}
}

func TestAccountOfNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.db.Collection("User").DeleteOne(t.Context(), bson.D{{Key: "email", Value: "google.two@camelot.bt"}}); err != nil {
		t.Fatal(err)
	}
	if a, err := w.store.Account(t.Context(), "google", "2"); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("Account: got one of %s, %v, want %v", a.UserID, err, user.ErrNotFound)
	}
}

// token stores a token for a user who has no password.
func (w *world) token(t *testing.T, id user.ID, token string) string {
	t.Helper()
	err := w.store.CreateToken(t.Context(), records.Token{Hash: records.HashToken(token), UserID: id, Backend: "stored", CreatedAt: w.Now, LastSeenAt: w.Now})
	if err != nil {
		t.Fatalf("CreateToken: %v", err)
	}
	return token
}

func account(w *world, owner user.ID, provider, id string) records.OAuthAccount {
	return records.OAuthAccount{
		ID: w.store.NewAccountID(), UserID: owner, Provider: provider, AccountID: id, AccountEmail: "new@tintagel.bt",
		CreatedAt: w.Now, UpdatedAt: w.Now,
	}
}

func TestAccountsAreListedAndUnlinked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.store.LinkAccount(t.Context(), account(w, galahadID, "gitlab", "7")); err != nil {
		t.Fatalf("LinkAccount: %v", err)
	}
	before := w.document(t, galahadID)
	token := w.token(t, galahadID, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	_, body := w.send(t, http.MethodGet, "/users/me/oauth-accounts", token, "")
	accounts, err := w.store.AccountsOf(t.Context(), galahadID)
	if err != nil || len(accounts) != 3 {
		t.Fatalf("AccountsOf: got %v, %v, want 3", accounts, err)
	}
	want := fmt.Sprintf(`[{"id":"%s","provider":"google","account_id":"g-777","account_email":"galahad@camelot.bt","created_at":"2024-01-24T07:48:46Z"},`+
		`{"id":"%s","provider":"github","account_id":"777","account_email":"galahad@users.noreply.bt","created_at":"2024-01-24T07:48:46Z"},`+
		`{"id":"%s","provider":"gitlab","account_id":"7","account_email":"new@tintagel.bt","created_at":"2026-11-01T12:00:00Z"}]`,
		galahadGoogle, galahadGithub, accounts[2].ID)
	if body != want {
		t.Errorf("list: got %s, want %s", body, want)
	}
	if status, body := w.send(t, http.MethodDelete, "/users/me/oauth-accounts/"+galahadGoogle, token, ""); status != http.StatusNoContent {
		t.Fatalf("unlink: got %d %s", status, body)
	}
	after := w.document(t, galahadID)
	others, _ := before.Lookup("oauth_accounts").Array().Values()
	values, _ := after.Lookup("oauth_accounts").Array().Values()
	if len(values) != 1 || !bytes.Equal(values[0].Value, others[1].Value) {
		t.Errorf("the other entry has changed: got %v, want %v", values, others[1])
	}
	checkFields(t, before, after, "oauth_accounts")
	if status, _ := w.send(t, http.MethodDelete, "/users/me/oauth-accounts/"+accounts[2].ID, token, ""); status != http.StatusNoContent {
		t.Errorf("unlink the one in the own collection: got %d", status)
	}
	if status, _ := w.send(t, http.MethodDelete, "/users/me/oauth-accounts/"+galahadGoogle, token, ""); status != http.StatusNotFound {
		t.Errorf("unlink it again: got %d", status)
	}
}

// checkFields demands that the fields of before are the same in after, but one.
func checkFields(t *testing.T, before, after bson.Raw, but string) {
	t.Helper()
	elements, _ := before.Elements()
	for i, element := range elements {
		if now, err := after.IndexErr(uint(i)); element.Key() != but && (err != nil || !bytes.Equal(now, element)) {
			t.Errorf("%s: got %v, want %v", element.Key(), now, element)
		}
	}
}

// A sign-in updates the entry in its place and nothing else. Where no tokens are
// kept the old one stays, which the other application needs.
func TestSignInUpdatesInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, policy := range []oauth.Policy{{}, {KeepTokens: oauth.PlainTokens{}}} {
		before := w.document(t, oneID)
		u, err := linked(t, w).SignIn(t.Context(), oauth.Identity{
			Provider: "github", AccountID: "2", Email: "elsewhere@camelot.bt", AccessToken: "new-token", ExpiresAt: w.Now.Add(time.Hour),
		}, policy)
		if err != nil || string(u.ID) != oneID {
			t.Fatalf("SignIn: got %v, %v", u, err)
		}
		after := w.document(t, oneID)
		checkFields(t, before, after, "oauth_accounts")
		values, _ := after.Lookup("oauth_accounts").Array().Values()
		old, _ := before.Lookup("oauth_accounts").Array().Values()
		if len(values) != 2 || !bytes.Equal(values[0].Value, old[0].Value) {
			t.Errorf("the other entry: got %v, want %v", values, old)
		}
		entry := values[1].Document()
		token, expires := "provider-Do_xhGOw5LK6KXA0dPBkrGj3APWwKz3GZvRb3qosyu0", "null"
		if policy.KeepTokens != nil {
			token, expires = "new-token", `{"$numberLong":"1793538000"}`
		}
		got := fmt.Sprint(entry.Lookup("account_email").StringValue(), entry.Lookup("access_token").StringValue(), entry.Lookup("expires_at"))
		if want := fmt.Sprint("elsewhere@camelot.bt", token, expires); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := w.count(t, "oauth_accounts", bson.D{}); got != 0 {
			t.Errorf("got %d entries in the own collection, want none", got)
		}
	}
}

// The pair is unique over both places.
func TestPairIsUnique(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.store.LinkAccount(t.Context(), account(w, arthurID, "google", "g-777")); !errors.Is(err, user.ErrLinked) {
		t.Errorf("link somebody's embedded account: got %v, want %v", err, user.ErrLinked)
	}
	if err := w.store.LinkAccount(t.Context(), account(w, arthurID, "github", "1")); err != nil {
		t.Errorf("link a pair whose parts are in two entries: %v", err)
	}
	if err := w.store.LinkAccount(t.Context(), account(w, galahadID, "google", "g-777")); err != nil {
		t.Errorf("link one's own again: %v", err)
	}
	if got := w.count(t, "oauth_accounts", bson.D{}); got != 1 {
		t.Errorf("got %d entries in the own collection, want 1", got)
	}
	reserved, err := w.store.ReserveAccount(t.Context(), account(w, w.store.NewID(), "google", "g-777"))
	if err != nil || reserved.UserID != galahadID || reserved.ID != galahadGoogle {
		t.Errorf("ReserveAccount: got %s of %s, %v", reserved.ID, reserved.UserID, err)
	}

	// The other application links an account that ginauth has linked to somebody.
	pair := bson.A{bson.D{{Key: "id", Value: bson.NewObjectID()}, {Key: "oauth_name", Value: "github"}, {Key: "account_id", Value: "1"},
		{Key: "account_email", Value: "x@camelot.bt"}, {Key: "access_token", Value: "x"}}}
	if _, err := w.db.Collection("User").UpdateOne(t.Context(), bson.D{{Key: "email", Value: "merlin@camelot.bt"}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "oauth_accounts", Value: pair}}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.Account(t.Context(), "github", "1"); !errors.Is(err, user.ErrDamaged) {
		t.Errorf("Account of two users: got %v, want %v", err, user.ErrDamaged)
	}
	if err := w.store.LinkAccount(t.Context(), account(w, "65b0c0de0000000000000004", "github", "1")); !errors.Is(err, user.ErrLinked) {
		t.Errorf("link what two users have: got %v, want %v", err, user.ErrLinked)
	}
}

func TestUnlinkAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.store.LinkAccount(t.Context(), account(w, galahadID, "gitlab", "7")); err != nil {
		t.Fatal(err)
	}
	before := w.document(t, galahadID)
	if err := w.store.UnlinkAccountsOf(t.Context(), galahadID, records.EveryOwner); err != nil {
		t.Fatalf("UnlinkAccountsOf: %v", err)
	}
	if accounts, err := w.store.AccountsOf(t.Context(), galahadID); err != nil || len(accounts) != 0 {
		t.Errorf("AccountsOf: got %v, %v, want none", accounts, err)
	}
	checkFields(t, before, w.document(t, galahadID), "oauth_accounts")
}

// Of accounts in both places one stays, also when all are removed at once.
func TestOneAccountStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for round := range 5 {
		own := account(w, twoID, "gitlab", fmt.Sprint(round))
		if err := w.store.LinkAccount(t.Context(), own); err != nil {
			t.Fatal(err)
		}
		accounts, err := w.store.AccountsOf(t.Context(), twoID)
		if err != nil || len(accounts) != 2 {
			t.Fatalf("round %d: got %d accounts, %v, want 2", round, len(accounts), err)
		}
		var group sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			group.Go(func() { errs[i] = w.store.UnlinkAccount(t.Context(), twoID, accounts[i%2].ID, records.KeepLastOne) })
		}
		group.Wait()
		removed := 0
		for _, err := range errs {
			switch {
			case err == nil:
				removed++
			case !errors.Is(err, user.ErrLastLoginMethod) && !errors.Is(err, user.ErrNotFound):
				t.Errorf("UnlinkAccount: %v", err)
			}
		}
		accounts, err = w.store.AccountsOf(t.Context(), twoID)
		if err != nil || len(accounts) != 1 || removed == 0 {
			t.Fatalf("round %d: got %d accounts and %d removed, %v, want one", round, len(accounts), removed, err)
		}
		if accounts[0].Provider == "gitlab" { // the entry in the document is gone: put another one there
			if err := w.store.UnlinkAccount(t.Context(), twoID, accounts[0].ID, records.KeepNone); err != nil {
				t.Fatal(err)
			}
			entry := bson.D{{Key: "id", Value: bson.NewObjectID()}, {Key: "oauth_name", Value: "google"}, {Key: "account_id", Value: "2"}}
			if _, err := w.db.Collection("User").UpdateOne(t.Context(), bson.D{{Key: "email", Value: "google.two@camelot.bt"}},
				bson.D{{Key: "$set", Value: bson.D{{Key: "oauth_accounts", Value: bson.A{entry}}}}}); err != nil {
				t.Fatal(err)
			}
		}
	}
}
