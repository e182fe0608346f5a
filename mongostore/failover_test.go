package mongostore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
)

// TestF06StepDown has the primary of a replica set step down again and again while
// users are created and one-time states used. Whatever was acknowledged is there, no
// state is used twice, and most operations do not notice. It runs where MONGODB_URI
// names a replica set; nothing else has a primary that can step down.
func TestF06StepDown(t *testing.T) {
	db := mongotest.Database(t)
	var hello struct {
		Set string `bson:"setName"`
	}
	if err := db.RunCommand(t.Context(), bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		t.Fatal(err)
	}
	if hello.Set == "" {
		t.Skip("MONGODB_URI names no replica set")
	}
	s, err := mongostore.Open(t.Context(), db, mongostore.WithProfile[Profile]())
	if err != nil {
		t.Fatal(err)
	}
	stepping, over := context.WithTimeout(t.Context(), 20*time.Second)
	defer over()
	var tried, failed atomic.Int64
	var mu sync.Mutex
	acknowledged, uses := []user.ID{}, map[string]int{}
	var workers sync.WaitGroup
	for worker := range 8 {
		workers.Go(func() {
			for n := 0; stepping.Err() == nil; n++ {
				u := arthur()
				u.ID, u.EmailKey = s.NewID(), fmt.Sprintf("knight.%d.%d@camelot.bt", worker, n)
				created := s.Create(t.Context(), u)
				jti := fmt.Sprintf("state %d %d", worker/2, n) // two workers for each
				used := s.Use(t.Context(), jti, time.Now().Add(time.Hour))
				mu.Lock()
				if created == nil {
					acknowledged = append(acknowledged, u.ID)
				}
				if used == nil {
					uses[jti]++
				}
				mu.Unlock()
				tried.Add(2)
				for _, err := range []error{created, used} {
					if err != nil && !errors.Is(err, user.ErrUsed) {
						failed.Add(1)
					}
				}
			}
		})
	}
	stepDowns := 0
	for stepping.Err() == nil {
		// The connection may break before the answer, so the error says nothing.
		_ = db.Client().Database("admin").RunCommand(stepping, bson.D{{Key: "replSetStepDown", Value: 2}, {Key: "force", Value: true}}).Err()
		stepDowns++
		select {
		case <-time.After(5 * time.Second):
		case <-stepping.Done():
		}
	}
	workers.Wait()
	for _, id := range acknowledged {
		if _, err := s.ByID(t.Context(), id); err != nil {
			t.Errorf("an acknowledged user: got %v", err)
		}
	}
	for jti, n := range uses {
		if n > 1 {
			t.Errorf("%s: used %d times, want once", jti, n)
		}
	}
	t.Logf("%d step-downs, %d operations, %d failed, %d users acknowledged", stepDowns, tried.Load(), failed.Load(), len(acknowledged))
	if len(acknowledged) == 0 {
		t.Error("got no user acknowledged")
	}
}
