package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/example/embedded"
)

// quoted is an ID as it is printed.
func quoted(id string) string { return `{"$oid":"` + id + `"}` }

func TestMapUsers(t *testing.T) {
	t.Parallel()
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
	users := db.Collection("users")
	add := func(fields ...bson.E) string {
		t.Helper()
		id := bson.NewObjectID()
		if _, err := users.InsertOne(t.Context(), append(bson.D{{Key: "_id", Value: id}}, fields...)); err != nil {
			t.Fatal(err)
		}
		return id.Hex()
	}
	e := func(key string, value any) bson.E { return bson.E{Key: key, Value: value} }
	arthur := add(e("mail", "King.Arthur@Camelot.bt"), e("pw", "sha256$salt$42a90bc358b7a6c511c5ac50b07af28017a3bf6beddede4332f921f7b5ea1e39"),
		e("admin", true), e("blocked", false), e("name", "Arthur"), e("shield", bson.D{e("colour", "red")}))
	add(e("mail", "lake.lady@camelot.bt"), e("pw", "$2a$10$Ksp68CCsNzBpRJ9dz17JdOoh2UZ.eAjrQqthlpOdc071NEY6YFRcu"), e("admin", false), e("blocked", true))
	add(e("mail", "galahad@camelot.bt"), e("admin", false), e("blocked", false))
	bad := []string{
		quoted(add(e("mail", "mordred"))) + ": user: invalid email: The address needs one @-sign with text on both sides",
		quoted(add(e("mail", "kay@camelot.bt"), e("admin", false))) + ": admin or blocked is missing or null",
		quoted(add(e("mail", "tor@camelot.bt"), e("admin", nil), e("blocked", false))) + ": admin or blocked is missing or null",
		quoted(add(e("mail", "bors@camelot.bt"), e("pw", "plain"), e("admin", false), e("blocked", false))) + ": pw has an unknown form",
		quoted(add(e("mail", 5))) + ": error decoding key mail: cannot decode 32-bit integer into a string type",
		quoted(add(e("mail", "king.arthur@camelot.bt"), e("admin", false), e("blocked", false))) + ": has the address of " + quoted(arthur),
	}
	var said []string
	run := func(apply bool) (string, error) {
		said = nil
		good, bad, err := mapUsers(t.Context(), users, apply, func(line string) { said = append(said, line) })
		return fmt.Sprint(good, bad), err
	}
	for _, apply := range []bool{false, true} {
		if got, err := run(apply); got != "3 6" || err != nil || !slices.Equal(said, bad) {
			t.Errorf("apply %v: got %s, %v, %v, want %v", apply, got, err, said, bad)
		}
		if n, err := users.CountDocuments(t.Context(), bson.D{e("email_key", bson.D{e("$exists", true)})}); n != 0 || err != nil {
			t.Errorf("apply %v: got %d users with a key, %v, want none", apply, n, err)
		}
	}
	for _, line := range bad {
		id, err := bson.ObjectIDFromHex(line[9:33])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := users.DeleteOne(t.Context(), bson.D{e("_id", id)}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if got, err := run(true); got != "3 0" || err != nil {
			t.Fatalf("got %s, %v", got, err)
		}
	}
	gin.SetMode(gin.TestMode)
	r, err := application(db, "0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatalf("application: %v", err)
	}
	logIn := func(email, password string) (token, answer string) {
		_, answer = send(t, r, http.MethodPost, "/auth/api/login", "", "username="+email+"&password="+password)
		token, _ = strings.CutPrefix(strings.TrimSuffix(answer, `","token_type":"bearer"}`), `{"access_token":"`)
		return token, answer
	}
	if _, answer := logIn("lake.lady@camelot.bt", "excalibur"); answer != `{"detail":"LOGIN_BAD_CREDENTIALS"}` {
		t.Errorf("lady, who is blocked: got %s", answer)
	}
	token, answer := logIn("KING.ARTHUR@camelot.bt", "guinevere")
	want := `{"id":"` + arthur + `","email":"King.Arthur@camelot.bt","is_active":true,"is_superuser":true,"is_verified":false,"name":"Arthur"}`
	if _, me := send(t, r, http.MethodGet, "/users/me", token, ""); me != want {
		t.Fatalf("arthur: got %s (login: %s), want %s", me, answer, want)
	}
	if raw, err := users.FindOne(t.Context(), bson.D{e("name", "Arthur")}).Raw(); err != nil || !strings.HasPrefix(raw.Lookup("hashed_password").StringValue(), "$argon2id$") {
		t.Errorf("the hash was not replaced: %v", err)
	}
	if raw, err := users.FindOne(t.Context(), bson.D{e("name", "Arthur")}).Raw(); err != nil || raw.Lookup("shield", "colour").StringValue() != "red" {
		t.Errorf("got %v, %v, want what ginauth does not know as it was", raw, err)
	}
	// Users that were created or changed their address since then are left alone, too.
	add(e("email", "elaine@camelot.bt"), e("email_key", "elaine@camelot.bt"))
	if _, err := users.UpdateOne(t.Context(), bson.D{e("name", "Arthur")}, bson.D{e("$set", bson.D{e("mail", "lake.lady@camelot.bt")})}); err != nil {
		t.Fatal(err)
	}
	if got, err := run(true); got != "4 0" || err != nil {
		t.Errorf("afterwards: got %s, %v, %v", got, err, said)
	}
}

func send(t *testing.T, r http.Handler, method, path, token, form string) (status int, answer string) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(form))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "Bearer "+token)
	recorder := httptest.NewRecorder()
	r.ServeHTTP(recorder, request)
	return recorder.Code, recorder.Body.String()
}
