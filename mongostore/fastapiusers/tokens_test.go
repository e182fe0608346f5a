package fastapiusers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/mongostore/fastapiusers"
	"github.com/ginauth/ginauth/user/records"
)

const (
	arthurToken   = "10JNCeFdAkxYSPI9H6b3Nh1_YY0VMucOIOKmZo3n9H4" // a minute old
	ladyToken     = "hGflRtU-yOKhJXvbJWybPk-7SYFG73Awy_lTclLczq0" // 3500 seconds old
	ladyOldToken  = "12S2oy-7Ca3q4QnEqZcgOXU1K4eLFFyKQtiEz0z9py0" // 3700 seconds old
	percivalToken = "jh1d2SWJCC2FKnEihz7oBa3ViUIWejhShhlcZ5-caZQ"
	arthurRedis   = "5FuKsQmAEgcJYfN95Dbd_cmdbnWvZUfPsRtCBySC3FM"
	merlinRedis   = "HCvDkHyWF-teUInkAYa6qKV9EZ5vtl0Aq8Mq845mfwI"
)

// check asks a route that lets inactive users through who the token is.
func (w *world) check(t *testing.T, what, token, want string) {
	t.Helper()
	status, body := w.send(t, http.MethodGet, "/anybody", token, "")
	if want == "" && status != http.StatusUnauthorized || want != "" && body != want {
		t.Errorf("%s: got %d %s, want %q", what, status, body, want)
	}
}

func TestOldTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.check(t, "a minute old", arthurToken, "king.arthur@camelot.bt")
	w.check(t, "3500 seconds old", ladyToken, "Lake.Lady@camelot.bt")
	w.check(t, "3700 seconds old", ladyOldToken, "")
	w.check(t, "of an inactive user", percivalToken, "percival@camelot.bt")
	if status, _ := w.send(t, http.MethodGet, "/users/me", percivalToken, ""); status != http.StatusUnauthorized {
		t.Errorf("of an inactive user, who must be active: got %d, want 401", status)
	}
	w.Now = w.Now.Add(100 * time.Second)
	w.check(t, "3600 seconds old", ladyToken, "")
	w.check(t, "made up", strings.Replace(arthurToken, "1", "2", 1), "")
	w.check(t, "the hash", records.HashToken(arthurToken), "")
}

func TestOldTokensOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *world, jwt *backends.JWT, redis *redisstrategy.Redis, options *[]fastapiusers.Option) {
		*options = (*options)[:1]
		jwt.LegacyUserID, jwt.Audiences = false, nil
		redis.LegacyKeyPrefix = ""
	})
	w.check(t, "stored", arthurToken, "")
	w.check(t, "in redis", arthurRedis, "")
	for _, token := range w.JWTs {
		w.check(t, "jwt", token.Token, "")
	}
	if err := w.store.DeletePlain(t.Context(), arthurToken); err != nil {
		t.Errorf("DeletePlain: %v", err)
	}
	if err := w.store.DeleteTokensOf(t.Context(), arthurID, ""); err != nil {
		t.Errorf("DeleteTokensOf: %v", err)
	}
	if got := w.count(t, "AccessToken", bson.D{}); got != 4 {
		t.Errorf("got %d tokens of the other application, want all 4", got)
	}
}

func TestOldTokenLogOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, token := range map[string]string{"stored": arthurToken, "redis": merlinRedis} {
		if status, body := w.send(t, http.MethodPost, "/auth/"+path+"/logout", token, ""); status != http.StatusOK {
			t.Errorf("%s: log out: got %d %s", path, status, body)
		}
		w.check(t, path+" after the logout", token, "")
	}
	if got := w.count(t, "AccessToken", bson.D{{Key: "token", Value: arthurToken}}); got != 0 {
		t.Error("the record is still there")
	}
	if got := w.count(t, "AccessToken", bson.D{}); got != 3 {
		t.Errorf("got %d other records, want 3", got)
	}
	w.check(t, "somebody else's", arthurRedis, "king.arthur@camelot.bt")
}

// New tokens are stored as hashes only, away from the old ones.
func TestNewTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, _ := w.logIn(t, "king.arthur@camelot.bt", "guinevere")
	if got := w.count(t, "AccessToken", bson.D{}); got != 4 {
		t.Errorf("got %d tokens of the other application, want 4", got)
	}
	if got := w.count(t, "access_tokens", bson.D{{Key: "_id", Value: records.HashToken(token)}}); got != 1 {
		t.Errorf("got %d tokens under the hash, want 1", got)
	}
}

// Ending all sessions ends the old tokens of every kind, but the one that asks.
func TestOldTokensEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	jwt := w.JWTs[0].Token
	w.check(t, "jwt", jwt, "king.arthur@camelot.bt")
	w.check(t, "redis", arthurRedis, "king.arthur@camelot.bt")
	insert(t, w.db.Collection("AccessToken"), bson.D{
		{Key: "token", Value: strings.Repeat("A", 43)}, {Key: "user_id", Value: w.document(t, arthurID).Lookup("_id")},
		{Key: "created_at", Value: w.Now},
	})
	w.check(t, "another", strings.Repeat("A", 43), "king.arthur@camelot.bt")
	if status, body := w.send(t, http.MethodDelete, "/users/me/sessions", arthurToken, ""); status != http.StatusNoContent {
		t.Fatalf("DELETE /sessions: got %d %s", status, body)
	}
	w.check(t, "the one that asked", arthurToken, "king.arthur@camelot.bt")
	w.check(t, "another, afterwards", strings.Repeat("A", 43), "")
	w.check(t, "redis, afterwards", arthurRedis, "")
	w.check(t, "jwt, afterwards", jwt, "")
	w.check(t, "somebody else's", ladyToken, "Lake.Lady@camelot.bt")
	insert(t, w.db.Collection("AccessToken"), bson.D{
		{Key: "token", Value: strings.Repeat("E", 43)}, {Key: "user_id", Value: w.document(t, arthurID).Lookup("_id")},
		{Key: "created_at", Value: w.Now},
	})
	w.check(t, "made by the other application afterwards, which knows no version", strings.Repeat("E", 43), "")
	if _, err := w.db.Collection("AccessToken").DeleteOne(t.Context(), bson.D{{Key: "token", Value: strings.Repeat("E", 43)}}); err != nil {
		t.Fatal(err)
	}
	if got := w.count(t, "AccessToken", bson.D{}); got != 4 {
		t.Errorf("got %d records, want the one that asked and 3 of others", got)
	}
	if err := w.store.DeleteTokensOf(t.Context(), arthurID, ""); err != nil {
		t.Fatal(err)
	}
	w.check(t, "the one that asked, deleted", arthurToken, "")
}

func TestOldJWTs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	emails := map[string]string{
		"arthur": "king.arthur@camelot.bt", "merlin": "merlin@camelot.bt",
		"lady": "Lake.Lady@camelot.bt", "percival": "percival@camelot.bt",
	}
	for _, token := range w.JWTs {
		want := emails[token.Of]
		if !token.Good && token.Of != "percival" {
			want = ""
		}
		w.check(t, token.Of+" "+token.What, token.Token, want)
		status, _ := w.send(t, http.MethodGet, "/users/me", token.Token, "")
		if good := status == http.StatusOK; good != token.Good {
			t.Errorf("%s %s: got %d, want good %v", token.Of, token.What, status, token.Good)
		}
	}
}

func TestOldRedisTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.check(t, "arthur", arthurRedis, "king.arthur@camelot.bt")
	w.check(t, "merlin", merlinRedis, "merlin@camelot.bt")
	w.check(t, "stored elsewhere", ladyToken, "Lake.Lady@camelot.bt")
}

// A record that is not as it must be gives no access and is named in the log, without the token.
func TestDamagedOldTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.document(t, arthurID).Lookup("_id")
	tests := []struct {
		name   string
		record bson.D
	}{
		{"no time", bson.D{{Key: "user_id", Value: owner}}},
		{"time a string", bson.D{{Key: "user_id", Value: owner}, {Key: "created_at", Value: "2026-11-01"}}},
		{"no user", bson.D{{Key: "created_at", Value: w.Now}}},
		{"user a string", bson.D{{Key: "user_id", Value: arthurID}, {Key: "created_at", Value: w.Now}}},
	}
	for i, test := range tests {
		token := strings.Repeat(string(rune('a'+i)), 42) + "A"
		id := bson.NewObjectID()
		insert(t, w.db.Collection("AccessToken"), append(test.record, bson.E{Key: "_id", Value: id}, bson.E{Key: "token", Value: token}))
		w.check(t, test.name, token, "")
		if text := w.log.String(); !strings.Contains(text, id.Hex()) || strings.Contains(text, token) {
			t.Errorf("%s: got log %s, want one with the record's id and without the token", test.name, text)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for want, tokens := range map[string]fastapiusers.AccessTokens{
		"fastapiusers: open: AccessTokens.Lifetime is missing":                                  {},
		"fastapiusers: open: AccessTokens.Collection is the collection of ginauth's own tokens": {Lifetime: 1, Collection: "access_tokens"},
	} {
		_, err := fastapiusers.Open(t.Context(), w.db, fastapiusers.WithAccessTokens(tokens))
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := fastapiusers.Open(t.Context(), nil); err == nil || err.Error() != "fastapiusers: open: the database is nil" {
		t.Errorf("no database: got %v", err)
	}
}
