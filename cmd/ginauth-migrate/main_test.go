package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore/fastapiusers/migrate"
)

func TestCommand(t *testing.T) {
	t.Parallel()
	from, to := mongotest.Database(t), mongotest.Database(t)
	sound := bson.D{
		{Key: "_id", Value: bson.NewObjectID()}, {Key: "email", Value: "King.Arthur@camelot.bt"}, {Key: "hashed_password", Value: ""},
		{Key: "is_active", Value: true}, {Key: "is_superuser", Value: false}, {Key: "is_verified", Value: false},
	}
	damagedID := bson.NewObjectID()
	for _, document := range []bson.D{sound, {{Key: "_id", Value: damagedID}, {Key: "email", Value: "mordred@camelot.bt"}}} {
		if _, err := from.Collection("User").InsertOne(t.Context(), document); err != nil {
			t.Fatal(err)
		}
	}
	names := []string{"-from", from.Name(), "-to", to.Name()}
	listed := "damaged: User: " + damagedID.Hex() + ": hashed_password is missing\n"
	tests := []struct {
		name    string
		args    []string
		status  int
		stdout  string
		stderr  []string
		written int64
	}{
		{"dry run", names, 3, listed, []string{"users: 2 in all, 1 sound, 1 damaged", "This was a dry run"}, 0},
		{"refused", append(names, "-apply"), 3, listed, []string{"Nothing was copied"}, 0},
		{"compare", append(names, "-compare"), 3, listed + "lost: User: " + sound[0].Value.(bson.ObjectID).Hex() + ": it is not in users\n",
			[]string{"compared: 1 missing"}, 0},
		{"copy", append(names, "-apply", "-leave-behind"), 3, listed,
			[]string{"copy users: 2 of 2 (100 %)", "documents: 1 copied, 0 were there", "compared: 0 missing, 0 that differ"}, 1},
		{"again", append(names, "-apply", "-leave-behind"), 3, listed, []string{"documents: 0 copied, 1 were there"}, 1},
		{"other shape", append(names, "-shape", "v9", "-apply"), 1, "", []string{"migrate: there are no users in the collection users of " + from.Name()}, 1},
		{"no databases", nil, 2, "", []string{"-from and -to are required"}, 1},
		{"argument", append(names, "now"), 2, "", []string{`unexpected argument "now"`}, 1},
		{"unknown flag", []string{"-force"}, 2, "", []string{"flag provided but not defined"}, 1},
		{"onto itself", []string{"-from", to.Name(), "-to", to.Name(), "-users", "users"}, 1, "", []string{"copied onto themselves"}, 1},
	}
	for _, test := range tests {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), test.args, mongotest.URI(t), &stdout, &stderr)
		if status != test.status || stdout.String() != test.stdout {
			t.Errorf("%s: got status %d, output %s, want %d, %s\n%s", test.name, status, &stdout, test.status, test.stdout, &stderr)
		}
		for _, want := range test.stderr {
			if !strings.Contains(stderr.String(), want) {
				t.Errorf("%s: got %s, want %q in it", test.name, &stderr, want)
			}
		}
		if n, err := to.Collection("users").CountDocuments(t.Context(), bson.D{}); err != nil || n != test.written {
			t.Errorf("%s: got %d users, %v, want %d", test.name, n, err, test.written)
		}
	}
	var stderr bytes.Buffer
	if status := run(t.Context(), names, "", &stderr, &stderr); status != 2 || !strings.Contains(stderr.String(), "MONGODB_URI is not set") {
		t.Errorf("no server: got %d, %s", status, &stderr)
	}
	stderr.Reset()
	if status := run(t.Context(), names, "mongodb://user:secret@:0:0/", &stderr, &stderr); status != 1 || strings.Contains(stderr.String(), "secret") {
		t.Errorf("bad server: got %d, %s", status, &stderr)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := newProgress(&out, func() time.Time { return now })
	now = now.Add(time.Hour)
	for _, done := range []int64{100, 200, 300} {
		p.show(migrate.Progress{Step: "copy", Done: done, Total: 1000})
		now = now.Add(600 * time.Millisecond)
	}
	p.show(migrate.Progress{Step: "copy", Done: 1000, Total: 1000})
	p.show(migrate.Progress{Step: "compare"})
	want := "copy: 100 of 1000 (10 %)\ncopy: 300 of 1000 (30 %)\ncopy: 1000 of 1000 (100 %)\ncompare: 0 of 0 (100 %)\n"
	if out.String() != want {
		t.Errorf("got %s, want %s", &out, want)
	}
}

// TestCommandAfterCutOver copies, deletes a user in the target, and copies again.
func TestCommandAfterCutOver(t *testing.T) {
	t.Parallel()
	from, to := mongotest.Database(t), mongotest.Database(t)
	user := bson.D{
		{Key: "_id", Value: bson.NewObjectID()}, {Key: "email", Value: "King.Arthur@camelot.bt"}, {Key: "hashed_password", Value: ""},
		{Key: "is_active", Value: true}, {Key: "is_superuser", Value: false}, {Key: "is_verified", Value: false},
	}
	if _, err := from.Collection("User").InsertOne(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	args := []string{"-from", from.Name(), "-to", to.Name(), "-apply"}
	for _, test := range []struct {
		name    string
		args    []string
		status  int
		stderr  string
		written int64
	}{
		{"copy", args, 0, "documents: 1 copied, 0 were there", 1},
		{"again", args, 1, "migrate: the target has been in use since the last run: users had 1 documents and has 0\nNothing was copied. -revive-deleted copies", 0},
		{"with the flag", append(args, "-revive-deleted"), 0, "documents: 1 copied, 0 were there", 1},
	} {
		var stdout, stderr bytes.Buffer
		if status := run(t.Context(), test.args, mongotest.URI(t), &stdout, &stderr); status != test.status || stdout.Len() > 0 || !strings.Contains(stderr.String(), test.stderr) {
			t.Errorf("%s: got status %d, %s\n%s, want %d, %s", test.name, status, &stdout, &stderr, test.status, test.stderr)
		}
		if n, err := to.Collection("users").CountDocuments(t.Context(), bson.D{}); err != nil || n != test.written {
			t.Errorf("%s: got %d users, %v, want %d", test.name, n, err, test.written)
		}
		if _, err := to.Collection("users").DeleteOne(t.Context(), bson.D{{Key: "_id", Value: user[0].Value}}); err != nil {
			t.Fatal(err)
		}
	}
}
