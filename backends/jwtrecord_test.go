package backends_test

import (
	"testing"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user/records"
)

func TestRecordedJWTNeedsItsRecord(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	plain, recorded := c.setUp(t, backends.JWT{}), c.setUp(t, backends.JWT{Record: true})
	assertReads(t, recorded, issue(t, plain, arthur()), false)
	token := issue(t, recorded, arthur())
	assertReads(t, recorded, token, true)
	if err := c.store.DeleteTokensOf(t.Context(), arthurID, ""); err != nil {
		t.Fatal(err)
	}
	assertReads(t, recorded, token, false)
}

// TestRecordedJWTIsLookedUpOnlyIfGood saves the store the forged ones.
func TestRecordedJWTIsLookedUpOnlyIfGood(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	spy := newSpy(c.store)
	c.store = spy
	tokens := c.setUp(t, backends.JWT{Record: true})
	token := issue(t, tokens, arthur())
	spy.calls = map[string]int{}
	for _, forged := range []string{"", "a.b.c", token[:len(token)-1], token + "A"} {
		assertReads(t, tokens, forged, false)
		if err := tokens.Destroy(t.Context(), forged); err != nil {
			t.Errorf("Destroy: %v", err)
		}
	}
	if got := spy.total(); got != 0 {
		t.Errorf("got %d calls of the store, want 0", got)
	}
	assertReads(t, tokens, token, true)
	if got := spy.total(); got != 1 {
		t.Errorf("got %d calls of the store, want 1", got)
	}
}

func TestRecordOfAnotherUser(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	spy := newSpy(c.store)
	c.store = spy
	tokens := c.setUp(t, backends.JWT{Record: true})
	token := issue(t, tokens, arthur())
	spy.answer = func(record records.Token) records.Token { record.UserID = "morgan"; return record }
	assertReads(t, tokens, token, false)
}

// TestRecordedJWTKeepsItsOwnEnd shortens the lifetime that is configured: what
// was signed stays good until its exp, as without a record.
func TestRecordedJWTKeepsItsOwnEnd(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	token := issue(t, c.setUp(t, backends.JWT{Record: true, Lifetime: time.Hour}), arthur())
	shorter := c.setUp(t, backends.JWT{Record: true, Lifetime: time.Minute})
	c.pass(59 * time.Minute)
	assertReads(t, shorter, token, true)
	c.pass(time.Minute)
	assertReads(t, shorter, token, false)
}
