package fastapiusers_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/mongostore/fastapiusers"
)

// Both the other application's collections and ginauth's own may have other names.
func TestCollectionNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world, _ *backends.JWT, _ *redisstrategy.Redis, options *[]fastapiusers.Option) {
		for _, p := range w.Users {
			load(t, w.db.Collection("people"), p.Document)
		}
		load(t, w.db.Collection("tokens"), w.AccessTokens...)
		for _, name := range []string{"User", "AccessToken"} {
			if err := w.db.Collection(name).Drop(t.Context()); err != nil {
				t.Fatalf("Drop: %v", err)
			}
		}
		*options = append(*options,
			fastapiusers.WithCollectionNames(mongostore.CollectionNames{Users: "people", AccessTokens: "logins"}),
			fastapiusers.WithAccessTokens(fastapiusers.AccessTokens{Lifetime: time.Hour, Collection: "tokens"}))
	})
	w.check(t, "stored by the other application", arthurToken, "king.arthur@camelot.bt")
	token, _ := w.logIn(t, "king.arthur@camelot.bt", "guinevere")
	w.check(t, "new", token, "king.arthur@camelot.bt")
	for name, want := range map[string]int64{"logins": 1, "access_tokens": 0, "User": 0, "AccessToken": 0} {
		if got := w.count(t, name, bson.D{}); got != want {
			t.Errorf("%s: got %d documents, want %d", name, got, want)
		}
	}
}
