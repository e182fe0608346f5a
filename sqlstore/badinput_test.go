package sqlstore_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
)

// wide has fields that JSON can say much in.
type wide struct {
	FirstName string          `json:"first_name"`
	Score     float64         `json:"score"`
	Big       int64           `json:"big"`
	Seen      time.Time       `json:"seen"`
	Raw       json.RawMessage `json:"raw"`
	Any       any             `json:"any"`
}

// What a client may send, and a database cannot store, is refused before it gets there, on
// both engines, or is stored in another form and read back as it was.
func TestBadInput(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		app := serve(t, openIn[wide](t, w.made(t)))
		token := app.member(t, "arthur@camelot.bt")
		for _, test := range []struct {
			name, method, path, body string
			want                     int
		}{
			{"NUL in a profile field", "PATCH", "/users/me", `{"first_name":"a\u0000b\u0001c"}`, 200},
			{"NUL deep in JSON", "PATCH", "/users/me", `{"any":{"a":["\u0000"]}}`, 200},
			{"NUL in a name", "PATCH", "/users/me", `{"any":{"\u0000":1}}`, 422},
			{"what escapes begin with", "PATCH", "/users/me", `{"any":{"\u0001":"\u0001\u0002"}}`, 200},
			{"NUL in raw JSON", "PATCH", "/users/me", `{"raw":"\u0000\u0001\u0002\\u0001"}`, 200},
			{"half a surrogate pair", "PATCH", "/users/me", `{"raw":"\ud800"}`, 400},
			{"invalid UTF-8", "PATCH", "/users/me", "{\"first_name\":\"\xff\"}", 400},
			{"an escaped backslash before u0000", "PATCH", "/users/me", `{"first_name":"\\u0000"}`, 200},
			{"a surrogate pair", "PATCH", "/users/me", `{"raw":"\ud83d\ude00","first_name":"\ud83d\ude00"}`, 200},
			{"a number with too many digits", "PATCH", "/users/me", `{"raw":1e99999}`, 422},
			{"the greatest float", "PATCH", "/users/me", `{"score":1.7976931348623157e308}`, 200},
			{"the least float", "PATCH", "/users/me", `{"score":5e-324}`, 200},
			{"a float out of range", "PATCH", "/users/me", `{"score":1e309}`, 422},
			{"the greatest integer", "PATCH", "/users/me", `{"big":9223372036854775807}`, 200},
			{"an integer out of range", "PATCH", "/users/me", `{"big":9223372036854775808}`, 422},
			{"a time out of range", "PATCH", "/users/me", `{"seen":"10000-01-01T00:00:00Z"}`, 422},
			{"a time out of range in UTC", "PATCH", "/users/me", `{"seen":"9999-12-31T23:59:59-14:00"}`, 422},
			{"a time before the first year in UTC", "PATCH", "/users/me", `{"seen":"0000-01-01T00:00:00+14:00"}`, 422},
			{"a time in another zone", "PATCH", "/users/me", `{"seen":"2026-01-02T03:04:05.123456+02:00"}`, 200},
			{"the first year", "PATCH", "/users/me", `{"seen":"0001-01-01T00:00:00Z"}`, 200},
			{"the last year", "PATCH", "/users/me", `{"seen":"9999-12-31T23:59:59.999Z"}`, 200},
			{"deep JSON", "PATCH", "/users/me", `{"any":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}`, 422},
			{"NUL in an address", "PATCH", "/users/me", `{"email":"a\u0000@camelot.bt"}`, 422},
			{"NUL in a new address", "POST", "/auth/register", `{"email":"a\u0000@camelot.bt","password":"guinevere of camelot"}`, 422},
			{"NUL at registration", "POST", "/auth/register", `{"email":"b@camelot.bt","password":"guinevere of camelot","first_name":"\u0000"}`, 201},
			{"NUL at login", "POST", "/auth/login", "username=a%00%40camelot.bt&password=guinevere", 400},
			{"NUL in an ID", "GET", "/users/%00", "", 403},
		} {
			got := app.send(t, 0, test.method, test.path, token, test.body)
			if got.status != test.want && !(test.want == 400 && got.status == 422) {
				t.Errorf("%s: got %d %.200s, want %d", test.name, got.status, got.body, test.want)
			}
			if got.status == 200 {
				if read := app.wants(t, 200, "GET", "/users/me", token, ""); read != got {
					t.Errorf("%s: got %s, want %s", test.name, read.body, got.body)
				}
				var sent, kept map[string]any
				_ = json.Unmarshal([]byte(test.body), &sent)
				_ = json.Unmarshal([]byte(got.body), &kept)
				for field, want := range sent {
					if field != "seen" && !reflect.DeepEqual(kept[field], want) {
						t.Errorf("%s: %s: got %#v, want %#v", test.name, field, kept[field], want)
					}
				}
			}
		}
	})
}

// Members of a profile that another version of the application has stay, whatever they
// are called, and so does a column that somebody has added.
func TestUnknownColumnsAndFieldsStay(t *testing.T) {
	t.Parallel()
	type newer struct {
		FirstName string `json:"first_name"`
		Crest     string `json:"crest & colours[0].x"`
	}
	type older struct {
		FirstName string `json:"first_name"`
	}
	onEach(t, func(t *testing.T, w world) {
		db := w.empty(t)()
		younger, elder := openIn[newer](t, db), openIn[older](t, db)
		mustExec(t, db, `ALTER TABLE users ADD COLUMN shield text`)
		u := knight(younger, "arthur@camelot.bt")
		u.Profile = &newer{FirstName: "Art", Crest: "dragon"}
		if err := younger.Create(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		mustExec(t, db, `UPDATE users SET shield = 'round'`)
		update := user.Update{Profile: &older{FirstName: "Arthur"}, ProfileFields: []string{"first_name"}, UpdatedAt: u.UpdatedAt}
		if _, err := elder.Update(t.Context(), u.ID, update); err != nil {
			t.Fatal(err)
		}
		update = user.Update{Profile: &newer{Crest: "lion"}, ProfileFields: []string{"crest & colours[0].x"}, UpdatedAt: u.UpdatedAt}
		if _, err := younger.Update(t.Context(), u.ID, update); err != nil {
			t.Fatal(err)
		}
		after, err := younger.ByID(t.Context(), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := *user.ProfileOf[newer](after), (newer{FirstName: "Arthur", Crest: "lion"}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if got := column(t, db, `SELECT shield FROM users`); len(got) != 1 || got[0] != "round" {
			t.Errorf("the added column: got %v, want round", got)
		}
	})
}

// What the application's struct cannot hold is damage, never a guess.
func TestDamagedProfile(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		db := w.made(t)
		s := openIn[wide](t, db)
		u := knight(s, "arthur@camelot.bt")
		if err := s.Create(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		mustExec(t, db, `UPDATE users SET profile = '{"first_name": ["excalibur"]}'`)
		if _, err := s.ByID(t.Context(), u.ID); !errors.Is(err, user.ErrDamaged) || strings.Contains(err.Error(), "excalibur") {
			t.Errorf("ByID: got %v, want %v", err, user.ErrDamaged)
		}
		if err := s.Create(t.Context(), knight(s, u.EmailKey)); !errors.Is(err, user.ErrExists) {
			t.Errorf("Create with its address: got %v, want %v", err, user.ErrExists)
		}
		if page, err := s.List(t.Context(), user.ListQuery{Limit: 10}); err != nil || len(page.Users) != 0 || page.More {
			t.Errorf("List: got %d users, %v", len(page.Users), err)
		}
		if err := s.Delete(t.Context(), u.ID, user.DeleteOptions{KeepSuperuser: true}); err != nil {
			t.Errorf("Delete: %v", err)
		}
	})
}

// The columns keep out what would have to be refused as damaged.
func TestSchemaRefusesDamage(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		db := w.made(t)
		s := openIn[wide](t, db)
		if err := s.Create(t.Context(), knight(s, "arthur@camelot.bt")); err != nil {
			t.Fatal(err)
		}
		for _, column := range []string{"is_active", "is_superuser", "is_verified", "second_factor", "token_version", "owner_version", "hashed_password", "email_key", "created_at", "profile"} {
			for _, value := range []string{"NULL", "'maybe'", "2"} {
				if value == "2" && (strings.HasSuffix(column, "_version") || column == "created_at") || value != "NULL" && (column == "hashed_password" || column == "email_key") {
					continue // a value like any other
				}
				if _, err := db.ExecContext(t.Context(), "UPDATE users SET "+column+" = "+value); err == nil {
					t.Errorf("%s = %s: got no error", column, value)
				}
			}
		}
	})
}
