package migrate_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/mongostore/fastapiusers/migrate"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// testdata is a database in ../testdata.
type testdata struct {
	Users []struct {
		ID       string          `json:"id"` // v9 only
		Name     string          `json:"name"`
		Password *string         `json:"password"`
		Document json.RawMessage `json:"document"`
	} `json:"users"`
	AccessTokens []json.RawMessage `json:"access_tokens"`
}

func readTestdata(t *testing.T, name string, users, tokens *mongo.Collection) testdata {
	t.Helper()
	text, err := os.ReadFile("../testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var data testdata
	if err := json.Unmarshal(text, &data); err != nil {
		t.Fatal(err)
	}
	for _, u := range data.Users {
		insert(t, users, document(t, u.Document))
	}
	for _, token := range data.AccessTokens {
		insert(t, tokens, document(t, token))
	}
	return data
}

func document(t *testing.T, text json.RawMessage) (d bson.D) {
	t.Helper()
	if err := bson.UnmarshalExtJSON(text, false, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

type profile struct {
	FirstName     *string        `json:"first_name" bson:"first_name"`
	LoyaltyPoints int            `json:"loyalty_points" bson:"loyalty_points"`
	Preferences   map[string]any `json:"preferences" bson:"preferences"`
}

// opened returns an application over the target.
func opened(t *testing.T, to *mongo.Database, options ...mongostore.Option) (*mongostore.Store, *user.Manager) {
	t.Helper()
	store, err := mongostore.Open(t.Context(), to, append(options, mongostore.WithProfile[profile]())...)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	auth, err := ginauth.New(ginauth.Config{
		Store: store, Secret: "0123456789abcdef0123456789abcdef", Limits: limits.Config{Off: true},
		Backends: []backends.Backend{{Name: "web", Transport: backends.Bearer{}, Strategy: backends.Database{}}},
	})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return store, auth.Manager()
}

// The users of the older adapter keep their IDs, passwords, accounts, and fields.
func TestV9Testdata(t *testing.T) {
	t.Parallel()
	c, source, problems := config(t, migrate.V9)
	data := readTestdata(t, "v9.json", source, nil)
	if report, err := migrate.Run(t.Context(), c); err != nil || !report.Clean() || len(*problems) > 0 {
		t.Fatalf("Run: got %+v, %v, %v", report, err, *problems)
	}
	store, manager := opened(t, c.To)
	for _, want := range data.Users {
		was := document(t, want.Document)
		u, err := manager.Authenticate(t.Context(), strings.ToUpper(text(was, "email")), secrets.Secret(*want.Password))
		if err != nil || string(u.ID) != want.ID || u.Email != text(was, "email") {
			t.Errorf("%s: got %v, %v, want %s", text(was, "email"), u, err, want.ID)
			continue
		}
		for flag, is := range map[string]bool{"is_active": u.IsActive, "is_superuser": u.IsSuperuser, "is_verified": u.IsVerified} {
			if is != value(was, flag) {
				t.Errorf("%s: %s is %v", u.Email, flag, is)
			}
		}
		name := user.ProfileOf[profile](u).FirstName
		if is := value(was, "first_name"); is != nil && (name == nil || *name != is) || is == nil && name != nil {
			t.Errorf("%s: first_name is %v, want %v", u.Email, name, is)
		}
	}
	a, err := store.Account(t.Context(), "google", "g1")
	if err != nil || string(a.UserID) != data.Users[0].ID || a.ID != "0aaaaf81-9638-42a7-a646-5d2824d4589c" {
		t.Errorf("account: got %+v, %v", a, err)
	}
}

// The users of the Beanie adapter, too, and whoever is logged in stays so.
func TestBeanieTestdata(t *testing.T) {
	t.Parallel()
	c, source, problems := config(t, migrate.Beanie)
	c.Tokens = migrate.Tokens{Backend: "web", Lifetime: time.Hour}
	data := readTestdata(t, "beanie.json", source, c.From.Collection("AccessToken"))
	report, err := migrate.Run(t.Context(), c)
	if err != nil || report.Missing+report.Differing+report.Taken > 0 || report.ExpiredTokens != 1 || report.UnknownHashes != 1 ||
		len(*problems) != 1 || !strings.Contains((*problems)[0], "65b0c0de000000000000000a") {
		t.Fatalf("Run: got %+v, %v, %v", report, err, *problems)
	}
	store, manager := opened(t, c.To, mongostore.WithObjectIDs())
	for _, want := range data.Users {
		was := document(t, want.Document)
		if want.Password != nil {
			u, err := manager.Authenticate(t.Context(), text(was, "email"), secrets.Secret(*want.Password))
			if err != nil || string(u.ID) != value(was, "_id").(bson.ObjectID).Hex() {
				t.Errorf("%s: got %v, %v", want.Name, u, err)
			}
		}
		accounts, _ := value(was, "oauth_accounts").(bson.A)
		for _, entry := range accounts {
			account := entry.(bson.D)
			a, err := store.Account(t.Context(), text(account, "oauth_name"), text(account, "account_id"))
			if err != nil || string(a.UserID) != value(was, "_id").(bson.ObjectID).Hex() {
				t.Errorf("%s: account: got %+v, %v", want.Name, a, err)
			}
		}
	}
	for i, want := range []bool{true, true, false, true} { // the third one is too old
		token := text(document(t, data.AccessTokens[i]), "token")
		got, err := store.TokenByHash(t.Context(), records.HashToken(token))
		if (err == nil) != want || want && got.Backend != "web" {
			t.Errorf("token %d: got %+v, %v, want it %v", i, got, err, want)
		}
	}
}

func value(d bson.D, field string) any {
	for _, e := range d {
		if e.Key == field {
			return e.Value
		}
	}
	return nil
}

func text(d bson.D, field string) string {
	text, _ := value(d, field).(string)
	return text
}
