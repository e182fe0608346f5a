package main

import (
	"context"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/example/embedded"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user/email"
)

// The environment belongs to the whole process, so the cases follow each other.
func TestRun(t *testing.T) {
	server, err := embedded.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	t.Setenv("MONGODB_URI", server.URI())
	t.Setenv("SECRET", "a secret of at least thirty-two bytes")

	tests := []struct {
		name, email, password string
		wantOut, wantErr      string
	}{
		{name: "new", email: "merlin@camelot.bt", password: "nimue of the lake\n", wantOut: "merlin@camelot.bt is a superuser, with the ID "},
		{name: "there already", email: "Merlin@camelot.bt", password: "another password\n", wantOut: "merlin@camelot.bt is a superuser, with the ID "},
		{name: "no address", email: "merlin", password: "nimue of the lake", wantErr: "invalid email"},
		{name: "short password", email: "kay@camelot.bt", password: "kay\n", wantErr: "password: refused"},
	}
	for _, test := range tests {
		var out strings.Builder
		err := run(t.Context(), test.email, "app", strings.NewReader(test.password), &out)
		if !strings.HasPrefix(out.String(), test.wantOut) || (test.wantOut == "") != (out.Len() == 0) {
			t.Errorf("%s: printed %q, want %q", test.name, out.String(), test.wantOut)
		}
		if (err == nil) != (test.wantErr == "") || err != nil && !strings.Contains(err.Error(), test.wantErr) {
			t.Errorf("%s: got error %v, want %q", test.name, err, test.wantErr)
		}
	}
	checkOneSuperuser(t, server.URI())
}

func checkOneSuperuser(t *testing.T, uri string) {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	store, err := mongostore.Open(t.Context(), client.Database("app"))
	if err != nil {
		t.Fatal(err)
	}
	u, err := store.ByEmail(t.Context(), email.Email{Key: "merlin@camelot.bt"})
	if err != nil || !u.IsActive || !u.IsSuperuser || !u.IsVerified {
		t.Errorf("got %#v, %v, want an active, verified superuser", u, err)
	}
	if n, err := client.Database("app").Collection("users").CountDocuments(t.Context(), bson.D{}); n != 1 || err != nil {
		t.Errorf("got %d users, %v, want 1", n, err)
	}
	hasher, err := password.New(password.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, err := hasher.Verify(t.Context(), u.HashedPassword, "nimue of the lake"); !ok || err != nil {
		t.Errorf("got %v, %v, want the first password", ok, err)
	}
}
