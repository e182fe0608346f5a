package mongotest

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// WithLookup returns db through a client of its own, on a server that knows the
// aggregation stage $lookup. The example's server does not, so that a proxy before it
// answers pipelines of one $match and one $lookup by equality, as MongoDB's manual
// describes them, from what the server finds. Changes are made to the client's options.
func WithLookup(t testing.TB, db *mongo.Database, changes ...func(*options.ClientOptions)) *mongo.Database {
	t.Helper()
	if !Embedded() {
		return Through(t, db, Host(t), changes...)
	}
	return answering(t, db, "aggregate", func(command bson.Raw) bson.D { return lookup(t, db, command) }, changes...)
}

// WithoutLookup returns db through a client of its own, on a server that refuses every
// aggregation with an error of that code.
func WithoutLookup(t testing.TB, db *mongo.Database, code int32, changes ...func(*options.ClientOptions)) *mongo.Database {
	t.Helper()
	return Answering(t, db, "aggregate", refusal(code), changes...)
}

// pipeline is what an aggregation of these two stages looks like.
type pipeline struct {
	Collection string `bson:"aggregate"`
	Stages     []struct {
		Match  bson.Raw `bson:"$match"`
		Lookup struct {
			From         string `bson:"from"`
			LocalField   string `bson:"localField"`
			ForeignField string `bson:"foreignField"`
			As           string `bson:"as"`
		} `bson:"$lookup"`
	} `bson:"pipeline"`
}

// lookup returns the server's answer to an aggregation.
func lookup(t testing.TB, db *mongo.Database, command bson.Raw) bson.D {
	var p pipeline
	if err := bson.Unmarshal(command, &p); err != nil || len(p.Stages) != 2 || p.Stages[1].Lookup.From == "" {
		t.Errorf("mongotest: a pipeline that this server does not know: %v, %v", p, err)
		return refusal(238)
	}
	stage := p.Stages[1].Lookup
	batch := bson.A{}
	for _, found := range all(t, db.Collection(p.Collection), p.Stages[0].Match) {
		joined := bson.D{}
		if err := bson.Unmarshal(found, &joined); err != nil {
			t.Errorf("mongotest: %v", err)
		}
		filter := bson.D{{Key: stage.ForeignField, Value: found.Lookup(stage.LocalField)}}
		batch = append(batch, append(joined, bson.E{Key: stage.As, Value: all(t, db.Collection(stage.From), filter)}))
	}
	return bson.D{
		{Key: "cursor", Value: bson.D{
			{Key: "firstBatch", Value: batch}, {Key: "id", Value: int64(0)}, {Key: "ns", Value: db.Name() + "." + p.Collection},
		}},
		{Key: "ok", Value: 1.0},
	}
}

// all returns the documents of a collection that match.
func all(t testing.TB, in *mongo.Collection, filter any) []bson.Raw {
	found := []bson.Raw{}
	cursor, err := in.Find(t.Context(), filter)
	if err == nil {
		err = cursor.All(t.Context(), &found)
	}
	if err != nil {
		t.Errorf("mongotest: %v", err)
	}
	return found
}
