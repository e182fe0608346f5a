package mongostore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// openOver returns a store over db, with Arthur and his token.
func openOver(t *testing.T, db *mongo.Database) *mongostore.Store {
	t.Helper()
	s, err := mongostore.Open(t.Context(), db, mongostore.WithProfile[Profile]())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	if err := s.Create(t.Context(), arthur()); err != nil {
		t.Fatalf("Create: %v", err)
	}
	token := records.Token{Hash: tokenHash, UserID: arthurID, Backend: "cookie", CreatedAt: created}
	if err := s.CreateToken(t.Context(), token); err != nil {
		t.Fatalf("CreateToken: %v", err)
	}
	return s
}

// noting has a client tell its commands.
func noting(sent *recorder) func(*options.ClientOptions) {
	return func(o *options.ClientOptions) { o.SetMonitor(&event.CommandMonitor{Started: sent.started}) }
}

// names returns each command with its collection.
func names(commands []bson.Raw) string {
	var all []string
	for _, command := range commands {
		first, _ := command.IndexErr(0)
		all = append(all, first.Key()+" "+first.Value().StringValue())
	}
	return fmt.Sprint(all)
}

// TestTokenWithUserIsOneCommand checks what is sent for a guard with a stored token,
// to the byte.
func TestTokenWithUserIsOneCommand(t *testing.T) {
	t.Parallel()
	var sent recorder
	s := openOver(t, mongotest.WithLookup(t, mongotest.Database(t), noting(&sent)))
	for _, test := range []struct {
		hash  string
		owner user.ID
		err   error
	}{{tokenHash, arthurID, nil}, {records.HashToken("merlin"), "", user.ErrNotFound}} {
		sent.take()
		_, owner, err := s.TokenWithUser(t.Context(), test.hash)
		if !errors.Is(err, test.err) || owner != nil && owner.ID != test.owner || owner == nil && test.owner != "" {
			t.Errorf("got user %v, %v, want %q, %v", owner, err, test.owner, test.err)
		}
		commands := sent.take()
		if names(commands) != "[aggregate access_tokens]" {
			t.Fatalf("got commands %s, want one aggregate", names(commands))
		}
		want := bson.A{
			bson.D{{Key: "$match", Value: bson.D{{Key: "_id", Value: test.hash}}}},
			bson.D{{Key: "$lookup", Value: bson.D{
				{Key: "from", Value: "users"}, {Key: "localField", Value: "user_id"}, {Key: "foreignField", Value: "_id"}, {Key: "as", Value: "owner"},
			}}},
		}
		kind, value, _ := bson.MarshalValue(want)
		if got := commands[0].Lookup("pipeline"); !got.Equal(bson.RawValue{Type: kind, Value: value}) {
			t.Errorf("got pipeline %v, want %v", got, want)
		}
		checkSafe(t, "TokenWithUser", commands[0])
	}
}

// TestTokenWithUserElsewhere checks that engines which refuse the aggregation get two
// reads instead, and are not asked for it each time.
func TestTokenWithUserElsewhere(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]int32{
		"no such ability": 238, "unknown stage": 40324, "unknown command": 59, "sharded": 28769, "not authorized": 13, "anything": 31082,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent recorder
			s := openOver(t, mongotest.WithoutLookup(t, mongotest.Database(t), code, noting(&sent)))
			for _, want := range []string{"[aggregate access_tokens find access_tokens]", "[find access_tokens]"} {
				sent.take()
				token, owner, err := s.TokenWithUser(t.Context(), tokenHash)
				if err != nil || token.UserID != arthurID || owner != nil {
					t.Errorf("got %+v, %v, %v, want the token alone", token, owner, err)
				}
				if got := names(sent.take()); got != want {
					t.Errorf("got commands %s, want %s", got, want)
				}
			}
		})
	}
}

// TestTokenWithUserOnTheEmbeddedEngine keeps what the tests above take for granted.
func TestTokenWithUserOnTheEmbeddedEngine(t *testing.T) {
	t.Parallel()
	var sent recorder
	db := mongotest.Through(t, mongotest.Database(t), mongotest.Host(t), noting(&sent))
	s := openOver(t, db)
	sent.take()
	_, owner, err := s.TokenWithUser(t.Context(), tokenHash)
	want := "[aggregate access_tokens find access_tokens]"
	if !mongotest.Embedded() {
		want = "[aggregate access_tokens]"
	}
	if got := names(sent.take()); err != nil || got != want || (owner == nil) != mongotest.Embedded() {
		t.Errorf("got %v, %v by commands %s, want %s", owner, err, got, want)
	}
}

// TestTokenWithDamagedUser checks that a damaged user does not come along with a token,
// so that ByID says what is the matter.
func TestTokenWithDamagedUser(t *testing.T) {
	t.Parallel()
	for name, damage := range damages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := mongotest.Database(t)
			s := openOver(t, mongotest.WithLookup(t, db))
			if _, err := db.Collection("users").UpdateOne(t.Context(), bson.D{}, damage); err != nil {
				t.Fatalf("UpdateOne: %v", err)
			}
			token, owner, err := s.TokenWithUser(t.Context(), tokenHash)
			if err != nil || token.UserID != arthurID || owner != nil {
				t.Errorf("got %+v, %v, %v, want the token alone", token, owner, err)
			}
			if _, err := s.ByID(t.Context(), arthurID); !errors.Is(err, user.ErrDamaged) {
				t.Errorf("ByID: got %v, want ErrDamaged", err)
			}
		})
	}
}

func TestDamagedTokenWithUser(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s := openOver(t, mongotest.WithLookup(t, db))
	damage := bson.D{{Key: "$unset", Value: bson.D{{Key: "expires_at", Value: ""}}}}
	if _, err := db.Collection("access_tokens").UpdateOne(t.Context(), bson.D{}, damage); err != nil {
		t.Fatalf("UpdateOne: %v", err)
	}
	if _, owner, err := s.TokenWithUser(t.Context(), tokenHash); !errors.Is(err, user.ErrDamaged) || owner != nil {
		t.Errorf("got user %v, %v, want ErrDamaged", owner, err)
	}
}

// TestTokenWithUserOfADeadServer checks that no answer is never taken for one.
func TestTokenWithUserOfADeadServer(t *testing.T) {
	t.Parallel()
	s := openOver(t, mongotest.WithLookup(t, mongotest.Database(t)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, owner, err := s.TokenWithUser(ctx, tokenHash); err == nil || errors.Is(err, user.ErrNotFound) || owner != nil {
		t.Errorf("got user %v, %v, want an error that is no answer", owner, err)
	}
	if _, owner, err := s.TokenWithUser(t.Context(), tokenHash); err != nil || owner == nil {
		t.Errorf("afterwards: got user %v, %v, want Arthur", owner, err)
	}
}
