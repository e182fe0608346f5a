// Package mongotest gives tests a MongoDB.
//
// That is the server named by the environment variable MONGODB_URI or, when
// it is empty, the small MongoDB-compatible server of the example. The latter
// is a child process, one for each test binary (package child).
package mongotest

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/test/child"
)

// command is the example's server.
const command = "embedded-mongo"

const (
	// selectionTimeout is how long a client looks for the server: less than
	// the driver's 30 seconds, as a server for tests is there or is not.
	selectionTimeout = 10 * time.Second
	// cleanupTimeout is how long dropping a database may take.
	cleanupTimeout = 30 * time.Second
)

// Embedded says whether [URI] and [Database] use the example's server, whose
// abilities are fewer than those of a real MongoDB. Tests of such an ability
// skip when it is true.
func Embedded() bool {
	return os.Getenv("MONGODB_URI") == ""
}

// URI returns the connection string of the server all tests of the process
// share. The first call with the example's server starts it; the test fails
// when that is not possible. It may be called by many goroutines.
func URI(t testing.TB) string {
	t.Helper()
	if uri := os.Getenv("MONGODB_URI"); uri != "" {
		return uri
	}
	server, err := shared()
	if err != nil {
		t.Fatalf("mongotest: %v", err)
	}
	return server.URI
}

// shared starts the server of the process, which nobody stops: it ends when
// the process does.
var shared = sync.OnceValues(func() (*child.Child, error) { return child.Start(command) })

// Database returns an empty database with a random name, and a client of its
// own, on the server named by [URI]. It is dropped when the test ends.
func Database(t testing.TB) *mongo.Database {
	t.Helper()
	client, err := mongo.Connect(options.Client().
		ApplyURI(URI(t)).
		SetServerSelectionTimeout(selectionTimeout))
	if err != nil {
		t.Fatalf("mongotest: connect: %v", err)
	}
	db := client.Database("ginauth_test_" + strings.ToLower(rand.Text()))

	t.Cleanup(func() {
		// Not the test's context, which has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
		defer cancel()
		if err := db.Drop(ctx); err != nil {
			t.Errorf("mongotest: drop %s: %v", db.Name(), err)
		}
		if err := client.Disconnect(ctx); err != nil {
			t.Errorf("mongotest: disconnect: %v", err)
		}
	})
	return db
}
