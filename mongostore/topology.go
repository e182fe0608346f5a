package mongostore

import (
	"context"
	"log/slog"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
)

// warnOfTopology logs what the servers cannot give, whatever the store asks for. Not
// to know it is no error.
func (s *Store) warnOfTopology(ctx context.Context, logger *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	command := bson.D{{Key: "hello", Value: int32(1)}}
	hello, err := s.db.RunCommand(ctx, command, options.RunCmd().SetReadPreference(readpref.Primary())).Raw()
	if err != nil {
		return
	}
	if warning := topologyWarning(hello); warning != "" {
		logger.LogAttrs(ctx, slog.LevelWarn, "mongostore: "+warning)
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
