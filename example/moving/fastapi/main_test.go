package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/example/embedded"
	"github.com/ginauth/ginauth/mongostore/fastapiusers/migrate"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

const (
	secret    = "0123456789abcdef0123456789abcdef"
	oldSecret = "LEGACY-SECRET-0123456789-abcdefghijklmnop"
	oldToken  = "10JNCeFdAkxYSPI9H6b3Nh1_YY0VMucOIOKmZo3n9H4"
)

// Tokens and passwords of the other application work here, and a login here works there.
func TestMoving(t *testing.T) {
	gin.SetMode(gin.TestMode)
	server, err := embedded.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) })
	db := client.Database("app")
	id := bson.NewObjectID()
	insert(t, db.Collection("User"), bson.D{
		{Key: "_id", Value: id}, {Key: "email", Value: "Lake.Lady@camelot.bt"},
		{Key: "hashed_password", Value: "$2a$10$Ksp68CCsNzBpRJ9dz17JdOoh2UZ.eAjrQqthlpOdc071NEY6YFRcu"},
		{Key: "is_active", Value: true}, {Key: "is_superuser", Value: false}, {Key: "is_verified", Value: true},
		{Key: "oauth_accounts", Value: bson.A{}}, {Key: "first_name", Value: "Viviane"}, {Key: "loyalty_points", Value: int32(7)},
	})
	insert(t, db.Collection("AccessToken"), bson.D{{Key: "token", Value: oldToken}, {Key: "user_id", Value: id}, {Key: "created_at", Value: time.Now()}})
	r, err := application(db, secret, oldSecret)
	if err != nil {
		t.Fatalf("application: %v", err)
	}
	call := func(method, path, header, value, body string) *httptest.ResponseRecorder {
		request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set(header, value)
		answer := httptest.NewRecorder()
		r.ServeHTTP(answer, request)
		return answer
	}
	oldJWT, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": id.Hex(), "aud": []string{"fastapi-users:auth"}, "exp": time.Now().Add(time.Minute).Unix(),
	}).SignedString([]byte(oldSecret))
	if err != nil {
		t.Fatal(err)
	}
	for _, old := range []struct{ name, header, value string }{
		{"jwt", "Authorization", "Bearer " + oldJWT},
		{"cookie", "Cookie", "fastapiusersauth=" + oldToken},
	} {
		if answer := call(http.MethodGet, "/hello", old.header, old.value, ""); answer.Body.String() != "Hello, Lake.Lady@camelot.bt\n" {
			t.Errorf("%s of the other application: got %d %s", old.name, answer.Code, answer.Body)
		}
	}
	answer := call(http.MethodPost, "/auth/jwt/login", "", "", "username=lake.lady@camelot.bt&password=excalibur")
	token, found := strings.CutPrefix(strings.TrimSuffix(answer.Body.String(), `","token_type":"bearer"}`), `{"access_token":"`)
	if !found {
		t.Fatalf("login: got %d %s", answer.Code, answer.Body)
	}
	// What the other application checks.
	var claims jwt.MapClaims
	_, err = jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return []byte(oldSecret), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithAudience("fastapi-users:auth"), jwt.WithSubject(id.Hex()))
	if err != nil {
		t.Errorf("the other application refuses the token: %v", err)
	}
	me := call(http.MethodGet, "/users/me", "Authorization", "Bearer "+token, "")
	if want := `"first_name":"Viviane","loyalty_points":7}`; !strings.HasSuffix(me.Body.String(), want) {
		t.Errorf("me: got %d %s, want %s at its end", me.Code, me.Body, want)
	}

	copied := client.Database("app_ginauth")
	report, err := migrate.Run(t.Context(), migrate.Config{From: db, To: copied})
	if err != nil || !report.Clean() || report.Users != 1 {
		t.Fatalf("migrate: got %+v, %v", report, err)
	}
	store, err := openCopy(t.Context(), copied)
	if err != nil {
		t.Fatalf("openCopy: %v", err)
	}
	u, err := store.ByEmail(t.Context(), email.Email{Key: "lake.lady@camelot.bt"})
	if err != nil || string(u.ID) != id.Hex() || *user.ProfileOf[Profile](u).FirstName != "Viviane" {
		t.Errorf("the copy: got %v, %v", u, err)
	}
}

func insert(t *testing.T, in *mongo.Collection, document bson.D) {
	t.Helper()
	if _, err := in.InsertOne(t.Context(), document); err != nil {
		t.Fatal(err)
	}
}
