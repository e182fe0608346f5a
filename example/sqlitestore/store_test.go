package sqlitestore_test

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/ginauth/ginauth/example/sqlitestore"
	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

var _ user.Store = (*sqlitestore.Store)(nil)

// open opens a database as an application would. A transaction locks it when it
// begins, and waits for the lock, so that none fails because of another.
func open(t *testing.T, path string) *sql.DB {
	t.Helper()
	name := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "_txlock=immediate&_pragma=busy_timeout(5000)"}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1) // there is one writer anyway
	return db
}

func newStore(t *testing.T) user.Store {
	return storeOf[usertest.Profile](t, open(t, filepath.Join(t.TempDir(), "users.db")))
}

func TestStore(t *testing.T) {
	t.Parallel()
	usertest.TestStore(t, newStore)
}

// Another version of the application may have fields this one does not know.
func TestUpdateKeepsUnknownFields(t *testing.T) {
	t.Parallel()
	type newer struct {
		FirstName string `json:"first_name"`
		Crest     string `json:"crest"`
	}
	type older struct {
		FirstName string `json:"first_name"`
	}
	db := open(t, filepath.Join(t.TempDir(), "users.db"))
	new, old := storeOf[newer](t, db), storeOf[older](t, db)
	u := &user.User{ID: new.NewID(), EmailKey: "arthur@camelot.bt", Profile: &newer{FirstName: "Art", Crest: "dragon"}}
	if err := new.Create(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	update := user.Update{Profile: &older{FirstName: "Arthur"}, ProfileFields: []string{"first_name"}}
	if _, err := old.Update(t.Context(), u.ID, update); err != nil {
		t.Fatal(err)
	}
	after, err := new.ByID(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := *user.ProfileOf[newer](after), (newer{FirstName: "Arthur", Crest: "dragon"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What would have to be refused as damaged does not get in.
func TestSchemaRefusesDamagedUsers(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "users.db"))
	store := storeOf[struct{}](t, db)
	u := &user.User{ID: store.NewID(), EmailKey: "arthur@camelot.bt", IsActive: true}
	if err := store.Create(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	for _, column := range []string{"is_active", "is_superuser", "is_verified", "token_version", "hashed_password", "email_key"} {
		for _, value := range []string{"NULL", "'yes'", "2"} {
			if value == "2" && column == "token_version" || value != "NULL" && (column == "hashed_password" || column == "email_key") {
				continue // fine
			}
			if _, err := db.ExecContext(t.Context(), "UPDATE users SET "+column+" = "+value); err == nil {
				t.Errorf("%s = %s: got no error", column, value)
			}
		}
	}
}

func storeOf[P any](t *testing.T, db *sql.DB) *sqlitestore.Store {
	t.Helper()
	profile, err := profile.TypeOf[P]()
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlitestore.New(t.Context(), db, profile)
	if err != nil {
		t.Fatal(err)
	}
	return store
}
