package usertest

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// pendingStore is what a login in several steps needs of a store.
type pendingStore interface {
	user.Store
	records.PendingStore
}

// TestPendingStore checks every clause of the comments on [records.PendingStore], which
// the store must implement. newStore is as for [TestStore]; where the store is a
// [records.Ensurer] the suite calls Ensure.
func TestPendingStore(t *testing.T, newStore func(t *testing.T) user.Store) {
	t.Helper()
	with := func(test func(t *testing.T, s pendingStore)) func(*testing.T, user.Store) {
		return func(t *testing.T, s user.Store) {
			ensure(t, s, records.NeedPending)
			test(t, s.(pendingStore))
		}
	}
	run(t, newStore, "PendingStore", []suite{
		{"PutPending", with(testPutPending)},
		{"PutPending taken", with(testPutPendingTaken)},
		{"PutPending invalid", with(testPutPendingInvalid)},
		{"PutPending at once", with(testPutPendingAtOnce)},
		{"SetPending", with(testSetPending)},
		{"SetPending at once", with(testSetPendingAtOnce)},
		{"odd ids", with(testPendingOddIDs)},
		{"data", with(testPendingData)},
		{"nothing is shared", with(testPendingNotShared)},
		{"expiry", with(testPendingExpiry)},
		{"TryPending", with(testTry)},
		{"TryPending at once", with(testTryAtOnce)},
		{"TakePending", with(testTake)},
		{"TakePending at once", with(testTakeAtOnce)},
		{"DeletePendingOf", with(testDeletePendingOf)},
		{"ended context", with(testPendingEndedContext)},
	})
}

// pendingNow is the present of the suite. It is not in the past, for a store may tidy
// up by its own clock.
var pendingNow = time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)

// samplePending returns a record with every field set.
func samplePending(owner user.ID, secret string) records.Pending {
	return records.Pending{
		ID:        records.HashToken(secret),
		Kind:      "login",
		UserID:    owner,
		Data:      []byte(`{"methods": ["pwd"],  "x":"ä"}`),
		CreatedAt: pendingNow.Add(-time.Minute),
		ExpiresAt: pendingNow.Add(10 * time.Minute),
	}
}

func putPending(t *testing.T, s pendingStore, p records.Pending) records.Pending {
	t.Helper()
	if err := s.PutPending(t.Context(), p); err != nil {
		t.Fatalf("PutPending: %v", err)
	}
	return p
}

// shownPending is a record that prints all of its fields.
type shownPending struct {
	ID, Kind, User       string
	Tries                int
	Data                 string
	CreatedAt, ExpiresAt time.Time
}

func showPending(p records.Pending) shownPending {
	return shownPending{p.ID, string(p.Kind), string(p.UserID), p.Tries, string(p.Data), p.CreatedAt.UTC(), p.ExpiresAt.UTC()}
}

func checkSamePending(t *testing.T, what string, got, want records.Pending) {
	t.Helper()
	if g, w := showPending(got), showPending(want); g != w {
		t.Errorf("%s: got\n%+v, want\n%+v", what, g, w)
	}
}

// checkPending compares the record as Pending reads it with want.
func checkPending(t *testing.T, what string, s pendingStore, want records.Pending) {
	t.Helper()
	got, err := s.Pending(t.Context(), want.Kind, want.ID, pendingNow)
	if err != nil {
		t.Errorf("%s: Pending: %v", what, err)
		return
	}
	checkSamePending(t, what, got, want)
}

// checkNoPending demands that no method knows the record at that time.
func checkNoPending(t *testing.T, what string, s pendingStore, kind records.PendingKind, id string, now time.Time) {
	t.Helper()
	got, err := s.Pending(t.Context(), kind, id, now)
	checkError(t, what+": Pending", err, user.ErrNotFound)
	tried, err := s.TryPending(t.Context(), kind, id, 1000, now)
	checkError(t, what+": TryPending", err, user.ErrNotFound)
	if showPending(got) != (shownPending{}) || showPending(tried) != (shownPending{}) {
		t.Errorf("%s: got a record", what)
	}
	checkTaken(t, what, s, kind, id, now, false)
}

func checkTaken(t *testing.T, what string, s pendingStore, kind records.PendingKind, id string, now time.Time, want bool) {
	t.Helper()
	taken, err := s.TakePending(t.Context(), kind, id, now)
	if err != nil || taken != want {
		t.Errorf("%s: TakePending: got %v, %v, want %v", what, taken, err, want)
	}
}

func testPutPending(t *testing.T, s pendingStore) {
	full := samplePending(s.NewID(), "full")
	full.Tries = 2
	checkPending(t, "with every field", s, putPending(t, s, full))
	least := records.Pending{ID: records.HashToken("least"), Kind: "mail", CreatedAt: pendingNow, ExpiresAt: pendingNow.Add(time.Minute)}
	checkPending(t, "of no user", s, putPending(t, s, least))
	checkPending(t, "the first", s, full)
}

func testPutPendingTaken(t *testing.T, s pendingStore) {
	p := putPending(t, s, samplePending(s.NewID(), "secret"))
	putPending(t, s, p) // its answer was lost
	changes := map[string]func(p *records.Pending){
		"kind":    func(p *records.Pending) { p.Kind = "mail" },
		"user":    func(p *records.Pending) { p.UserID = s.NewID() },
		"no user": func(p *records.Pending) { p.UserID = "" },
		"data":    func(p *records.Pending) { p.Data = nil },
		"time":    func(p *records.Pending) { p.CreatedAt = p.CreatedAt.Add(time.Second) },
		"expiry":  func(p *records.Pending) { p.ExpiresAt = p.ExpiresAt.Add(time.Second) },
	}
	for name, change := range changes {
		second := p
		change(&second)
		checkError(t, "PutPending with another "+name, s.PutPending(t.Context(), second), user.ErrExists)
	}
	checkPending(t, "after refusals", s, p)
	expired := samplePending(p.UserID, "expired")
	expired.ExpiresAt = pendingNow.Add(-time.Minute)
	putPending(t, s, expired)
	again := expired
	again.ExpiresAt = pendingNow.Add(time.Minute)
	checkError(t, "PutPending over an expired one", s.PutPending(t.Context(), again), user.ErrExists)
}

func testPutPendingInvalid(t *testing.T, s pendingStore) {
	for name, change := range map[string]func(p *records.Pending){
		"without expiry":  func(p *records.Pending) { p.ExpiresAt = time.Time{} },
		"ID not in UTF-8": func(p *records.Pending) { p.ID = "\xff" },
	} {
		p := samplePending(s.NewID(), "secret")
		change(&p)
		checkNoAnswer(t, "PutPending "+name, s.PutPending(t.Context(), p))
		checkNoAnswer(t, "SetPending "+name, s.SetPending(t.Context(), p))
		checkNoPending(t, name, s, p.Kind, p.ID, pendingNow)
	}
}

func testPutPendingAtOnce(t *testing.T, s pendingStore) {
	all := make([]records.Pending, 50)
	for i := range all {
		all[i] = samplePending(s.NewID(), "secret")
	}
	errs := atOnce(len(all), func(i int) error { return s.PutPending(t.Context(), all[i]) })
	checkWinners(t, "PutPending of one ID at once", errs, 1, user.ErrExists)
	for i, err := range errs {
		if err == nil {
			checkPending(t, "the winner's", s, all[i])
		}
	}
}

func testSetPending(t *testing.T, s pendingStore) {
	p := samplePending(s.NewID(), "pointer")
	for i, change := range []func(p *records.Pending){
		func(*records.Pending) {}, // where there is none
		func(*records.Pending) {}, // by an equal one
		func(p *records.Pending) { p.Data = []byte("new") },
		func(p *records.Pending) { p.UserID, p.Tries = "", 3 },
		func(p *records.Pending) { p.Kind, p.UserID, p.Tries = "mail", s.NewID(), 0 },
		func(p *records.Pending) { p.Data, p.ExpiresAt = nil, p.ExpiresAt.Add(time.Hour) },
	} {
		kind := p.Kind
		change(&p)
		if err := s.SetPending(t.Context(), p); err != nil {
			t.Fatalf("SetPending: %v", err)
		}
		checkPending(t, fmt.Sprint("state ", i), s, p)
		if kind != p.Kind {
			checkNoPending(t, "of the kind before", s, kind, p.ID, pendingNow)
		}
	}
	if _, err := s.TryPending(t.Context(), p.Kind, p.ID, 5, pendingNow); err != nil {
		t.Errorf("TryPending: %v", err)
	}
	if err := s.SetPending(t.Context(), p); err != nil {
		t.Errorf("SetPending: %v", err)
	}
	checkPending(t, "set after a try", s, p)
}

func testSetPendingAtOnce(t *testing.T, s pendingStore) {
	all := make([]records.Pending, 20)
	for i := range all {
		all[i] = samplePending(s.NewID(), "pointer")
		all[i].Data = []byte(all[i].UserID)
	}
	errs := atOnce(len(all), func(i int) error { return s.SetPending(t.Context(), all[i]) })
	checkWinners(t, "SetPending at once", errs, len(all), nil)
	got, err := s.Pending(t.Context(), all[0].Kind, all[0].ID, pendingNow)
	if err != nil || string(got.Data) != string(got.UserID) {
		t.Errorf("Pending: got %+v, %v, want one record as a whole", showPending(got), err)
	}
}

func testPendingOddIDs(t *testing.T, s pendingStore) {
	var all []records.Pending
	for _, id := range oddKeys() {
		if len(id) <= 200 {
			p := samplePending(s.NewID(), "")
			p.ID = id
			all = append(all, putPending(t, s, p))
		}
	}
	for i, p := range all {
		checkPending(t, fmt.Sprintf("id %q", p.ID), s, p)
		checkNoPending(t, fmt.Sprintf("id %q of another kind", p.ID), s, "Login", p.ID, pendingNow)
		checkTaken(t, fmt.Sprintf("id %q", p.ID), s, p.Kind, p.ID, pendingNow, true)
		checkNoPending(t, fmt.Sprintf("id %q, taken", p.ID), s, p.Kind, p.ID, pendingNow)
		if i+1 < len(all) {
			checkPending(t, "the next", s, all[i+1])
		}
	}
	for _, id := range []string{"\xff", records.HashToken("unknown")} {
		checkNoPending(t, fmt.Sprintf("id %q", id), s, "login", id, pendingNow)
	}
}

func testPendingData(t *testing.T, s pendingStore) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for i, data := range [][]byte{nil, {}, {0}, []byte("{ }\n"), every, bytes.Repeat(every, 32)} {
		p := samplePending(s.NewID(), fmt.Sprint(i))
		p.Data = data
		checkPending(t, fmt.Sprintf("%d bytes", len(data)), s, putPending(t, s, p))
	}
}

func testPendingNotShared(t *testing.T, s pendingStore) {
	p := samplePending(s.NewID(), "secret")
	given := p
	given.Data = bytes.Clone(p.Data)
	putPending(t, s, given)
	given.Data[0] = 'X'
	checkPending(t, "after what was passed in has changed", s, p)
	got, err := s.TryPending(t.Context(), p.Kind, p.ID, 1, pendingNow)
	if err != nil {
		t.Fatalf("TryPending: %v", err)
	}
	got.Data[0] = 'X'
	p.Tries = 1
	checkPending(t, "after what was returned has changed", s, p)
}

func testPendingExpiry(t *testing.T, s pendingStore) {
	p := putPending(t, s, samplePending(s.NewID(), "secret"))
	for _, at := range []time.Time{p.ExpiresAt, p.ExpiresAt.Add(time.Millisecond), p.ExpiresAt.AddDate(1, 0, 0)} {
		checkNoPending(t, "expired", s, p.Kind, p.ID, at)
	}
	checkPending(t, "at an earlier time", s, p)
	at := p.ExpiresAt.Add(-time.Millisecond)
	if _, err := s.Pending(t.Context(), p.Kind, p.ID, at); err != nil {
		t.Errorf("Pending right before the end: %v", err)
	}
	if _, err := s.TryPending(t.Context(), p.Kind, p.ID, 1, at); err != nil {
		t.Errorf("TryPending right before the end: %v", err)
	}
	checkTaken(t, "right before the end", s, p.Kind, p.ID, at, true)
}

func testTry(t *testing.T, s pendingStore) {
	p, other := putPending(t, s, samplePending(s.NewID(), "secret")), putPending(t, s, samplePending(s.NewID(), "other"))
	try := func(what string, limit int, want error) {
		t.Helper()
		got, err := s.TryPending(t.Context(), p.Kind, p.ID, limit, pendingNow)
		if want != nil {
			checkError(t, what, err, want)
			return
		}
		p.Tries++
		if err != nil {
			t.Errorf("%s: TryPending: %v", what, err)
			return
		}
		checkSamePending(t, what, got, p)
	}
	try("no tries", 0, user.ErrNotFound)
	try("fewer than no tries", -1, user.ErrNotFound)
	for range 3 {
		try("within the limit", 3, nil)
	}
	try("beyond the limit", 3, user.ErrNotFound)
	try("beyond a lower limit", 1, user.ErrNotFound)
	try("within a higher limit", 4, nil)
	checkPending(t, "after the tries", s, p)
	checkPending(t, "the other", s, other)
	checkTaken(t, "tried too often", s, p.Kind, p.ID, pendingNow, true) // the caller decides by what TryPending has returned
}

func testTryAtOnce(t *testing.T, s pendingStore) {
	const limit = 5
	p := putPending(t, s, samplePending(s.NewID(), "secret"))
	tries := make([]int, 50)
	errs := atOnce(len(tries), func(i int) error {
		got, err := s.TryPending(t.Context(), p.Kind, p.ID, limit, pendingNow)
		tries[i] = got.Tries
		return err
	})
	checkWinners(t, "TryPending at once", errs, limit, user.ErrNotFound)
	seen := map[int]bool{}
	for i, n := range tries {
		if errs[i] == nil {
			seen[n] = true
		}
	}
	if len(seen) != limit {
		t.Errorf("TryPending at once: got tries %v, want each number up to %d once", seen, limit)
	}
	p.Tries = limit
	checkPending(t, "after the tries", s, p)
}

func testTake(t *testing.T, s pendingStore) {
	p, other := putPending(t, s, samplePending(s.NewID(), "secret")), putPending(t, s, samplePending(s.NewID(), "other"))
	checkTaken(t, "first", s, p.Kind, p.ID, pendingNow, true)
	checkNoPending(t, "taken", s, p.Kind, p.ID, pendingNow)
	checkPending(t, "the other", s, other)
	checkPending(t, "put again", s, putPending(t, s, p))
}

func testTakeAtOnce(t *testing.T, s pendingStore) {
	for round := range 3 {
		p := putPending(t, s, samplePending(s.NewID(), fmt.Sprint(round)))
		taken := make([]bool, 50)
		errs := atOnce(len(taken), func(i int) (err error) {
			taken[i], err = s.TakePending(t.Context(), p.Kind, p.ID, pendingNow)
			return err
		})
		checkWinners(t, "TakePending at once", errs, len(taken), nil)
		n := 0
		for _, one := range taken {
			if one {
				n++
			}
		}
		if n != 1 {
			t.Errorf("TakePending at once: %d of %d took it, want 1", n, len(taken))
		}
	}
}

func testDeletePendingOf(t *testing.T, s pendingStore) {
	arthur, merlin := add(t, s, "arthur@camelot.bt"), s.NewID()
	own := []records.Pending{putPending(t, s, samplePending(arthur.ID, "1")), putPending(t, s, samplePending(arthur.ID, "2"))}
	others, nobodys := putPending(t, s, samplePending(merlin, "3")), putPending(t, s, samplePending("", "4"))
	for _, id := range []user.ID{s.NewID(), "nonsense", "", "\xff"} {
		if err := s.DeletePendingOf(t.Context(), id); err != nil {
			t.Errorf("DeletePendingOf(%q): %v", id, err)
		}
	}
	checkPending(t, "own", s, own[0])
	if err := s.Delete(t.Context(), arthur.ID, user.DeleteOptions{}); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	for range 2 { // the second time there is nothing to remove
		if err := s.DeletePendingOf(t.Context(), arthur.ID); err != nil {
			t.Errorf("DeletePendingOf: %v", err)
		}
	}
	for _, p := range own {
		checkNoPending(t, "deleted", s, p.Kind, p.ID, pendingNow)
	}
	checkPending(t, "another user's", s, others)
	checkPending(t, "of no user", s, nobodys)
}

func testPendingEndedContext(t *testing.T, s pendingStore) {
	p, another := putPending(t, s, samplePending(s.NewID(), "secret")), samplePending(s.NewID(), "another")
	checkEnded(t, map[string]func(ctx context.Context) error{
		"PutPending":      func(ctx context.Context) error { return s.PutPending(ctx, another) },
		"SetPending":      func(ctx context.Context) error { return s.SetPending(ctx, another) },
		"Pending":         func(ctx context.Context) error { return second(s.Pending(ctx, p.Kind, p.ID, pendingNow)) },
		"TryPending":      func(ctx context.Context) error { return second(s.TryPending(ctx, p.Kind, p.ID, 5, pendingNow)) },
		"TakePending":     func(ctx context.Context) error { return second(s.TakePending(ctx, p.Kind, p.ID, pendingNow)) },
		"DeletePendingOf": func(ctx context.Context) error { return s.DeletePendingOf(ctx, p.UserID) },
	})
	checkPending(t, "after operations with an ended context", s, p)
	checkNoPending(t, "not put", s, another.Kind, another.ID, pendingNow)
}
