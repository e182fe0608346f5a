package fastapiusers_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/internal/test/redistest"
	"github.com/ginauth/ginauth/internal/test/statustest"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mongostore/fastapiusers"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user/secrets"
)

func init() { gin.SetMode(gin.TestMode) }

// Profile are the fields that the other application has added to its users.
type Profile struct {
	FirstName     *string      `json:"first_name" bson:"first_name"`
	LoyaltyPoints int          `json:"loyalty_points" bson:"loyalty_points" ginauth:"readonly"`
	Preferences   *Preferences `json:"preferences" bson:"preferences"`
}

type Preferences struct {
	Lang string   `json:"lang" bson:"lang"`
	Tags []string `json:"tags" bson:"tags"`
}

// camelot is the database in testdata.
type camelot struct {
	Now          time.Time         `json:"now"`
	JWTSecret    secrets.Secret    `json:"jwt_secret"`
	Users        []person          `json:"users"`
	AccessTokens []json.RawMessage `json:"access_tokens"`
	Redis        map[string]string `json:"redis"`
	JWTs         []struct {
		Of, What, Token string
		Good            bool
	} `json:"jwts"`
}

type person struct {
	Name     string          `json:"name"`
	Password *string         `json:"password"`
	Document json.RawMessage `json:"document"`
}

func readTestdata[T any](t *testing.T, name string) T {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var data T
	if err := json.Unmarshal(text, &data); err != nil {
		t.Fatal(err)
	}
	return data
}

// load puts extended JSON into a collection.
func load(t *testing.T, in *mongo.Collection, documents ...json.RawMessage) {
	t.Helper()
	for _, text := range documents {
		var document bson.D
		if err := bson.UnmarshalExtJSON(text, false, &document); err != nil {
			t.Fatal(err)
		}
		insert(t, in, document)
	}
}

func insert(t *testing.T, in *mongo.Collection, document bson.D) {
	t.Helper()
	if _, err := in.InsertOne(t.Context(), document); err != nil {
		t.Fatalf("InsertOne: %v", err)
	}
}

// world is an application on a copy of the database.
type world struct {
	camelot
	db     *mongo.Database
	store  *fastapiusers.Store
	auth   *ginauth.Auth
	engine *gin.Engine
	redis  string // the prefix of the other application's keys
	log    *testlog.Log
}

// choice changes the world before it is made.
type choice func(w *world, jwt *backends.JWT, redis *redisstrategy.Redis, options *[]fastapiusers.Option)

// found adds documents to the users.
func found(t *testing.T, documents ...bson.D) choice {
	return func(w *world, _ *backends.JWT, _ *redisstrategy.Redis, _ *[]fastapiusers.Option) {
		for _, document := range documents {
			insert(t, w.db.Collection("User"), document)
		}
	}
}

func newWorld(t *testing.T, choices ...choice) *world {
	t.Helper()
	w := &world{camelot: readTestdata[camelot](t, "beanie.json"), db: mongotest.Database(t), log: &testlog.Log{}}
	for _, p := range w.Users {
		load(t, w.db.Collection("User"), p.Document)
	}
	load(t, w.db.Collection("AccessToken"), w.AccessTokens...)
	client := redistest.Client(t)
	w.redis = redistest.Prefix(t, client)
	for key, value := range w.Redis {
		key = w.redis + strings.TrimPrefix(key, redisstrategy.LegacyFastAPIUsers)
		if err := client.Set(t.Context(), key, value, time.Hour).Err(); err != nil {
			t.Fatal(err)
		}
	}
	logger := slog.New(slog.NewTextHandler(w.log, nil))
	options := []fastapiusers.Option{
		fastapiusers.WithProfile[Profile](),
		fastapiusers.WithAccessTokens(fastapiusers.AccessTokens{Lifetime: time.Hour}),
		fastapiusers.WithLogger(logger),
	}
	jwt := backends.JWT{Secret: w.JWTSecret, Audiences: []string{"ginauth:auth", "fastapi-users:auth"}, LegacyUserID: true}
	redis := redisstrategy.Redis{Client: client, KeyPrefix: redistest.Prefix(t, client), LegacyKeyPrefix: w.redis}
	for _, choose := range choices {
		choose(w, &jwt, &redis, &options)
	}
	var err error
	if w.store, err = fastapiusers.Open(t.Context(), w.db, options...); err != nil {
		t.Fatalf("Open: %v", err)
	}
	w.start(t, logger, jwt, redis)
	return w
}

func (w *world) start(t *testing.T, logger *slog.Logger, jwt backends.JWT, redis redisstrategy.Redis) {
	t.Helper()
	ways := []backends.Backend{
		// The present of the testdata is past: a server that removes what has expired by its own
		// clock must leave these tokens.
		{Name: "stored", Transport: backends.Bearer{}, Strategy: backends.Database{Lifetime: 100 * 365 * 24 * time.Hour}},
		{Name: "jwt", Transport: backends.Bearer{}, Strategy: jwt},
		{Name: "redis", Transport: backends.Bearer{}, Strategy: redis},
	}
	var err error
	w.auth, err = ginauth.New(ginauth.Config{
		Store: w.store, Secret: "0123456789abcdef0123456789abcdef", Backends: ways, Logger: logger,
		Limits: limits.Config{Off: true},
		Now:    func() time.Time { return w.Now },
	})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	w.engine = gin.New()
	statustest.Watch(t, w.engine, w.auth)
	for _, way := range ways {
		w.auth.AuthRoutes(way).Attach(w.engine.Group("/auth/" + way.Name))
	}
	w.auth.RegisterRoutes().Attach(w.engine.Group("/auth"))
	w.auth.UsersRoutes().Attach(w.engine.Group("/users"))
	w.auth.SessionsRoutes().Attach(w.engine.Group("/users/me"))
	oauth.AccountsRoutes(w.auth).Attach(w.engine.Group("/users/me"))
	w.engine.GET("/anybody", w.auth.CurrentUser(), func(c *gin.Context) { c.String(http.StatusOK, ginauth.UserFrom(c).Email) })
}

// send sends a request with a bearer token, which may be empty, and a body: a form
// where it begins with none of "{[", else JSON.
func (w *world) send(t *testing.T, method, path, token, body string) (status int, answer string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	w.engine.ServeHTTP(recorder, r)
	return recorder.Code, recorder.Body.String()
}

// logIn returns the token, or "" and the answer.
func (w *world) logIn(t *testing.T, email, password string) (token, answer string) {
	t.Helper()
	form := url.Values{"username": {email}, "password": {password}}
	status, answer := w.send(t, http.MethodPost, "/auth/stored/login", "", form.Encode())
	var success struct {
		Token string `json:"access_token"`
	}
	if status == http.StatusOK {
		if err := json.Unmarshal([]byte(answer), &success); err != nil {
			t.Fatal(err)
		}
	}
	return success.Token, answer
}

// document returns the stored document of a user.
func (w *world) document(t *testing.T, id string) bson.Raw {
	t.Helper()
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := w.db.Collection("User").FindOne(t.Context(), bson.D{{Key: "_id", Value: oid}}).Raw()
	if err != nil {
		t.Fatalf("FindOne: %v", err)
	}
	return raw
}

func (w *world) count(t *testing.T, collection string, filter bson.D) int64 {
	t.Helper()
	n, err := w.db.Collection(collection).CountDocuments(t.Context(), filter)
	if err != nil {
		t.Fatalf("CountDocuments: %v", err)
	}
	return n
}
