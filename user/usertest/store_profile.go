package usertest

import (
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// testNormalProfile checks that a time comes back in UTC with milliseconds, from
// Update as from a later look-up.
func testNormalProfile(t *testing.T, s user.Store) {
	zone := time.FixedZone("", 2*60*60)
	const want = "2026-01-02T01:04:05.678Z"
	given := time.Date(2026, time.January, 2, 3, 4, 5, 678_912_345, zone)
	u := add(t, s, "arthur@camelot.bt", func(u *user.User) { u.Profile.(*Profile).JoinedAt = given })
	checkJoined(t, "ByID after Create", stored(t, s, u.ID), want)

	profile := sampleProfile()
	profile.JoinedAt = given.Add(time.Hour)
	const later = "2026-01-02T02:04:05.678Z"
	after, err := s.Update(t.Context(), u.ID, user.Update{
		Profile: profile, ProfileFields: []string{"joined_at"}, UpdatedAt: start,
	})
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
	checkJoined(t, "Update", after, later)
	checkJoined(t, "ByID after Update", stored(t, s, u.ID), later)
	if !profile.JoinedAt.Equal(given.Add(time.Hour)) {
		t.Error("Update has changed the profile it was given")
	}
}

func checkJoined(t *testing.T, what string, u *user.User, want string) {
	t.Helper()
	joined := user.ProfileOf[Profile](u).JoinedAt
	if got := joined.Format(time.RFC3339Nano); got != want {
		t.Errorf("%s: joined_at: got %s, want %s", what, got, want)
	}
}

// testReadBack checks that ReadBack, where a store has it, says what is stored.
func testReadBack(t *testing.T, s user.Store) {
	reader, ok := records.As[user.ReadBackStore](s)
	if !ok {
		t.Skip("the store is no user.ReadBackStore")
	}
	back, err := reader.ReadBack(sampleProfile())
	if err != nil {
		t.Fatalf("ReadBack: %v", err)
	}
	checkProfile(t, "ReadBack", back, sampleProfile())
	u := add(t, s, "arthur@camelot.bt")
	checkProfile(t, "ByID", stored(t, s, u.ID).Profile, back)
}
