package mongostore_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/mongostore/fastapiusers"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

// unusual is a profile of the types that are easily lost or refused on the way.
type unusual struct {
	At      time.Time        `json:"at" bson:"at"`
	Times   []*time.Time     `json:"times" bson:"times"`
	Big     uint64           `json:"big" bson:"big"`
	Bigs    map[string]*uint `json:"bigs" bson:"bigs"`
	Number  json.Number      `json:"number" bson:"number"`
	Any     any              `json:"any" bson:"any"`
	Brittle brittle          `json:"brittle" bson:"brittle"`
}

// brittle is a type of an application that does not expect every value.
type brittle string

func (b *brittle) UnmarshalJSON(text []byte) error {
	*b = brittle(strings.Split(string(text), ":")[1])
	return nil
}

// unusualStores are the stores that have to agree.
func unusualStores(t *testing.T) map[string]user.Store {
	t.Helper()
	mongo, err := mongostore.Open(t.Context(), mongotest.Database(t), mongostore.WithProfile[unusual]())
	if err != nil {
		t.Fatal(err)
	}
	other, err := fastapiusers.Open(t.Context(), mongotest.Database(t), fastapiusers.WithProfile[unusual]())
	if err != nil {
		t.Fatal(err)
	}
	return map[string]user.Store{
		"memory": usertest.NewStore(usertest.WithProfile[unusual]()), "mongostore": mongo, "fastapiusers": other,
	}
}

// front serves an application over a store.
type front struct {
	engine *gin.Engine
	auth   *ginauth.Auth
	token  string
	log    strings.Builder
}

func newFront(t *testing.T, store user.Store) *front {
	t.Helper()
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	f := &front{engine: gin.New()}
	auth, err := ginauth.New(ginauth.Config{
		Store: store, Secret: secrets.Secret(strings.Repeat("s", 32)), Backends: []backends.Backend{api},
		Limits: limits.Config{Off: true}, Logger: slog.New(slog.NewTextHandler(&f.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	f.auth = auth
	auth.AuthRoutes(api).Attach(f.engine.Group("/auth"))
	auth.RegisterRoutes().Attach(f.engine.Group("/auth"))
	auth.UsersRoutes(ginauth.ListUsers()).Attach(f.engine.Group("/users"))
	if _, err := auth.Manager().EnsureSuperuser(t.Context(), "root@camelot.bt", "excalibur"); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/auth/login", strings.NewReader("username=root@camelot.bt&password=excalibur"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	f.engine.ServeHTTP(w, r)
	var login struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &login); err != nil || login.Token == "" {
		t.Fatalf("login: got %d %s", w.Code, w.Body)
	}
	f.token = login.Token
	return f
}

func (f *front) send(method, path, body string) (status int, answer string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+f.token)
	w := httptest.NewRecorder()
	f.engine.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestUnusualValuesOnTheWire(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, field, value, want string }{ // want "" for refused
		{"far future", "at", `"9999-12-31T23:59:59-14:00"`, ""},
		{"far past", "at", `"0000-01-01T00:00:00+14:00"`, ""},
		{"far future in a list", "times", `["9999-12-31T23:59:59-14:00"]`, ""},
		{"last moment", "at", `"9999-12-31T23:59:59.9999Z"`, `"9999-12-31T23:59:59.999Z"`},
		{"zone", "at", `"2026-01-02T03:04:05+02:00"`, `"2026-01-02T01:04:05Z"`},
		{"nanoseconds", "at", `"2026-01-02T03:04:05.123456789Z"`, `"2026-01-02T03:04:05.123Z"`},
		{"64 bits", "big", `18446744073709551615`, ""},
		{"63 bits", "big", `9223372036854775807`, `9223372036854775807`},
		{"64 bits in a map", "bigs", `{"a":9223372036854775808}`, ""},
		{"no float", "number", `1e400`, ""},
		{"number", "number", `1.5`, `1.5`},
		{"panic", "brittle", `"x"`, ""},
		{"object", "any", `{"a":[1,null,{"b":"2026-01-02T03:04:05+02:00"}]}`, `{"a":[1,null,{"b":"2026-01-02T03:04:05+02:00"}]}`},
	}
	for name, store := range unusualStores(t) {
		f := newFront(t, store)
		for i, test := range tests {
			body := `{"email":"u` + string(rune('a'+i)) + `@camelot.bt","password":"guinevere","` + test.field + `":` + test.value + `}`
			for _, step := range []struct {
				method, path string
				success      int
			}{{"POST", "/auth/register", 201}, {"PATCH", "/users/me", 200}} {
				if step.method == "PATCH" {
					body = `{"` + test.field + `":` + test.value + `}`
				}
				what := name + ": " + test.name + ": " + step.method
				status, answer := f.send(step.method, step.path, body)
				if test.want == "" {
					want := `{"detail":[{"loc":["body","` + test.field + `"],"msg":"` + test.field + ` is not valid","type":"value_error"}]}`
					if status != http.StatusUnprocessableEntity || answer != want {
						t.Errorf("%s: got %d %s, want 422 %s", what, status, answer, want)
					}
					continue
				}
				if status != step.success || !strings.Contains(answer, `"`+test.field+`":`+test.want) {
					t.Errorf("%s: got %d %s, want %d with %s", what, status, answer, step.success, test.want)
				}
				var created struct{ ID string }
				_ = json.Unmarshal([]byte(answer), &created)
				if _, later := f.send("GET", "/users/"+created.ID, ""); later != answer {
					t.Errorf("%s: GET: got %s, want the answer before, %s", what, later, answer)
				}
			}
		}
		if !strings.Contains(f.log.String(), "field=brittle") {
			t.Errorf("%s: the panic of a type was not logged: %s", name, f.log.String())
		}
	}
}

// What another program has stored may have no JSON form. Everybody else is listed.
func TestOneUserThatCannotBeShown(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	store, err := mongostore.Open(t.Context(), db, mongostore.WithProfile[unusual]())
	if err != nil {
		t.Fatal(err)
	}
	f := newFront(t, store)
	_, answer := f.send("POST", "/auth/register", `{"email":"arthur@camelot.bt","password":"guinevere","big":7}`)
	var created struct{ ID string }
	if err := json.Unmarshal([]byte(answer), &created); err != nil {
		t.Fatal(err)
	}
	far := bson.D{{Key: "$set", Value: bson.D{{Key: "at", Value: bson.NewDateTimeFromTime(time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC))}}}}
	if _, err := db.Collection("users").UpdateOne(t.Context(), bson.D{{Key: "email", Value: "arthur@camelot.bt"}}, far); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/users", "/users/" + created.ID} {
		status, answer := f.send("GET", path, "")
		if status != 200 || !strings.Contains(answer, `"at":null,"times":null,"big":7`) {
			t.Errorf("GET %s: got %d %s, want 200 with null for the field", path, status, answer)
		}
	}
	if _, all := f.send("GET", "/users", ""); !strings.Contains(all, "root@camelot.bt") {
		t.Errorf("GET /users: got %s, want the others too", all)
	}
	if log := f.log.String(); !strings.Contains(log, "user="+created.ID) || strings.Contains(log, "arthur@") {
		t.Errorf("log: got %s, want the user's id and no more", log)
	}
}
