package mongostore

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
)

// clockLeeway is how far clocks may be apart.
const clockLeeway = 30 * time.Second

// warnOfServers logs what the servers cannot give, whatever the store asks for. Not to
// know it is no error.
func (s *Store) warnOfServers(ctx context.Context, logger *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	command := bson.D{{Key: "hello", Value: int32(1)}}
	asked := time.Now()
	hello, err := s.db.RunCommand(ctx, command, options.RunCmd().SetReadPreference(readpref.Primary())).Raw()
	if err != nil {
		return
	}
	for _, warning := range []string{topologyWarning(hello), clockWarning(hello, asked, time.Now())} {
		if warning != "" {
			logger.LogAttrs(ctx, slog.LevelWarn, "mongostore: "+warning)
		}
	}
}

// topologyWarning reads the answer to the command hello. A router (mongos) does not
// tell what the shards are made of.
func topologyWarning(hello bson.Raw) string {
	if router, _ := hello.Lookup("msg").StringValueOK(); router == "isdbgrid" {
		return ""
	}
	if _, member := hello.Lookup("setName").StringValueOK(); !member {
		return "MongoDB is a single server: what it has acknowledged is on one disk, and lost with it; use a replica set"
	}
	withData, arbiters := length(hello, "hosts")+length(hello, "passives"), length(hello, "arbiters")
	if majority := (withData+arbiters)/2 + 1; arbiters > 0 && withData <= majority {
		return "the replica set has arbiters and no member to spare: while one that has data is down, nothing is acknowledged by a majority; give each arbiter data"
	}
	return ""
}

// clockWarning compares the server's clock with that of this process, which has read
// it before and after. Tokens from further ahead than the leeway are refused.
func clockWarning(hello bson.Raw, asked, answered time.Time) string {
	server, ok := hello.Lookup("localTime").TimeOK()
	if !ok {
		return ""
	}
	for _, apart := range []time.Duration{asked.Sub(server), server.Sub(answered)} {
		if apart > clockLeeway {
			return fmt.Sprintf("the clocks of MongoDB and of this process are %v apart; instances that differ so much refuse each other's tokens", apart.Round(time.Second))
		}
	}
	return ""
}

// length returns how many elements an array has, 0 where there is none.
func length(document bson.Raw, field string) int {
	array, ok := document.Lookup(field).ArrayOK()
	if !ok {
		return 0
	}
	values, err := array.Values()
	if err != nil {
		return 0
	}
	return len(values)
}
