package backendtest

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// TestRotatingTokenStore checks every clause of [records.RotatingTokenStore] that goes beyond
// [records.TokenStore], whose suite is [TestTokenStore]. newStore is as there.
func TestRotatingTokenStore(t *testing.T, newStore func(t *testing.T) records.RotatingTokenStore) {
	tests := []struct {
		name string
		test func(t *testing.T, f rotationFixture)
	}{
		{"the state of a refresh token is kept as it is", testCreateRotation},
		{"a rotation writes what it says and nothing else", testRotate},
		{"a rotation from another state changes nothing", testRotateRefused},
		{"a rotation never creates a record", testRotateMissing},
		{"of concurrent rotations one succeeds", testConcurrentRotate},
		{"a rotation that races with the end does not revive", testRotateAgainstTake},
		{"of concurrent calls one takes the record", testConcurrentTake},
		{"ended contexts end calls", testCancelledRotation},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			store := newStore(t)
			now := time.Now().UTC().Truncate(time.Millisecond)
			test.test(t, rotationFixture{tokenFixture{store: store, owner: newID(store), now: now}, store})
		})
	}
}

type rotationFixture struct {
	tokenFixture
	store records.RotatingTokenStore
}

// family returns a record with a refresh token of the third generation.
func (f rotationFixture) family() records.Token {
	t := f.token(time.Hour)
	t.Methods, t.AuthenticatedAt = []user.Method{user.MethodPassword}, t.CreatedAt
	t.Scopes = []string{"orders:read"}
	t.Rotation = records.Rotation{
		Generation: 3, Parent: 2, RotatedAt: f.now.Add(-time.Minute),
		AbsoluteAt: f.now.Add(48 * time.Hour), Salt: "c2FsdA", Remember: true,
	}
	return t
}

func (f rotationFixture) createdFamily(t *testing.T) records.Token {
	t.Helper()
	family := f.family()
	f.create(t, family)
	return family
}

// next returns a record as a rotation of before makes it.
func (f rotationFixture) next(before records.Token) records.Token {
	after := before
	after.TokenVersion, after.LastSeenAt, after.ExpiresAt = before.TokenVersion+1, f.now, f.now.Add(30*time.Hour)
	after.IP, after.UserAgent = "192.0.2.7", "Camelot/2"
	after.Methods, after.AuthenticatedAt = user.Login{}.With("pwd", "otp").Methods, f.now
	after.Rotation.Generation, after.Rotation.Parent = before.Rotation.Generation+1, before.Rotation.Generation
	after.Rotation.RotatedAt, after.Rotation.Lost = f.now, true
	return after
}

func testCreateRotation(t *testing.T, f rotationFixture) {
	for name, change := range map[string]func(*records.Rotation){
		"replaced":       func(*records.Rotation) {},
		"first":          func(r *records.Rotation) { r.Generation, r.Parent, r.RotatedAt = 1, 0, time.Time{} },
		"lost":           func(r *records.Rotation) { r.Lost = true },
		"not remembered": func(r *records.Rotation) { r.Remember = false },
		"the last":       func(r *records.Rotation) { r.Generation, r.Parent = 1<<32-1, 1<<32-2 },
	} {
		t.Run(name, func(t *testing.T) {
			family := f.family()
			change(&family.Rotation)
			f.create(t, family)
			f.wantStored(t, family)
		})
	}
}

func testRotate(t *testing.T, f rotationFixture) {
	before, other := f.createdFamily(t), f.family()
	other.CreatedAt = other.CreatedAt.Add(-time.Hour)
	f.create(t, other)
	after := f.next(before)
	sent := after // what a rotation must not write
	sent.UserID, sent.CreatedAt, sent.Scopes = newID(f.store), f.now, nil
	sent.Rotation.Salt, sent.Rotation.AbsoluteAt, sent.Rotation.Remember = "other", f.now.Add(time.Hour), false
	stored, rotated, err := f.store.RotateToken(t.Context(), before, sent, f.now)
	if err != nil || !rotated || !same(stored, after) {
		t.Fatalf("RotateToken: got %+v, %v, %v, want %+v, true", stored, rotated, err, after)
	}
	f.wantStored(t, after)
	f.wantStored(t, other)
	f.wantList(t, f.owner, after, other)

	last := f.next(after)
	last.Rotation.Lost, last.Methods, last.AuthenticatedAt = false, after.Methods, after.AuthenticatedAt
	if stored, rotated, err = f.store.RotateToken(t.Context(), after, last, f.now); err != nil || !rotated || !same(stored, last) {
		t.Errorf("RotateToken again: got %+v, %v, %v, want %+v, true", stored, rotated, err, last)
	}
}

func testRotateRefused(t *testing.T, f rotationFixture) {
	for name, test := range map[string]struct {
		before func(*records.Token)
		now    time.Duration
	}{
		"an earlier generation": {before: func(t *records.Token) { t.Rotation.Generation-- }},
		"a later generation":    {before: func(t *records.Token) { t.Rotation.Generation++ }},
		"another backend":       {before: func(t *records.Token) { t.Backend = "app" }},
		"expired":               {before: func(*records.Token) {}, now: 24 * time.Hour},
		"past its absolute end": {before: func(*records.Token) {}, now: 49 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			family := f.createdFamily(t)
			before := family
			test.before(&before)
			stored, rotated, err := f.store.RotateToken(t.Context(), before, f.next(before), f.now.Add(test.now))
			if err != nil || rotated || !same(stored, family) {
				t.Errorf("RotateToken: got %+v, %v, %v, want the record as it was, false", stored, rotated, err)
			}
			f.wantStored(t, family)
		})
	}
	t.Run("a record without a refresh token", func(t *testing.T) {
		token := f.created(t, time.Hour)
		if _, rotated, err := f.store.RotateToken(t.Context(), f.family(), f.next(f.family()), f.now); rotated || !errors.Is(err, user.ErrNotFound) {
			t.Errorf("RotateToken: got %v, %v, want user.ErrNotFound", rotated, err)
		}
		before := f.family()
		before.Hash = token.Hash
		if _, rotated, err := f.store.RotateToken(t.Context(), before, f.next(before), f.now); rotated || err != nil {
			t.Errorf("RotateToken: got %v, %v, want false", rotated, err)
		}
		f.wantStored(t, token)
	})
}

func testRotateMissing(t *testing.T, f rotationFixture) {
	gone := f.createdFamily(t)
	if taken, err := f.store.TakeToken(t.Context(), gone.Hash); !taken || err != nil {
		t.Fatalf("TakeToken: got %v, %v, want true", taken, err)
	}
	for _, family := range []records.Token{gone, f.family()} {
		if _, rotated, err := f.store.RotateToken(t.Context(), family, f.next(family), f.now); rotated || !errors.Is(err, user.ErrNotFound) {
			t.Errorf("RotateToken: got %v, %v, want user.ErrNotFound", rotated, err)
		}
		f.wantMissing(t, family.Hash)
		if taken, err := f.store.TakeToken(t.Context(), family.Hash); taken || err != nil {
			t.Errorf("TakeToken: got %v, %v, want false", taken, err)
		}
	}
	f.wantList(t, f.owner)
}

func testConcurrentRotate(t *testing.T, f rotationFixture) {
	before := f.createdFamily(t)
	var rotations atomic.Int64
	together(20, func(i int) {
		after := f.next(before)
		after.UserAgent = string(rune('a' + i))
		stored, rotated, err := f.store.RotateToken(t.Context(), before, after, f.now)
		if err != nil || stored.Rotation.Generation != 4 {
			t.Errorf("RotateToken: got generation %d, %v, want 4", stored.Rotation.Generation, err)
		}
		if rotated {
			rotations.Add(1)
			if !same(stored, after) {
				t.Errorf("RotateToken: got %+v, want %+v", stored, after)
			}
		}
	})
	if n := rotations.Load(); n != 1 {
		t.Errorf("%d calls rotated, want 1", n)
	}
}

func testRotateAgainstTake(t *testing.T, f rotationFixture) {
	for range 10 {
		before := f.createdFamily(t)
		together(6, func(i int) {
			if i == 3 {
				if taken, err := f.store.TakeToken(t.Context(), before.Hash); !taken || err != nil {
					t.Errorf("TakeToken: got %v, %v, want true", taken, err)
				}
				return
			}
			if _, _, err := f.store.RotateToken(t.Context(), before, f.next(before), f.now); err != nil && !errors.Is(err, user.ErrNotFound) {
				t.Errorf("RotateToken: got %v, want none or user.ErrNotFound", err)
			}
		})
		f.wantMissing(t, before.Hash)
	}
	f.wantList(t, f.owner)
}

func testConcurrentTake(t *testing.T, f rotationFixture) {
	family := f.createdFamily(t)
	var takers atomic.Int64
	together(10, func(int) {
		taken, err := f.store.TakeToken(t.Context(), family.Hash)
		if err != nil {
			t.Errorf("TakeToken: %v", err)
		}
		if taken {
			takers.Add(1)
		}
	})
	if n := takers.Load(); n != 1 {
		t.Errorf("%d calls took the record, want 1", n)
	}
}

func testCancelledRotation(t *testing.T, f rotationFixture) {
	before, ended := f.createdFamily(t), cancelled(t.Context())
	promptly(t, "RotateToken", func() {
		_, rotated, err := f.store.RotateToken(ended, before, f.next(before), f.now)
		if errors.Is(err, user.ErrNotFound) || rotated && err != nil {
			t.Errorf("RotateToken: got %v, %v, want what was done or another error", rotated, err)
		}
	})
	promptly(t, "TakeToken", func() {
		taken, err := f.store.TakeToken(ended, before.Hash)
		if err == nil && !taken {
			t.Error("TakeToken: got false, want true or an error")
		}
	})
}
