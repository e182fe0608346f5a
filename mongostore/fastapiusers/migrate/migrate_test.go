package migrate_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/mongostore/fastapiusers/migrate"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func config(t *testing.T, shape migrate.Shape) (c migrate.Config, source *mongo.Collection, problems *[]string) {
	t.Helper()
	problems = &[]string{}
	name := map[migrate.Shape]string{migrate.Beanie: "User", migrate.V9: "users"}[shape]
	from := mongotest.Database(t)
	return migrate.Config{
		From: from, To: mongotest.Database(t), Shape: shape, Batch: 100,
		Now:     func() time.Time { return now },
		Problem: func(p migrate.Problem) { *problems = append(*problems, p.String()) },
	}, from.Collection(name), problems
}

func insert(t *testing.T, in *mongo.Collection, documents ...bson.D) {
	t.Helper()
	for _, document := range documents {
		if _, err := in.InsertOne(t.Context(), document); err != nil {
			t.Fatalf("InsertOne: %v", err)
		}
	}
}

func with(document bson.D, field string, value any) bson.D {
	document = slices.Clone(document)
	for i := range document {
		if document[i].Key == field {
			document[i].Value = value
			return document
		}
	}
	return append(document, bson.E{Key: field, Value: value})
}

func without(document bson.D, field string) bson.D {
	return slices.DeleteFunc(slices.Clone(document), func(e bson.E) bool { return e.Key == field })
}

func TestRun(t *testing.T) {
	t.Parallel()
	for _, shape := range []migrate.Shape{migrate.Beanie, migrate.V9} {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			const n = 700
			c, source, problems := config(t, shape)
			fill(t, source, shape, n)
			steps := map[string]migrate.Progress{}
			c.Progress = func(p migrate.Progress) { steps[p.Step] = p }

			report, err := migrate.Check(t.Context(), c)
			if err != nil || report.Users != n || report.Sound != n || report.Copied != 0 || !report.Clean() {
				t.Fatalf("Check: got %+v, %v", report, err)
			}
			if names, err := c.To.ListCollectionNames(t.Context(), bson.D{}); err != nil || len(names) != 0 {
				t.Fatalf("Check has made %v, %v", names, err)
			}
			for round, copied := range []int64{n + 234 + 117, 0} {
				report, err := migrate.Run(t.Context(), c)
				if err != nil || report.Copied != copied || report.Copied+report.There != n+234+117 || !report.Clean() {
					t.Fatalf("round %d: got %+v, %v, want %d copied", round, report, err, copied)
				}
				checkCopied(t, c.To, shape, n)
			}
			for _, step := range []string{"read users", "copy users", "compare users"} {
				if p := steps[step]; p.Done != n || p.Total != n {
					t.Errorf("%s: got progress %d of %d, want all", step, p.Done, p.Total)
				}
			}
			if len(*problems) != 0 {
				t.Errorf("got problems %v, want none", *problems)
			}
		})
	}
}

// What cannot be taken over without guessing is named, and keeps a run from
// beginning unless it is to be left behind.
func TestProblems(t *testing.T) {
	t.Parallel()
	c, source, problems := config(t, migrate.Beanie)
	fill(t, source, migrate.Beanie, 10)
	next := 10
	var want []string
	bad := func(what string, change func(bson.D) bson.D) {
		document := change(generated(migrate.Beanie, next))
		insert(t, source, document)
		want = append(want, fmt.Sprintf(what, objectID(0, next).Hex()))
		next++
	}
	for _, flag := range []string{"is_active", "is_superuser", "is_verified"} {
		bad("damaged: User: %s: "+flag+" is missing", func(d bson.D) bson.D { return without(d, flag) })
		bad("damaged: User: %s: "+flag+" is of the type null", func(d bson.D) bson.D { return with(d, flag, nil) })
		bad("damaged: User: %s: "+flag+" is of the type string", func(d bson.D) bson.D { return with(d, flag, "true") })
	}
	bad("damaged: User: %s: email is missing", func(d bson.D) bson.D { return without(d, "email") })
	bad("damaged: User: %s: email is no address", func(d bson.D) bson.D { return with(d, "email", "arthur") })
	bad("damaged: User: %s: hashed_password is of the type null", func(d bson.D) bson.D { return with(d, "hashed_password", nil) })
	bad("damaged: User: %s: created_at is of the type string", func(d bson.D) bson.D { return with(d, "created_at", "today") })
	bad("damaged: User: %s: oauth_accounts is of the type string", func(d bson.D) bson.D { return with(d, "oauth_accounts", "none") })
	damaged := len(want)
	bad("damaged: User: %s: an entry of oauth_accounts: account_id is of the type 32-bit integer", func(d bson.D) bson.D {
		return with(d, "oauth_accounts", bson.A{bson.D{{Key: "id", Value: bson.NewObjectID()}, {Key: "oauth_name", Value: "google"}, {Key: "account_id", Value: int32(1)}}})
	})
	bad("damaged: User: %s: an entry of oauth_accounts is no document", func(d bson.D) bson.D { return with(d, "oauth_accounts", bson.A{"google"}) })
	bad("unknown hash: User: %s: the password hash has a form that nobody can read", func(d bson.D) bson.D {
		return with(with(d, "hashed_password", "secret"), "oauth_accounts", nil)
	})
	insert(t, source, with(generated(migrate.Beanie, 999), "_id", "a string"))
	want = append(want, `damaged: User: "a string": _id is of the type string`)

	twin := with(with(generated(migrate.Beanie, next), "email", "USER.1@camelot.bt"), "oauth_accounts", bson.A{})
	pair := with(generated(migrate.Beanie, next+1), "oauth_accounts", bson.A{bson.D{
		{Key: "id", Value: bson.NewObjectID()}, {Key: "oauth_name", Value: "google"}, {Key: "account_id", Value: "3"},
	}})
	insert(t, source, twin, pair)
	want = append(want,
		fmt.Sprintf("collision: User: %s, %s: have one e-mail address in different spellings", objectID(0, 1).Hex(), objectID(0, next).Hex()),
		fmt.Sprintf("collision: User: %s, %s: have one OAuth account", objectID(0, 3).Hex(), objectID(0, next+1).Hex()))

	checkProblems := func(what string) {
		t.Helper()
		got := slices.Clone(*problems)
		*problems = nil
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	report, err := migrate.Check(t.Context(), c)
	if err != nil || report.Clean() {
		t.Fatalf("Check: got %+v, %v", report, err)
	}
	checkProblems("Check")
	wantSound := report.Users - int64(damaged) - 1 - 2
	if report.Sound != wantSound || report.DamagedUsers != int64(damaged)+1 || report.CollidingUsers != 2 ||
		report.DamagedAccounts != 2 || report.CollidingAccounts != 2 || report.UnknownHashes != 1 {
		t.Errorf("got %+v, want %d sound", report, wantSound)
	}
	if _, err := migrate.Run(t.Context(), c); !errors.Is(err, migrate.ErrProblems) {
		t.Errorf("Run: got %v, want %v", err, migrate.ErrProblems)
	}
	if names, err := c.To.ListCollectionNames(t.Context(), bson.D{}); err != nil || len(names) != 0 {
		t.Errorf("got collections %v, %v, want none", names, err)
	}
	*problems = nil
	c.LeaveBehind = true
	report, err = migrate.Run(t.Context(), c)
	if err != nil || report.Missing != 0 {
		t.Fatalf("Run leaving behind: got %+v, %v", report, err)
	}
	checkProblems("Run")
	if got, err := c.To.Collection("users").CountDocuments(t.Context(), bson.D{}); err != nil || got != wantSound {
		t.Errorf("got %d users, %v, want %d", got, err, wantSound)
	}
}

func TestV9Problems(t *testing.T) {
	t.Parallel()
	c, source, problems := config(t, migrate.V9)
	old := with(generated(migrate.V9, 2), "id", bson.Binary{Subtype: bson.TypeBinaryUUIDOld, Data: uuidOf(2).Data})
	insert(t, source, generated(migrate.V9, 1), old,
		without(generated(migrate.V9, 3), "id"),
		with(generated(migrate.V9, 4), "id", "16fa1421-d129-4067-83a0-8f0617420e94"),
		with(generated(migrate.V9, 5), "id", uuidOf(1)))
	c.LeaveBehind = true
	if _, err := migrate.Run(t.Context(), c); err != nil {
		t.Fatalf("Run: %v", err)
	}
	want := []string{
		fmt.Sprintf("damaged: users: %s: id is missing", objectID(0, 3).Hex()),
		fmt.Sprintf("damaged: users: %s: id is of the type string", objectID(0, 4).Hex()),
		fmt.Sprintf("collision: users: %s, %s: have one ID", objectID(0, 1).Hex(), objectID(0, 5).Hex()),
	}
	if !slices.Equal(*problems, want) {
		t.Errorf("got %v, want %v", *problems, want)
	}
	if n, err := c.To.Collection("users").CountDocuments(t.Context(), bson.D{{Key: "_id", Value: uuidOf(2)}}); n != 1 || err != nil {
		t.Errorf("a UUID of the old subtype: got %d, %v, want 1", n, err)
	}
}

// What the target has is left as it is, and told.
func TestTargetInUse(t *testing.T) {
	t.Parallel()
	c, source, problems := config(t, migrate.Beanie)
	fill(t, source, migrate.Beanie, 6)
	if _, err := migrate.Run(t.Context(), c); err != nil {
		t.Fatalf("Run: %v", err)
	}
	users := c.To.Collection("users")
	change := func(n int, update bson.D) {
		t.Helper()
		if _, err := users.UpdateOne(t.Context(), bson.D{{Key: "_id", Value: objectID(0, n)}}, update); err != nil {
			t.Fatal(err)
		}
	}
	change(1, bson.D{{Key: "$set", Value: bson.D{{Key: "first_name", Value: "Changed"}}}})
	if _, err := users.DeleteOne(t.Context(), bson.D{{Key: "_id", Value: objectID(0, 2)}}); err != nil {
		t.Fatal(err)
	}
	change(3, bson.D{{Key: "$set", Value: bson.D{{Key: "email_key", Value: "user.2@camelot.bt"}}}})

	if _, err := migrate.Run(t.Context(), c); !errors.Is(err, migrate.ErrInUse) {
		t.Errorf("Run: got %v, want %v", err, migrate.ErrInUse)
	}
	c.ReviveDeleted = true
	report, err := migrate.Run(t.Context(), c)
	if err != nil || report.Differing != 2 || report.Taken != 1 || report.Copied != 0 {
		t.Errorf("Run: got %+v, %v", report, err)
	}
	want := []string{
		fmt.Sprintf("differs: User: %s: the target has it differently in users", objectID(0, 1).Hex()),
		fmt.Sprintf("taken: User: %s: another document of users has the same identity", objectID(0, 2).Hex()),
		fmt.Sprintf("differs: User: %s: the target has it differently in users", objectID(0, 3).Hex()),
	}
	if !slices.Equal(*problems, want) {
		t.Errorf("got %v, want %v", *problems, want)
	}
	raw, err := users.FindOne(t.Context(), bson.D{{Key: "_id", Value: objectID(0, 1)}}).Raw()
	if name := raw.Lookup("first_name").StringValue(); err != nil || name != "Changed" {
		t.Errorf("got %s, %v, want the target's own", name, err)
	}
}

// A mark that says more than is there costs one run.
func TestLost(t *testing.T) {
	t.Parallel()
	c, source, problems := config(t, migrate.Beanie)
	fill(t, source, migrate.Beanie, 4)
	if _, err := migrate.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := c.To.Collection("ginauth_migration").DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	mark := fmt.Sprintf("%s.User as beanie to users, provider tokens false", c.From.Name())
	insert(t, c.To.Collection("ginauth_migration"), bson.D{{Key: "_id", Value: mark}, {Key: "after", Value: objectID(0, 3)}, {Key: "done", Value: int64(4)}})
	if _, err := c.To.Collection("users").DeleteOne(t.Context(), bson.D{{Key: "_id", Value: objectID(0, 1)}}); err != nil {
		t.Fatal(err)
	}
	report, err := migrate.Compare(t.Context(), c)
	if err != nil || report.Missing != 1 {
		t.Errorf("Compare: got %+v, %v, want 1 missing", report, err)
	}
	if _, err := migrate.Run(t.Context(), c); !errors.Is(err, migrate.ErrLost) {
		t.Errorf("Run: got %v, want %v", err, migrate.ErrLost)
	}
	lost := fmt.Sprintf("lost: User: %s: it is not in users", objectID(0, 1).Hex())
	if want := []string{lost, lost}; !slices.Equal(*problems, want) {
		t.Errorf("got %v, want %v", *problems, want)
	}
	if report, err := migrate.Run(t.Context(), c); err != nil || report.Copied != 1 {
		t.Errorf("Run again: got %+v, %v, want 1 copied", report, err)
	}
	checkCopied(t, c.To, migrate.Beanie, 4)
}

func TestConfigErrors(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	tests := []struct {
		name   string
		config migrate.Config
		want   string
	}{
		{"nothing", migrate.Config{}, "migrate: Config.From or Config.To is missing"},
		{"shape", migrate.Config{From: db, To: mongotest.Database(t), Shape: "v8"}, `migrate: Config.Shape is "v8", want beanie or v9`},
		{"onto itself", migrate.Config{From: db, To: db, Shape: migrate.V9}, "migrate: users would be copied onto themselves: choose another database or another collection"},
		{"lifetime", migrate.Config{From: db, To: db, Tokens: migrate.Tokens{Backend: "web"}}, "migrate: Config.Tokens.Lifetime is missing"},
	}
	for _, test := range tests {
		if _, err := migrate.Check(t.Context(), test.config); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// Both applications have run side by side on the source.
func TestAfterSideBySide(t *testing.T) {
	t.Parallel()
	c, source, problems := config(t, migrate.Beanie)
	c.Tokens = migrate.Tokens{Backend: "web", Lifetime: time.Hour}
	c.KeepProviderTokens = true
	used := with(generated(migrate.Beanie, 0), "token_version", int64(3))
	used = append(used, bson.E{Key: "email_key", Value: "stale@camelot.bt"}, bson.E{Key: "email_key_of", Value: "stale@camelot.bt"},
		bson.E{Key: "updated_at", Value: now}, bson.E{Key: "kept_token", Value: "abc"})
	insert(t, source, used)
	record := func(token string, age time.Duration) bson.D {
		return bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "token", Value: token}, {Key: "user_id", Value: objectID(0, 0)}, {Key: "created_at", Value: now.Add(-age)}}
	}
	insert(t, c.From.Collection("AccessToken"), record("young", time.Minute), record("old", time.Hour), without(record("damaged", 0), "user_id"))
	insert(t, c.From.Collection("access_tokens"), bson.D{{Key: "_id", Value: strings.Repeat("a", 64)}, {Key: "user_id", Value: objectID(0, 0)}})
	insert(t, c.From.Collection("oauth_accounts"), bson.D{{Key: "_id", Value: objectID(9, 9)}, {Key: "user_id", Value: objectID(0, 0)},
		{Key: "provider", Value: "gitlab"}, {Key: "account_id", Value: "1"}})
	if _, err := migrate.Run(t.Context(), c); !errors.Is(err, migrate.ErrProblems) || len(*problems) != 1 {
		t.Fatalf("Run with a damaged token: got %v, %v", err, *problems)
	}
	c.LeaveBehind = true
	report, err := migrate.Run(t.Context(), c)
	if err != nil || report.Copied != 1+2+1+1+1 || report.ExpiredTokens != 1 || report.Missing != 0 {
		t.Fatalf("Run: got %+v, %v", report, err)
	}
	raw, err := c.To.Collection("users").FindOne(t.Context(), bson.D{}).Raw()
	if err != nil || raw.Lookup("token_version").AsInt64() != 3 || raw.Lookup("kept_token").StringValue() != "abc" ||
		!raw.Lookup("updated_at").Time().Equal(now) || raw.Lookup("email_key").StringValue() != "ёж.0@xn--80a1acn3a.xn--j1amh" {
		t.Errorf("got user %v, %v", raw, err)
	}
	if value := raw.Lookup("email_key_of"); !value.IsZero() {
		t.Errorf("got email_key_of %v, want none", value)
	}
	s, err := mongostore.Open(t.Context(), c.To, mongostore.WithObjectIDs())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	token, err := s.TokenByHash(t.Context(), records.HashToken("young"))
	if err != nil || token.Backend != "web" || !token.ExpiresAt.Equal(now.Add(59*time.Minute)) || token.UserID != user.ID(objectID(0, 0).Hex()) {
		t.Errorf("got token %+v, %v", token, err)
	}
	accounts, err := s.AccountsOf(t.Context(), token.UserID)
	if err != nil || len(accounts) != 3 {
		t.Errorf("got accounts %v, %v, want 3", accounts, err)
	}
	a, err := s.Account(t.Context(), "google", "0")
	if err != nil || a.AccessToken != "provider-token" {
		t.Errorf("got account %+v, %v, want one with its token", a, err)
	}
}

// An account that ginauth has linked to one user and the other application to another
// is nobody's until somebody decides.
func TestAccountOfTwo(t *testing.T) {
	t.Parallel()
	c, source, problems := config(t, migrate.Beanie)
	fill(t, source, migrate.Beanie, 7) // google 0, 3, 6; github 1, 7
	own := func(n, owner int, provider, account string) bson.D {
		return bson.D{{Key: "_id", Value: objectID(9, n)}, {Key: "user_id", Value: objectID(0, owner)},
			{Key: "provider", Value: provider}, {Key: "account_id", Value: account}}
	}
	insert(t, c.From.Collection("oauth_accounts"),
		own(1, 1, "google", "3"),   // embedded in 3
		own(2, 1, "github", "3"),   // nobody else's
		own(3, 3, "gitlab", "1"),   // nobody else's
		own(4, 999, "google", "6")) // left behind by a user who does not exist any more
	want := fmt.Sprintf("collision: User: %s, %s: have one OAuth account", objectID(0, 3).Hex(), objectID(0, 1).Hex())
	report, err := migrate.Check(t.Context(), c)
	if err != nil || report.CollidingAccounts != 2 || !slices.Equal(*problems, []string{want}) {
		t.Fatalf("Check: got %+v, %v, %v, want %s", report, err, *problems, want)
	}
	*problems = nil
	if _, err := migrate.Run(t.Context(), c); !errors.Is(err, migrate.ErrProblems) {
		t.Fatalf("Run: got %v, want %v", err, migrate.ErrProblems)
	}
	c.LeaveBehind, *problems = true, nil
	report, err = migrate.Run(t.Context(), c)
	if err != nil || report.Missing != 0 || report.Taken != 1 {
		t.Errorf("Run leaving behind: got %+v, %v", report, err)
	}
	taken := fmt.Sprintf("taken: oauth_accounts: %s: another document of oauth_accounts has the same identity", objectID(9, 4).Hex())
	if !slices.Equal(*problems, []string{want, taken}) {
		t.Errorf("got %v, want %s and %s", *problems, want, taken)
	}
	s, err := mongostore.Open(t.Context(), c.To, mongostore.WithObjectIDs())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	for pair, owner := range map[[2]string]int{{"google", "3"}: -1, {"github", "3"}: 1, {"gitlab", "1"}: 3, {"google", "6"}: 6, {"google", "0"}: 0} {
		a, err := s.Account(t.Context(), pair[0], pair[1])
		if owner < 0 && !errors.Is(err, user.ErrNotFound) || owner >= 0 && (err != nil || a.UserID != user.ID(objectID(0, owner).Hex())) {
			t.Errorf("%v: got one of %s, %v, want one of user %d", pair, a.UserID, err, owner)
		}
	}
}
