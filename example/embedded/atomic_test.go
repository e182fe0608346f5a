package embedded_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

const racers = 50

// race runs f in many goroutines that start together.
func race(f func(i int)) {
	gate := make(chan struct{})
	var all sync.WaitGroup
	for i := range racers {
		all.Go(func() {
			<-gate
			f(i)
		})
	}
	close(gate)
	all.Wait()
}

func TestConditionalUpdateHasOneWinner(t *testing.T) {
	t.Parallel()
	coll := collection(t)
	insert(t, coll, bson.M{"_id": "token", "used": false})

	var won, lost atomic.Int32
	race(func(int) {
		err := coll.FindOneAndUpdate(t.Context(),
			bson.M{"_id": "token", "used": false},
			bson.M{"$set": bson.M{"used": true}},
		).Err()
		switch {
		case err == nil:
			won.Add(1)
		case errors.Is(err, mongo.ErrNoDocuments):
			lost.Add(1)
		default:
			t.Errorf("FindOneAndUpdate: got error %v, want none", err)
		}
	})
	if won.Load() != 1 || lost.Load() != 49 {
		t.Errorf("got %d winners and %d losers, want 1 and 49", won.Load(), lost.Load())
	}
}

func TestUpdatesOfDifferentFieldsSurvive(t *testing.T) {
	t.Parallel()
	coll := collection(t)
	insert(t, coll, bson.M{"_id": "user"})

	race(func(i int) {
		set := bson.M{"$set": bson.M{fmt.Sprintf("field%d", i): true}}
		if _, err := coll.UpdateOne(t.Context(), bson.M{"_id": "user"}, set); err != nil {
			t.Errorf("UpdateOne: got error %v, want none", err)
		}
	})
	// The fields and the _id.
	if got := len(findByID(t, coll, "user")); got != 51 {
		t.Errorf("fields: got %d, want 51", got)
	}
}

func TestIncrementsAddUp(t *testing.T) {
	t.Parallel()
	coll := collection(t)
	insert(t, coll, bson.M{"_id": "counter", "n": int32(0)})

	race(func(int) {
		if _, err := coll.UpdateOne(t.Context(), bson.M{"_id": "counter"}, bson.M{"$inc": bson.M{"n": int32(1)}}); err != nil {
			t.Errorf("UpdateOne: got error %v, want none", err)
		}
	})
	if got := findByID(t, coll, "counter")["n"]; got != int32(50) {
		t.Errorf("n: got %v, want 50", got)
	}
}
