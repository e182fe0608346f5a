package contract

import (
	"sync"
	"testing"

	mongooptions "go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/test/wirefault"
	"github.com/ginauth/ginauth/user/records"
)

// TestF13WritesFail: a store that answers questions but takes no writes, as one whose
// disk is full. Logins that need a write are 503 and set no cookie, a logout keeps the
// cookie, and who is logged in stays so.
func TestF13WritesFail(t *testing.T) {
	t.Parallel()
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	w := startWired(t)
	p := w.register(t)
	browser := p.browser(t, "cookie")
	w.mongo.Set(func(e wirefault.Exchange) wirefault.Verdict {
		switch e.Command {
		case "insert", "update", "delete", "findAndModify":
			return wirefault.Verdict{Fault: wirefault.Refuse}
		}
		return wirefault.Verdict{}
	})
	for _, a := range []answer{
		w.client().failing().logIn(t, "cookie", p.email, p.password),
		browser.failing().post(t, "/auth/cookie/logout", ""),
		browser.failing().patch(t, "/users/me", `{"first_name":"x"}`),
		w.client().failing().post(t, "/auth/register", `{"email":"`+address()+`","password":"guinevere"}`),
	} {
		a.want(t, 503, unavailable)
		a.wantHeader(t, "Set-Cookie", "")
	}
	accessToken(t, w.world, w.client().logIn(t, "jwt", p.email, p.password)) // needs no write
	browser.wantMe(t, p)
	w.heal()
	browser.post(t, "/auth/cookie/logout", "").wantEmpty(t, w.world)
	browser.wantNobody(t)
}

// TestF04SmallPool: many requests share a pool of one connection, and none waits for a
// second one while it holds the first.
func TestF04SmallPool(t *testing.T) {
	t.Parallel()
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	w := startWired(t, func(o *mongooptions.ClientOptions) { o.SetMaxPoolSize(1) })
	p := w.register(t)
	browser := p.browser(t, "cookie")
	const many = 100
	answers := make(chan answer, many)
	var asked sync.WaitGroup
	for n := range many {
		asked.Go(func() {
			if n%2 == 0 {
				answers <- browser.failing().get(t, "/users/me")
			} else {
				answers <- browser.failing().patch(t, "/users/me", `{"first_name":null}`)
			}
		})
	}
	asked.Wait()
	close(answers)
	good := 0
	for a := range answers {
		switch a.status {
		case 200:
			a.want(t, 200, p.json())
			good++
		default: // waited for too long, on a busy machine
			a.want(t, 503, unavailable)
		}
	}
	if good == 0 {
		t.Error("got no answer but 503")
	}
	if n := w.mongo.Conns(); n > 1+2 {
		t.Errorf("got %d connections, want one and the two that watch the server", n)
	}
	browser.wantMe(t, p)
}

// TestF34RevocationOutlivesRedis has Redis come back with a token that was ended, as
// after the loss of a primary whose replica had not heard of it. Where the user's
// version decided, as with a changed password, the token stays dead.
func TestF34RevocationOutlivesRedis(t *testing.T) {
	t.Parallel()
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	w := startWired(t)
	p := w.register(t)
	c := w.client().with(p.token(t, "redis"))
	c.wantMe(t, p)
	keys, err := w.redisClient.Keys(t.Context(), "*"+records.HashToken(c.bearer)).Result()
	if err != nil || len(keys) != 1 {
		t.Fatalf("got the keys %v, %v, want that of the one token", keys, err)
	}
	record, err := w.redisClient.HGetAll(t.Context(), keys[0]).Result()
	if err != nil || len(record) == 0 {
		t.Fatalf("got the record %v, %v", record, err)
	}
	p.logIn(t)
	p.patch(t, "/users/me", `{"password":"`+otherPassword+`"}`).want(t, 200, p.json())
	c.wantNobody(t)
	if err := w.redisClient.HSet(t.Context(), keys[0], record).Err(); err != nil {
		t.Fatal(err)
	}
	c.wantNobody(t)
}
