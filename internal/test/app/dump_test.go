package app

import (
	"bytes"
	"context"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/internal/test/redistest"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Whoever reads the database or Redis finds no token that is good for anything:
// neither access tokens nor those of mails.
func TestNoTokenIsStoredInClear(t *testing.T) {
	t.Parallel()
	db, client := mongotest.Database(t), redistest.Client(t)
	prefix := redistest.Prefix(t, client)
	store, err := mongostore.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	ways := []backends.Backend{
		{Name: "stored", Transport: backends.Bearer{}, Strategy: backends.Database{}},
		{Name: "redis", Transport: backends.Bearer{}, Strategy: redisstrategy.Redis{Client: client, KeyPrefix: prefix}},
		{Name: "recorded", Transport: backends.Bearer{}, Strategy: backends.JWT{Record: true}},
		{Name: "cookie", Transport: backends.Cookie{Insecure: true}, Strategy: backends.Database{}},
	}
	mailed := make(chan string, 2)
	mail := func(_ context.Context, _ *user.User, token string) error { mailed <- token; return nil }
	auth, err := ginauth.New(ginauth.Config{
		Store: store, Secret: secret, Backends: ways, Limits: limits.Config{Off: true}, Logger: slog.New(slog.DiscardHandler),
		Hooks: user.Hooks{AfterForgotPassword: mail, AfterRequestVerify: mail},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := serveAll(t, auth, ways)
	var tokens []string
	for _, way := range ways {
		v := newVisitor(t, server.URL)
		v.logIn(way.Name, "guinevere")
		v.wantStatus("GET", "/users/me", 200)
		if v.bearer != "" {
			tokens = append(tokens, v.bearer)
		}
		at, _ := url.Parse(server.URL)
		for _, cookie := range v.client.Jar.Cookies(at) {
			tokens = append(tokens, cookie.Value)
		}
	}
	v := newVisitor(t, server.URL)
	for _, path := range []string{"/auth/forgot-password", "/auth/request-verify-token"} {
		if status, body := v.send("POST", path, "application/json", `{"email":"king.arthur@camelot.bt"}`); status != 202 {
			t.Fatalf("%s: got %d %s", path, status, body)
		}
		tokens = append(tokens, <-mailed)
	}
	if len(tokens) != 6 {
		t.Fatalf("got %d tokens, want 6", len(tokens))
	}
	everything := append(dumpMongo(t, db), dumpRedis(t, client, prefix)...)
	if !bytes.Contains(everything, []byte(records.HashToken(tokens[0]))) {
		t.Fatal("the dump does not even contain the hash of a token; the test has seen nothing")
	}
	for i, token := range tokens {
		for _, spelling := range spellings(token) {
			if bytes.Contains(everything, spelling) {
				t.Errorf("token %d is stored in clear, as %.20q…", i, spelling)
			}
		}
	}
}

// spellings returns a token in the encodings it might be stored in.
func spellings(token string) [][]byte {
	forms := [][]byte{[]byte(token)}
	if raw, err := base64.RawURLEncoding.DecodeString(token); err == nil {
		forms = append(forms, raw)
	}
	for _, form := range slices.Clone(forms) {
		forms = append(forms,
			[]byte(hex.EncodeToString(form)),
			bytes.ToUpper([]byte(hex.EncodeToString(form))),
			[]byte(base64.RawStdEncoding.EncodeToString(form)),
			[]byte(base64.RawURLEncoding.EncodeToString(form)),
			[]byte(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(form)),
			[]byte(url.QueryEscape(string(form))))
	}
	return forms
}

func dumpMongo(t *testing.T, db *mongo.Database) []byte {
	t.Helper()
	names, err := db.ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var dump []byte
	for _, name := range names {
		cursor, err := db.Collection(name).Find(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		for cursor.Next(t.Context()) {
			dump = append(dump, cursor.Current...)
		}
		if err := cursor.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return dump
}

func dumpRedis(t *testing.T, client redis.UniversalClient, prefix string) []byte {
	t.Helper()
	var dump []byte
	keys := redistest.Keys(t, client, prefix)
	for _, key := range keys {
		dump = append(append(dump, key...), valueOf(t, client, key)...)
	}
	if len(keys) == 0 {
		t.Fatal("there is nothing in Redis; the test has seen nothing")
	}
	return dump
}

func valueOf(t *testing.T, client redis.UniversalClient, key string) string {
	t.Helper()
	var value []string
	var err error
	switch kind := client.Type(t.Context(), key).Val(); kind {
	case "hash":
		fields, hashErr := client.HGetAll(t.Context(), key).Result()
		for name, text := range fields {
			value = append(value, name, text)
		}
		err = hashErr
	case "zset":
		value, err = client.ZRange(t.Context(), key, 0, -1).Result()
	default:
		t.Fatalf("key %s is a %s, which the dump does not read", key, kind)
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(value, " ")
}
