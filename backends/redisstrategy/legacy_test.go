package redisstrategy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/internal/test/redistest"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

func TestLegacyTokens(t *testing.T) {
	t.Parallel()
	client := redistest.Client(t)
	legacy := redistest.Prefix(t, client)
	own := redistest.Prefix(t, client)
	const id = "c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b"
	set := func(token string, value any, life time.Duration) string {
		t.Helper()
		if err := client.Set(t.Context(), legacy+token, value, life).Err(); err != nil {
			t.Fatal(err)
		}
		return token
	}
	good := set(strings.Repeat("A", 43), id, time.Hour)
	endless := set(strings.Repeat("E", 43), id, 0)
	nobody := set(strings.Repeat("I", 43), "nobody", time.Hour)
	list := strings.Repeat("M", 43)
	if err := client.LPush(t.Context(), legacy+list, id).Err(); err != nil {
		t.Fatal(err)
	}
	on := setUp(t, redisstrategy.Redis{Client: client, KeyPrefix: own, LegacyKeyPrefix: legacy})
	off := setUp(t, redisstrategy.Redis{Client: client, KeyPrefix: own})

	for _, token := range []string{good, endless} {
		identity, found, err := on.Read(t.Context(), token)
		if err != nil || !found || identity.UserID != id || identity.TokenVersion != 0 || identity.TokenHash != records.HashToken(token) {
			t.Errorf("got %+v, found %v, %v", identity, found, err)
		}
		if _, found, err := off.Read(t.Context(), token); found || err != nil {
			t.Errorf("not switched on: got found %v, %v", found, err)
		}
	}
	identity, _, _ := on.Read(t.Context(), good)
	if left := identity.Record.ExpiresAt.Sub(identity.Record.CreatedAt); left <= 59*time.Minute || left > time.Hour {
		t.Errorf("got %v to live, want what Redis says", left)
	}
	for _, token := range []string{nobody, strings.Repeat("Q", 43), records.HashToken(good)[:43]} {
		if _, found, err := on.Read(t.Context(), token); found || err != nil {
			t.Errorf("%s: got found %v, %v, want nobody", token, found, err)
		}
	}
	_, found, err := on.Read(t.Context(), list)
	if found || err == nil || strings.Contains(err.Error(), list) {
		t.Errorf("no text: got found %v, %v, want an error that does not tell the token", found, err)
	}
	if err := off.Destroy(t.Context(), good); err != nil {
		t.Errorf("not switched on: Destroy: %v", err)
	}
	if _, found, _ := on.Read(t.Context(), good); !found {
		t.Error("gone though it was not switched on")
	}
	if err := on.Destroy(t.Context(), good); err != nil {
		t.Errorf("Destroy: %v", err)
	}
	if _, found, err := on.Read(t.Context(), good); found || err != nil {
		t.Errorf("after Destroy: got found %v, %v", found, err)
	}
	if keys := redistest.Keys(t, client, legacy+good); len(keys) != 0 {
		t.Errorf("got keys %v, want none", keys)
	}
}

// They do not tell when they were made, so none counts where it must not be too old.
func TestLegacyTokensHaveNoTime(t *testing.T) {
	t.Parallel()
	client := redistest.Client(t)
	legacy, token := redistest.Prefix(t, client), strings.Repeat("A", 43)
	if err := client.Set(t.Context(), legacy+token, string(arthur.ID), time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	limited := setup()
	limited.TokensValidFrom = limited.Now().Add(-time.Hour)
	tokens, err := redisstrategy.Redis{Client: client, KeyPrefix: redistest.Prefix(t, client), LegacyKeyPrefix: legacy}.SetUp(limited)
	if err != nil {
		t.Fatalf("SetUp: %v", err)
	}
	if _, found, err := tokens.Read(t.Context(), token); found || err != nil {
		t.Errorf("got found %v, %v, want nobody", found, err)
	}
	own, err := tokens.Write(t.Context(), user.Login{User: arthur})
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	if _, found, err := tokens.Read(t.Context(), own.Access); !found || err != nil {
		t.Errorf("one of ginauth's own: got found %v, %v", found, err)
	}
}
