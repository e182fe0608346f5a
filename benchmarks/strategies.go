package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/alicebob/miniredis/v2"
	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

// recordReader finds the user and the version of a stored token by its hash.
type recordReader func(ctx context.Context, hash string) (id string, version int64, err error)

// bearers finds the user of a stored token, and the token's version, by its hash.
type bearers func(ctx context.Context, hash string) (version int64, u *account, err error)

// oneAfterTheOther reads the record, then the user.
func oneAfterTheOther(read recordReader, find finder) bearers {
	return func(ctx context.Context, hash string) (int64, *account, error) {
		id, version, err := read(ctx, hash)
		if err != nil {
			return 0, nil, err
		}
		u, err := find(ctx, id)
		return version, u, err
	}
}

// byHandStored is the guard for stored tokens as one writes it.
func byHandStored(find bearers) gin.HandlerFunc {
	return func(c *gin.Context) {
		token, isBearer := cutBearer(c)
		if !isBearer {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		sum := sha256.Sum256([]byte(token))
		version, u, err := find(c.Request.Context(), hex.EncodeToString(sum[:]))
		if err != nil || !u.IsActive || u.TokenVersion != version {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		c.Set("user", u)
	}
}

func tokensOf(store records.TokenStore) recordReader {
	return func(ctx context.Context, hash string) (string, int64, error) {
		t, err := store.TokenByHash(ctx, hash)
		if err != nil || !t.ExpiresAt.IsZero() && !time.Now().Before(t.ExpiresAt) {
			return "", 0, user.ErrNotFound
		}
		return string(t.UserID), t.TokenVersion, nil
	}
}

func tokensIn(client *redis.Client) recordReader {
	return func(ctx context.Context, hash string) (string, int64, error) {
		fields, err := client.HGetAll(ctx, redisstrategy.DefaultKeyPrefix+hash).Result()
		if err != nil || fields["user_id"] == "" {
			return "", 0, user.ErrNotFound
		}
		version, err := strconv.ParseInt(fields["token_version"], 10, 64)
		return fields["user_id"], version, err
	}
}

// strategyRows compares every transport and strategy with the same strategy by hand.
func strategyRows(out *report) {
	server := must(miniredis.Run())
	defer server.Close()
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer client.Close()
	store := usertest.NewStore()
	u := addUser(store, "arthur@camelot.bt")

	transports := []struct {
		name      string
		transport backends.Transport
		with      []gin.HandlerFunc
	}{
		{"bearer", backends.Bearer{}, nil},
		{"cookie", backends.Cookie{Insecure: true}, nil},
		{"session", sessions.Transport{Insecure: true}, []gin.HandlerFunc{ginsessions.Sessions("session", memstore.NewStore([]byte(secret)))}},
	}
	for _, s := range []struct {
		name     string
		strategy backends.Strategy
		hand     gin.HandlerFunc
	}{
		{"JWT", backends.JWT{}, byHand(jwtKey(), inMemory(store))},
		{"Database", backends.Database{}, byHandStored(oneAfterTheOther(tokensOf(store), inMemory(store)))},
		{"Redis", redisstrategy.Redis{Client: client}, byHandStored(oneAfterTheOther(tokensIn(client), inMemory(store)))},
	} {
		var contestants []contestant
		for i, t := range transports {
			b := backends.Backend{Name: "b", Transport: t.transport, Strategy: s.strategy}
			auth := newAuth(ginauth.Config{Store: store, Backends: []backends.Backend{b}})
			token, cookies := logIn(auth, b, u, t.with...)
			if i == 0 {
				contestants = append(contestants, contestant{"by hand, bearer", serve(guarded(s.hand), carried(token, cookies), http.StatusNoContent)})
			}
			handlers := append(append([]gin.HandlerFunc{}, t.with...), auth.ActiveUser())
			contestants = append(contestants, contestant{"ginauth", serve(guarded(handlers...), carried(token, cookies), http.StatusNoContent)})
		}
		timings := compare(out.rounds, contestants...)
		for i, t := range transports {
			out.add("guard, "+t.name+" and "+s.name+", user from memory", "", timings[i+1], timings[0])
		}
	}
	middlewareRows(out, store, u)
}

// middlewareRows are the guard without a token, and the one that notes a use.
func middlewareRows(out *report, store *usertest.Store, u *user.User) {
	auth := newAuth(ginauth.Config{Store: store})
	request := bearer("")
	request.Header.Del("Authorization")
	alone := compare(out.rounds,
		contestant{"ginauth", serve(guarded(auth.ActiveUser(ginauth.Optional())), request, http.StatusNoContent)},
		contestant{"Gin alone", serve(guarded(), request, http.StatusNoContent)})
	out.add("optional guard, no token", "", alone[0], alone[1])

	var minutes atomic.Int64
	now := func() time.Time { return time.Unix(1<<31, 0).Add(time.Duration(minutes.Load()) * 2 * time.Minute) }
	b := backends.Backend{Name: "b", Transport: backends.Bearer{}, Strategy: backends.Database{Lifetime: backends.Forever}}
	noting := newAuth(ginauth.Config{Store: store, Backends: []backends.Backend{b}, Now: now})
	token, _ := logIn(noting, b, u)
	guard := serve(guarded(noting.ActiveUser()), bearer(token), http.StatusNoContent)
	touched := compare(out.rounds,
		contestant{"ginauth", func() { minutes.Add(1); guard() }},
		contestant{"without noting it", guard})
	out.add("guard that notes last_seen", "", touched[0], touched[1])
	check(noting.Shutdown(context.Background()))
}
