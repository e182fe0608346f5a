package embedded_test

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// A client that disconnects, or does not follow the protocol, does not affect other
// clients, neither while it holds the connection nor after.
func TestBrokenClient(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		sent string
	}{
		{"silent", ""},
		{"half a header", "\x40\x00\x00"},
		{"half a message", "\x40\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00\x00\x00"},
		{"length zero", strings.Repeat("\x00", 16)},
		{"length negative", strings.Repeat("\xff", 16)},
		{"length of two gigabytes", "\xff\xff\xff\x7f\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00"},
		{"no document", "\x15\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00\x00\x00\x00\x00\x00"},
		{"unknown opcode", "\x10\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00"},
		{"web browser", "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := start(t, t.TempDir())
			coll := connect(t, server).Database("test").Collection("things")

			broken, err := net.Dial("tcp", host(t, server))
			if err != nil {
				t.Fatalf("Dial: got error %v, want none", err)
			}
			if _, err := broken.Write([]byte(test.sent)); err != nil {
				t.Fatalf("Write: got error %v, want none", err)
			}
			insert(t, coll, bson.M{"_id": "while connected"})

			if err := broken.Close(); err != nil {
				t.Fatalf("Close: got error %v, want none", err)
			}
			insert(t, coll, bson.M{"_id": "after"})
		})
	}
}

// The engine answers a write that wants no answer. If that reached the client,
// it would be taken for the answer to the next command.
func TestUnacknowledgedWrite(t *testing.T) {
	t.Parallel()
	client := connect(t, start(t, t.TempDir()))
	silent := client.Database("test").Collection("things",
		options.Collection().SetWriteConcern(writeconcern.Unacknowledged()))
	coll := client.Database("test").Collection("things")

	for i := range int32(20) {
		insert(t, silent, bson.M{"_id": i})
		insert(t, coll, bson.M{"_id": 100 + i})
	}
	count, err := coll.CountDocuments(t.Context(), bson.M{})
	if err != nil {
		t.Fatalf("CountDocuments: got error %v, want none", err)
	}
	if count != 40 {
		t.Errorf("documents: got %d, want 40", count)
	}
}

// A result larger than one reply is fetched in several commands, between which
// others have their turn.
func TestResultInSeveralReplies(t *testing.T) {
	t.Parallel()
	coll := collection(t)
	docs := make([]bson.M, 30)
	for i := range docs {
		docs[i] = bson.M{"_id": strconv.Itoa(i)}
	}
	if _, err := coll.InsertMany(t.Context(), docs); err != nil {
		t.Fatalf("InsertMany: got error %v, want none", err)
	}

	cursor, err := coll.Find(t.Context(), bson.M{}, options.Find().SetBatchSize(5))
	if err != nil {
		t.Fatalf("Find: got error %v, want none", err)
	}
	var seen int
	for cursor.Next(t.Context()) {
		set := bson.M{"$set": bson.M{"seen": true}}
		if _, err := coll.UpdateByID(t.Context(), strconv.Itoa(seen), set); err != nil {
			t.Fatalf("UpdateByID: got error %v, want none", err)
		}
		seen++
	}
	if err := cursor.Err(); err != nil {
		t.Fatalf("cursor: got error %v, want none", err)
	}
	if seen != 30 {
		t.Errorf("documents: got %d, want 30", seen)
	}
}
