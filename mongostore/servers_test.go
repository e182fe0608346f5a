package mongostore_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/mongostore"
)

func TestOpenWarnsOfClocks(t *testing.T) {
	t.Parallel()
	for ahead, warns := range map[time.Duration]bool{
		0: false, 20 * time.Second: false, time.Minute: true, -time.Minute: true, -24 * time.Hour: true,
	} {
		t.Run(ahead.String(), func(t *testing.T) {
			t.Parallel()
			hello := bson.D{{Key: "ok", Value: 1.0}, {Key: "setName", Value: "rs0"}, {Key: "localTime", Value: time.Now().Add(ahead)}}
			log := openAsked(t, hello)
			if strings.Contains(log, "clocks of MongoDB and of this process are ") != warns || strings.Count(log, "level=WARN") > 1 {
				t.Errorf("got the log %q, want a warning: %v", log, warns)
			}
		})
	}
}

// openAsked opens a store on a server that says hello of itself, and returns the log.
func openAsked(t *testing.T, hello bson.D) string {
	t.Helper()
	db := mongotest.Answering(t, mongotest.Database(t), "hello", hello)
	if _, err := mongostore.Open(t.Context(), db, mongostore.WithLogger(nil)); err != nil { // as without it
		t.Fatalf("Open: %v", err)
	}
	var log testlog.Log
	if _, err := mongostore.Open(t.Context(), db, mongostore.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))); err != nil {
		t.Fatalf("Open: %v", err)
	}
	return log.String()
}

// TestOpenWarnsOfServers has servers say of themselves what MongoDB's manual says
// they do.
func TestOpenWarnsOfServers(t *testing.T) {
	t.Parallel()
	set := func(data, passive, arbiters int) bson.D {
		members := func(n int) (all bson.A) {
			for range n {
				all = append(all, "db.camelot.bt:27017")
			}
			return all
		}
		hello := bson.D{{Key: "ok", Value: 1.0}, {Key: "setName", Value: "rs0"}, {Key: "hosts", Value: members(data)}}
		if passive > 0 {
			hello = append(hello, bson.E{Key: "passives", Value: members(passive)})
		}
		if arbiters > 0 {
			hello = append(hello, bson.E{Key: "arbiters", Value: members(arbiters)})
		}
		return hello
	}
	tests := []struct {
		name  string
		hello bson.D
		want  string // in the warning, "" for none
	}{
		{"single server", bson.D{{Key: "ok", Value: 1.0}}, "single server"},
		{"router", bson.D{{Key: "ok", Value: 1.0}, {Key: "msg", Value: "isdbgrid"}}, ""},
		{"one member", set(1, 0, 0), ""},
		{"three members", set(3, 0, 0), ""},
		{"two members and an arbiter", set(2, 0, 1), "arbiters"},
		{"one, one that is never primary, and an arbiter", set(1, 1, 1), "arbiters"},
		{"four members and an arbiter", set(4, 0, 1), ""},
		{"unknown", bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(59)}, {Key: "errmsg", Value: "no such command"}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := openAsked(t, test.hello); (got == "") != (test.want == "") || !strings.Contains(got, test.want) || strings.Count(got, "level=WARN") > 1 {
				t.Errorf("got the log %q, want one warning with %q", got, test.want)
			}
		})
	}
}
