package mongotest

import (
	"context"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
)

// Host returns the host and port of the server named by [URI], of several the first.
func Host(t testing.TB) string {
	t.Helper()
	parsed, err := connstring.Parse(URI(t))
	if err != nil {
		t.Fatalf("mongotest: %v", err)
	}
	return parsed.Hosts[0]
}

// Through returns db through a proxy at addr, with a client of its own that ends
// with the test. Changes are made to the client's options.
func Through(t testing.TB, db *mongo.Database, addr string, changes ...func(*options.ClientOptions)) *mongo.Database {
	t.Helper()
	chosen := options.Client().ApplyURI(URI(t)).SetHosts([]string{addr}).SetDirect(true)
	for _, change := range changes {
		change(chosen)
	}
	client, err := mongo.Connect(chosen)
	if err != nil {
		t.Fatalf("mongotest: connect: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
		defer cancel()
		if err := client.Disconnect(ctx); err != nil {
			t.Errorf("mongotest: disconnect: %v", err)
		}
	})
	return client.Database(db.Name())
}
