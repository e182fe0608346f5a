package fastapiusers_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/user"
)

const (
	arthurID = "65b0c0de0000000000000001"
	ladyID   = "65b0c0de0000000000000003"
)

// Everybody logs in with the password he has, and nobody else does.
func TestEverybodyLogsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := []string{"arthur", "lady", "merlin", "gawain", "tristan", "passlib", "django"}
	for _, p := range w.Users {
		var document bson.D
		if err := bson.UnmarshalExtJSON(p.Document, false, &document); err != nil {
			t.Fatal(err)
		}
		email := document[1].Value.(string)
		password := "anything"
		if p.Password != nil {
			password = *p.Password
		}
		token, answer := w.logIn(t, strings.ToUpper(email), password)
		if want := slices.Contains(in, p.Name); (token != "") != want {
			t.Errorf("%s: logged in %v, want %v: %s", p.Name, token != "", want, answer)
			continue
		}
		if token == "" {
			if answer != `{"detail":"LOGIN_BAD_CREDENTIALS"}` {
				t.Errorf("%s: got answer %s", p.Name, answer)
			}
			continue
		}
		if token, _ := w.logIn(t, email, password+"x"); token != "" {
			t.Errorf("%s logs in with a wrong password", p.Name)
		}
		if token, answer := w.logIn(t, email, password); token == "" {
			t.Errorf("%s does not log in again: %s", p.Name, answer)
		}
	}
	if !strings.Contains(w.log.String(), "65b0c0de000000000000000a") {
		t.Error("a hash of an unknown form was not logged")
	}
}

func TestUserJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct{ email, password, want string }{
		{"king.arthur@camelot.bt", "guinevere", `{"id":"65b0c0de0000000000000001","email":"king.arthur@camelot.bt",` +
			`"is_active":true,"is_superuser":false,"is_verified":false,"first_name":"Arthur","loyalty_points":1200,"preferences":null}`},
		{"lake.lady@camelot.bt", "excalibur", `{"id":"65b0c0de0000000000000003","email":"Lake.Lady@camelot.bt",` +
			`"is_active":true,"is_superuser":false,"is_verified":true,"first_name":"Viviane","loyalty_points":0,` +
			`"preferences":{"lang":"fr","tags":["lake","sword"]}}`},
	}
	for _, test := range tests {
		token, answer := w.logIn(t, test.email, test.password)
		status, body := w.send(t, http.MethodGet, "/users/me", token, "")
		if status != http.StatusOK || body != test.want {
			t.Errorf("%s: got %d %s (login: %s), want %s", test.email, status, body, answer, test.want)
		}
	}
}

// What an update does not name stays as it is, to the byte and in its place.
func TestUpdateKeepsTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.db.Collection("User").UpdateOne(t.Context(), bson.D{{Key: "email", Value: "Lake.Lady@camelot.bt"}},
		bson.D{{Key: "$set", Value: bson.D{
			{Key: "score", Value: 1.5}, {Key: "badges", Value: bson.A{int32(1), int64(2), "three", nil, true}},
			{Key: "last_seen", Value: bson.DateTime(1700000000000)}, {Key: "photo", Value: bson.Binary{Data: []byte{1, 2, 3}}},
		}}}); err != nil {
		t.Fatal(err)
	}
	before := w.document(t, ladyID)
	token, _ := w.logIn(t, "lake.lady@camelot.bt", "excalibur")
	status, body := w.send(t, http.MethodPatch, "/users/me", token, `{"first_name":"Nimue"}`)
	if status != http.StatusOK || !strings.Contains(body, `"first_name":"Nimue"`) {
		t.Fatalf("PATCH: got %d %s", status, body)
	}
	after := w.document(t, ladyID)
	elements, err := before.Elements()
	if err != nil {
		t.Fatal(err)
	}
	for i, element := range elements {
		switch element.Key() {
		case "first_name", "hashed_password": // changed, and upgraded at the login
			continue
		}
		now, err := after.IndexErr(uint(i))
		if err != nil || !bytes.Equal(now, element) {
			t.Errorf("%s: got %v, want %v", element.Key(), now, element)
		}
	}
	more, _ := after.Elements()
	var added []string
	for _, element := range more[len(elements):] {
		added = append(added, element.Key())
	}
	slices.Sort(added)
	if want := []string{"email_key", "email_key_of", "updated_at"}; !slices.Equal(added, want) {
		t.Errorf("got new fields %v, want %v", added, want)
	}
	if key := after.Lookup("email_key").StringValue(); key != "lake.lady@camelot.bt" {
		t.Errorf("email_key: got %s", key)
	}
}

// Documents that cannot be trusted are refused and named, never guessed at.
func TestDamaged(t *testing.T) {
	t.Parallel()
	tests := []struct {
		field string
		value any // nil removes the field
	}{
		{"is_active", nil}, {"is_active", bson.Null{}}, {"is_active", int32(1)}, {"is_active", "true"},
		{"is_superuser", nil}, {"is_superuser", bson.Null{}}, {"is_superuser", 1.0},
		{"is_verified", nil}, {"is_verified", bson.Null{}}, {"is_verified", bson.A{true}},
		{"hashed_password", nil}, {"hashed_password", bson.Null{}}, {"token_version", "0"}, {"token_version", bson.Null{}},
	}
	var documents []bson.D
	ids := make([]bson.ObjectID, len(tests))
	for i, test := range tests {
		ids[i] = bson.NewObjectID()
		document := bson.D{{Key: "_id", Value: ids[i]}, {Key: "email", Value: ids[i].Hex() + "@camelot.bt"}}
		for _, e := range soundFields() {
			if e.Key != test.field {
				document = append(document, e)
			}
		}
		if test.value != nil {
			document = append(document, bson.E{Key: test.field, Value: test.value})
		}
		documents = append(documents, document)
	}
	w := newWorld(t, found(t, documents...))
	for i, id := range ids {
		name, text := tests[i].field, w.log.String()
		if !strings.Contains(text, id.Hex()) {
			t.Errorf("%s %v: not reported at the start", name, tests[i].value)
		}
		email := id.Hex() + "@camelot.bt"
		if token, answer := w.logIn(t, email, "viviane"); token != "" || answer != `{"detail":"LOGIN_BAD_CREDENTIALS"}` {
			t.Errorf("%s %v: login: got %s", name, tests[i].value, answer)
		}
		if status, body := w.send(t, http.MethodPost, "/auth/register", "", `{"email":"`+strings.ToUpper(email)+`","password":"guinevere"}`); status != 400 ||
			body != `{"detail":"REGISTER_USER_ALREADY_EXISTS"}` {
			t.Errorf("%s %v: register: got %d %s", name, tests[i].value, status, body)
		}
		before := w.document(t, id.Hex())
		yes := true
		if _, err := w.store.Update(t.Context(), user.ID(id.Hex()), user.Update{IsVerified: &yes, UpdatedAt: w.Now}); err == nil {
			t.Errorf("%s %v: updated", name, tests[i].value)
		}
		if !bytes.Equal(before, w.document(t, id.Hex())) {
			t.Errorf("%s %v: the document has changed", name, tests[i].value)
		}
	}
}

func soundFields() bson.D {
	const viviane = "$argon2id$v=19$m=19456,t=2,p=1$TEja0QkA9RKRbwADGawKfw$QyC//On3Aw64JF3mCLzxNg"
	return bson.D{
		{Key: "hashed_password", Value: viviane},
		{Key: "is_active", Value: true},
		{Key: "is_superuser", Value: false},
		{Key: "is_verified", Value: false},
	}
}
