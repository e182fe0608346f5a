package mongotest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/test/mongotest"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

func connect(t *testing.T, uri string) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri).SetServerSelectionTimeout(patience))
	if err != nil {
		t.Fatalf("Connect: got error %v, want none", err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client
}

func host(t *testing.T, uri string) string {
	t.Helper()
	parsed, err := url.Parse(uri)
	if err != nil {
		t.Fatalf("URI: got error %v, want none", err)
	}
	return parsed.Host
}

func TestDatabaseIsOneOfItsOwn(t *testing.T) {
	t.Parallel()
	one, other := mongotest.Database(t), mongotest.Database(t)
	if one.Name() == other.Name() {
		t.Fatalf("names: got %s twice, want two", one.Name())
	}
	if _, err := one.Collection("things").InsertOne(t.Context(), bson.M{"_id": "a"}); err != nil {
		t.Fatalf("InsertOne: got error %v, want none", err)
	}

	for name, db := range map[string]*mongo.Database{"written to": one, "other": other} {
		collections, err := db.ListCollectionNames(t.Context(), bson.M{})
		if err != nil {
			t.Fatalf("%s: ListCollectionNames: got error %v, want none", name, err)
		}
		want := map[string]string{"written to": "[things]", "other": "[]"}[name]
		if got := fmt.Sprint(collections); got != want {
			t.Errorf("%s: collections: got %s, want %s", name, got, want)
		}
	}
}

func TestDatabaseIsDropped(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("use", func(t *testing.T) {
		db := mongotest.Database(t)
		name = db.Name()
		if _, err := db.Collection("things").InsertOne(t.Context(), bson.M{"_id": "a"}); err != nil {
			t.Fatalf("InsertOne: got error %v, want none", err)
		}
	})

	names, err := connect(t, mongotest.URI(t)).ListDatabaseNames(t.Context(), bson.M{"name": name})
	if err != nil {
		t.Fatalf("ListDatabaseNames: got error %v, want none", err)
	}
	if len(names) != 0 {
		t.Errorf("databases: got %v, want none", names)
	}
}

func TestEmbedded(t *testing.T) {
	tests := []struct {
		name string
		uri  string
		want bool
	}{
		{"no MONGODB_URI", "", true},
		{"MONGODB_URI", "mongodb://db.example:27017/", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("MONGODB_URI", test.uri)
			if got := mongotest.Embedded(); got != test.want {
				t.Errorf("Embedded: got %v, want %v", got, test.want)
			}
			if test.uri != "" && mongotest.URI(t) != test.uri {
				t.Errorf("URI: got %s, want %s", mongotest.URI(t), test.uri)
			}
		})
	}
}

func TestServerStopsAndStarts(t *testing.T) {
	t.Parallel()
	server := mongotest.NewServer(t)
	uri := server.URI()
	client := connect(t, uri)
	coll := client.Database("test").Collection("things")
	if _, err := coll.InsertOne(t.Context(), bson.M{"_id": "a"}); err != nil {
		t.Fatalf("InsertOne: got error %v, want none", err)
	}

	server.Stop()
	server.Stop() // does nothing
	if conn, err := net.Dial("tcp", host(t, uri)); err == nil {
		_ = conn.Close()
		t.Error("Dial while stopped: got a connection, want none")
	}
	hurried, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := coll.FindOne(hurried, bson.M{"_id": "a"}).Err(); err == nil || errors.Is(err, mongo.ErrNoDocuments) {
		t.Errorf("FindOne while stopped: got error %v, want one of the network", err)
	}

	server.Start()
	server.Start() // does nothing
	if server.URI() != uri {
		t.Errorf("URI after Start: got %s, want %s", server.URI(), uri)
	}
	// The client that saw it go finds it again, and the data is there.
	if err := coll.FindOne(t.Context(), bson.M{"_id": "a"}).Err(); err != nil {
		t.Errorf("FindOne after Start: got error %v, want none", err)
	}
}

func TestServersAreSeparate(t *testing.T) {
	t.Parallel()
	one, other := mongotest.NewServer(t), mongotest.NewServer(t)
	one.Stop()
	if err := connect(t, other.URI()).Ping(t.Context(), nil); err != nil {
		t.Errorf("Ping of the other server: got error %v, want none", err)
	}
}

// printURI makes the test binary start the server, say where, and wait to be
// killed.
const printURI = "MONGOTEST_PRINT_URI"

func TestServerEndsWithTheTestProcess(t *testing.T) {
	if os.Getenv(printURI) != "" {
		fmt.Printf("uri=%s\n", mongotest.URI(t))
		select {}
	}
	t.Parallel()

	cmd := exec.Command(os.Args[0], "-test.run=^TestServerEndsWithTheTestProcess$")
	cmd.Env = append(os.Environ(), printURI+"=1", "MONGODB_URI=")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	var uri string
	for lines := bufio.NewScanner(stdout); uri == "" && lines.Scan(); {
		if after, found := strings.CutPrefix(lines.Text(), "uri="); found {
			uri = after
		}
	}

	conn, err := net.Dial("tcp", host(t, uri))
	if err != nil {
		t.Fatalf("Dial: got error %v, want none", err)
	}
	defer conn.Close()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // says that it was killed

	// The connection ends when the server does.
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("connection to the server: got error %v, want its end", err)
	}
}
