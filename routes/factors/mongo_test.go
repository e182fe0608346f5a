package factors_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/mongostore/fastapiusers"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/user"
)

// The room works over MongoDB as it does in memory, with collections of either sort.
func TestOverMongoDB(t *testing.T) {
	t.Parallel()
	quiet := slog.New(slog.DiscardHandler)
	for name, open := range map[string]func(t *testing.T) (user.Store, error){
		"mongostore": func(t *testing.T) (user.Store, error) {
			return mongostore.Open(t.Context(), mongotest.Database(t), mongostore.WithLogger(quiet))
		},
		"fastapiusers": func(t *testing.T) (user.Store, error) {
			return fastapiusers.Open(t.Context(), mongotest.Database(t), fastapiusers.WithLogger(quiet))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, err := open(t)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, func(c *ginauth.Config, _ *factors.Config) { c.Store = store })
			w.Wait(time.Since(w.Clock())) // a server removes what has expired by its own clock
			w.register(merlin)
			owner, other := w.client("cookie").enter(merlin), w.client("stored").enter(merlin)
			k := owner.enrol("Phone")
			want(t, "the session of before", other.call("GET", "/active", ""), 401, unauthorized)

			in := w.client("jwt")
			login, code := in.half(merlin), w.at(k, 0)
			want(t, "a wrong code", in.answer(login, "totp", "000000"), 400, badFactor)
			if got := in.answer(login, "totp", code); got.status != 200 {
				t.Errorf("a code: got %d %s, want 200", got.status, got.body)
			}
			want(t, "the code again", in.answer(in.half(merlin), "totp", code), 400, badFactor)
			if got := in.answer(in.half(merlin), "recovery_code", k.codes[0]); got.status != 200 {
				t.Errorf("a recovery code: got %d %s, want 200", got.status, got.body)
			}
			want(t, "the recovery code again", in.answer(in.half(merlin), "recovery_code", k.codes[0]), 400, badFactor)

			w.Wait(30 * time.Second)
			browser := w.trusting(merlin, k, w.client("cookie"))
			if !browser.isTrusted(merlin) {
				t.Error("the browser is not trusted")
			}
			full := w.client("cookie").full(merlin, k)
			if got := full.call("DELETE", "/users/me/factors/"+k.ID, ""); got.status != 204 {
				t.Errorf("remove: got %d %s, want 204", got.status, got.body)
			}
			w.client("jwt").enter(merlin)
		})
	}
}
