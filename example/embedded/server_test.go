package embedded_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/example/embedded"
)

// start starts a server that the test may close itself.
func start(t *testing.T, dir string) *embedded.Server {
	t.Helper()
	server, err := embedded.Start(t.Context(), dir)
	if err != nil {
		t.Fatalf("Start: got error %v, want none", err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("Close: got error %v, want none", err)
		}
	})
	return server
}

func connect(t *testing.T, server *embedded.Server) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatalf("Connect: got error %v, want none", err)
	}
	t.Cleanup(func() {
		// The server may be gone, and the client would look for it to say goodbye.
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = client.Disconnect(ctx)
	})
	return client
}

// collection is an empty collection on a server of its own.
func collection(t *testing.T) *mongo.Collection {
	t.Helper()
	return connect(t, start(t, t.TempDir())).Database("test").Collection("things")
}

func insert(t *testing.T, coll *mongo.Collection, doc bson.M) {
	t.Helper()
	if _, err := coll.InsertOne(t.Context(), doc); err != nil {
		t.Fatalf("InsertOne: got error %v, want none", err)
	}
}

func findByID(t *testing.T, coll *mongo.Collection, id any) bson.M {
	t.Helper()
	var doc bson.M
	if err := coll.FindOne(t.Context(), bson.M{"_id": id}).Decode(&doc); err != nil {
		t.Fatalf("FindOne %v: got error %v, want none", id, err)
	}
	return doc
}

func host(t *testing.T, server *embedded.Server) string {
	t.Helper()
	uri, err := url.Parse(server.URI())
	if err != nil {
		t.Fatalf("URI: got error %v, want none", err)
	}
	return uri.Host
}

func TestURI(t *testing.T) {
	t.Parallel()
	server := start(t, t.TempDir())

	uri, err := url.Parse(server.URI())
	if err != nil {
		t.Fatalf("got error %v, want none", err)
	}
	if uri.Scheme != "mongodb" || uri.Hostname() != "127.0.0.1" || uri.Path != "/" {
		t.Errorf("got %s, want mongodb://127.0.0.1:<port>/?…", uri)
	}
}

func TestDataSurvivesClose(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		folder string
	}{
		{"plain", "data"},
		{"created with its parents", filepath.Join("a", "b", "data")},
		{"space and umlaut", "meine Bücher & mehr"},
		{"dots and plus", "v1.2+3..x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), test.folder)

			first := start(t, dir)
			insert(t, connect(t, first).Database("test").Collection("things"), bson.M{"_id": "a", "n": int32(7)})
			if err := first.Close(); err != nil {
				t.Fatalf("Close: got error %v, want none", err)
			}
			logs, err := filepath.Glob(filepath.Join(dir, "*-wal"))
			if err != nil || len(logs) != 0 {
				t.Errorf("write-ahead logs after Close: got %v (error %v), want none", logs, err)
			}

			doc := findByID(t, connect(t, start(t, dir)).Database("test").Collection("things"), "a")
			if doc["n"] != int32(7) {
				t.Errorf("n after the second Start: got %v, want 7", doc["n"])
			}
		})
	}
}

func TestFolderIsPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	start(t, dir)

	info, err := os.Stat(dir)
	if err != nil {
		t.Fatalf("Stat: got error %v, want none", err)
	}
	if got := info.Mode().Perm(); got != 0o700 {
		t.Errorf("mode: got %o, want 700", got)
	}
}

func TestFolderInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, dir)

	_, err := embedded.Start(t.Context(), dir)
	if !errors.Is(err, embedded.ErrInUse) {
		t.Fatalf("second Start: got error %v, want %v", err, embedded.ErrInUse)
	}
	if !strings.Contains(err.Error(), dir) {
		t.Errorf("error: got %q, want the folder's name in it", err)
	}

	if err := first.Close(); err != nil {
		t.Fatalf("Close: got error %v, want none", err)
	}
	start(t, dir)
}

func TestStartFails(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	canceled, cancel := context.WithCancel(t.Context())
	cancel()

	tests := []struct {
		name   string
		ctx    context.Context
		folder string
		addr   string
	}{
		{"address taken", t.Context(), "data", taken.Addr().String()},
		{"no address", t.Context(), "data", "nonsense"},
		{"context canceled", canceled, "data", "127.0.0.1:0"},
		{"pattern as a name", t.Context(), "da[t]a", "127.0.0.1:0"},
		{"query as a name", t.Context(), "data?mode=memory", "127.0.0.1:0"},
		{"escape as a name", t.Context(), "data%20", "127.0.0.1:0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if _, err := embedded.StartAt(test.ctx, filepath.Join(dir, test.folder), test.addr); err == nil {
				t.Fatal("StartAt: got no error, want one")
			}
			// Nothing is left behind that keeps the next one from starting.
			start(t, filepath.Join(dir, "data"))
		})
	}
}

func TestStartAtSameAddress(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, dir)
	client := connect(t, first)
	insert(t, client.Database("test").Collection("things"), bson.M{"_id": "a"})
	if err := first.Close(); err != nil {
		t.Fatalf("Close: got error %v, want none", err)
	}

	second, err := embedded.StartAt(t.Context(), dir, host(t, first))
	if err != nil {
		t.Fatalf("StartAt: got error %v, want none", err)
	}
	t.Cleanup(func() { _ = second.Close() })
	if first.URI() != second.URI() {
		t.Errorf("URI: got %s, want %s", second.URI(), first.URI())
	}
	// The same client goes on.
	findByID(t, client.Database("test").Collection("things"), "a")
}

func TestCloseWithOpenClients(t *testing.T) {
	t.Parallel()
	server := start(t, t.TempDir())
	client := connect(t, server)
	insert(t, client.Database("test").Collection("things"), bson.M{"_id": "a"})
	idle, err := net.Dial("tcp", host(t, server))
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()

	began := time.Now()
	if err := server.Close(); err != nil {
		t.Fatalf("Close: got error %v, want none", err)
	}
	// The engine alone would wait three seconds for its clients to leave.
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("Close took %v, want less than 2s", took)
	}
	if _, err := io.ReadAll(idle); err != nil && !isReset(err) {
		t.Errorf("idle client: got error %v, want the end of the connection", err)
	}
	if _, err := net.Dial("tcp", host(t, server)); err == nil {
		t.Error("Dial after Close: got no error, want one")
	}
}

func isReset(err error) bool {
	return strings.Contains(err.Error(), "reset") || strings.Contains(err.Error(), "aborted")
}
