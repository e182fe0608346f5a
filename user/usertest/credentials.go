package usertest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// credentialStore is what a feature with credentials needs of a store.
type credentialStore interface {
	user.Store
	records.CredentialStore
}

// TestCredentialStore checks every clause of the comments on [records.CredentialStore],
// which the store must implement. newStore is as for [TestStore]; where the store is a
// [records.Ensurer] the suite calls Ensure. With a [records.OAuthStore] it also checks that
// the last way in stays over OAuth accounts and credentials together.
func TestCredentialStore(t *testing.T, newStore func(t *testing.T) user.Store) {
	t.Helper()
	with := func(test func(t *testing.T, s credentialStore)) func(*testing.T, user.Store) {
		return func(t *testing.T, s user.Store) {
			ensure(t, s, records.NeedCredentials)
			test(t, s.(credentialStore))
		}
	}
	run(t, newStore, "CredentialStore", []suite{
		{"CreateCredential", with(testCreateCredential)},
		{"CreateCredential taken", with(testCreateCredentialTaken)},
		{"CreateCredential repeated", with(testCreateCredentialRepeated)},
		{"CreateCredential invalid", with(testCreateCredentialInvalid)},
		{"CreateCredential at once", with(testCreateCredentialAtOnce)},
		{"CredentialByKey", with(testCredentialByKey)},
		{"odd keys", with(testCredentialOddKeys)},
		{"data", with(testCredentialData)},
		{"nothing is shared", with(testCredentialNotShared)},
		{"expired", with(testCredentialExpired)},
		{"CredentialsOf", with(testCredentialsOf)},
		{"SwapCredential", with(testSwap)},
		{"SwapCredential of another state", with(testSwapOther)},
		{"SwapCredential that does not follow", with(testSwapInvalid)},
		{"SwapCredential to a taken key", with(testSwapKey)},
		{"SwapCredential repeated", with(testSwapRepeated)},
		{"SwapCredential at once", with(testSwapAtOnce)},
		{"SwapCredential in turn at once", with(testSwapCount)},
		{"DeleteCredential", with(testDeleteCredential)},
		{"DeleteCredential at once", with(testDeleteCredentialAtOnce)},
		{"DeleteCredential and SwapCredential at once", with(testDeleteAndSwap)},
		{"DeleteCredentialsOf", with(testDeleteCredentialsOf)},
		{"last way in", with(testLastCredential)},
		{"last way in at once", with(testLastCredentialAtOnce)},
		{"last way in of two kinds", with(testLastOfTwoKinds)},
		{"last way in of two kinds at once", with(testLastOfTwoKindsAtOnce)},
		{"ended context", with(testCredentialEndedContext)},
	})
}

// ensure prepares the store as a feature does.
func ensure(t *testing.T, s user.Store, needs ...records.Need) {
	t.Helper()
	for range 2 { // the second time changes nothing
		if err := records.Ensure(t.Context(), s, needs...); err != nil {
			t.Fatalf("Ensure: %v", err)
		}
	}
}

// sampleCredential returns a credential with every field set.
func sampleCredential(owner user.ID, key string) records.Credential {
	return records.Credential{
		ID:           records.NewCredentialID(),
		UserID:       owner,
		Kind:         "passkey",
		Key:          key,
		Name:         "Excalibur ⚔",
		Data:         []byte(`{"sign_count": 7,  "x":"ä"}`),
		WayIn:        true,
		OwnerVersion: 3,
		Rev:          1,
		Change:       records.NewCredentialID(),
		CreatedAt:    start,
		LastUsedAt:   start.Add(time.Minute),
		ExpiresAt:    start.AddDate(100, 0, 0),
	}
}

func createCredential(t *testing.T, s credentialStore, c records.Credential) records.Credential {
	t.Helper()
	if err := s.CreateCredential(t.Context(), c); err != nil {
		t.Fatalf("CreateCredential(%s, %.40q): %v", c.Kind, c.Key, err)
	}
	return c
}

// shownCredential is a credential that prints all of its fields.
type shownCredential struct {
	ID, User, Kind, Key, Name, Data  string
	WayIn                            bool
	OwnerVersion, Rev                int64
	Change                           string
	CreatedAt, LastUsedAt, ExpiresAt time.Time
}

func showCredential(c records.Credential) shownCredential {
	return shownCredential{
		c.ID, string(c.UserID), string(c.Kind), c.Key, c.Name, string(c.Data), c.WayIn, c.OwnerVersion, c.Rev, c.Change,
		c.CreatedAt.UTC(), c.LastUsedAt.UTC(), c.ExpiresAt.UTC(),
	}
}

func checkSameCredential(t *testing.T, what string, got, want records.Credential) {
	t.Helper()
	if g, w := showCredential(got), showCredential(want); g != w {
		t.Errorf("%s: got credential\n%+v, want\n%+v", what, g, w)
	}
}

// checkCredential compares the credential as CredentialByKey reads it with want.
func checkCredential(t *testing.T, what string, s credentialStore, want records.Credential) {
	t.Helper()
	got, err := s.CredentialByKey(t.Context(), want.Kind, want.Key)
	if err != nil {
		t.Errorf("%s: CredentialByKey: %v", what, err)
		return
	}
	checkSameCredential(t, what, got, want)
}

func checkNoCredential(t *testing.T, what string, s credentialStore, kind records.CredentialKind, key string) {
	t.Helper()
	got, err := s.CredentialByKey(t.Context(), kind, key)
	checkError(t, what+": CredentialByKey", err, user.ErrNotFound)
	if showCredential(got) != (shownCredential{}) {
		t.Errorf("%s: got %+v, want no credential", what, showCredential(got))
	}
}

// checkCredentials compares what CredentialsOf returns with want.
func checkCredentials(t *testing.T, what string, s credentialStore, id user.ID, kinds []records.CredentialKind, want ...records.Credential) {
	t.Helper()
	got, err := s.CredentialsOf(t.Context(), id, kinds...)
	if err != nil || len(got) != len(want) {
		t.Errorf("%s: CredentialsOf(%v): got %d credentials, %v, want %d", what, kinds, len(got), err, len(want))
		return
	}
	for i := range got {
		checkSameCredential(t, fmt.Sprintf("%s: credential %d", what, i), got[i], want[i])
	}
}

func testCreateCredential(t *testing.T, s credentialStore) {
	full := createCredential(t, s, sampleCredential(s.NewID(), "full"))
	checkCredential(t, "with every field", s, full)
	least := createCredential(t, s, records.Credential{
		ID: records.NewCredentialID(), UserID: full.UserID, Kind: "totp", Key: "least", Rev: 1, CreatedAt: start,
	})
	checkCredential(t, "with few fields", s, least)
	checkCredentials(t, "both", s, full.UserID, []records.CredentialKind{"totp"}, least)
}

func testCreateCredentialTaken(t *testing.T, s credentialStore) {
	there := createCredential(t, s, sampleCredential(s.NewID(), "key"))
	for _, owner := range []user.ID{there.UserID, s.NewID()} {
		second := sampleCredential(owner, "key")
		second.Name = "another"
		checkError(t, "CreateCredential of a taken key", s.CreateCredential(t.Context(), second), user.ErrExists)
		checkCredentials(t, "after a refusal", s, second.UserID, []records.CredentialKind{"totp"})
	}
	checkCredential(t, "after refusals", s, there)
	other := sampleCredential(there.UserID, "key")
	other.Kind = "totp"
	createCredential(t, s, other) // the same key of another kind
	checkCredential(t, "first kind", s, there)
	checkCredential(t, "second kind", s, other)
}

func testCreateCredentialRepeated(t *testing.T, s credentialStore) {
	c := createCredential(t, s, sampleCredential(s.NewID(), "key"))
	createCredential(t, s, c)
	checkCredential(t, "after a repetition", s, c)
	changed := c
	changed.Rev, changed.Key, changed.Change = 2, "new key", records.NewCredentialID()
	checkSwapped(t, "SwapCredential", s, c, changed, true)
	createCredential(t, s, c) // the answer comes ever so late
	checkCredential(t, "after a late repetition", s, changed)
	checkNoCredential(t, "after a late repetition", s, c.Kind, c.Key)
}

func testCreateCredentialInvalid(t *testing.T, s credentialStore) {
	there := createCredential(t, s, sampleCredential(s.NewID(), "key"))
	tests := map[string]func(c *records.Credential){
		"rev 0":            func(c *records.Credential) { c.Rev = 0 },
		"rev 2":            func(c *records.Credential) { c.Rev = 2 },
		"key not in UTF-8": func(c *records.Credential) { c.Key = "\xff" },
		"id of another":    func(c *records.Credential) { c.ID = there.ID },
	}
	for name, change := range tests {
		c := sampleCredential(there.UserID, "another key")
		change(&c)
		checkNoAnswer(t, "CreateCredential with "+name, s.CreateCredential(t.Context(), c))
	}
	checkCredentials(t, "after refusals", s, there.UserID, nil, there)
}

func testCreateCredentialAtOnce(t *testing.T, s credentialStore) {
	all := make([]records.Credential, 50)
	for i := range all {
		all[i] = sampleCredential(s.NewID(), "key")
	}
	errs := atOnce(len(all), func(i int) error { return s.CreateCredential(t.Context(), all[i]) })
	checkWinners(t, "CreateCredential of one key at once", errs, 1, user.ErrExists)
	for i, err := range errs {
		if err == nil {
			checkCredential(t, "the winner's", s, all[i])
			continue
		}
		checkCredentials(t, "a loser's", s, all[i].UserID, nil)
	}
	same := sampleCredential(s.NewID(), "same")
	errs = atOnce(10, func(int) error { return s.CreateCredential(t.Context(), same) })
	checkWinners(t, "CreateCredential repeated at once", errs, 10, nil)
	checkCredentials(t, "repeated at once", s, same.UserID, nil, same)
}

// oddKeys are texts that are easily taken for one another, or for something special.
func oddKeys() []string {
	return []string{
		"key", "Key", "KEY", "key ", " key", "key\x00", "ke", "keyy", "", "$gt", ".*", "^key", `{"$gt":""}`, "a.b", "$where",
		"caf\u00e9", "cafe\u0301", "cafe", "ёж", "Ёж", "🗡", "%", "_", "*", "?", "' OR 1=1 --", "null", "0", "\n", strings.Repeat("k", 1500),
	}
}

func testCredentialByKey(t *testing.T, s credentialStore) {
	c := createCredential(t, s, sampleCredential(s.NewID(), "key"))
	for _, key := range append(oddKeys()[1:], "\xff", "key\xff", c.ID, string(c.UserID)) {
		checkNoCredential(t, fmt.Sprintf("key %.40q", key), s, c.Kind, key)
	}
	for _, kind := range []records.CredentialKind{"", "Passkey", "passkey ", "totp", "\xff"} {
		checkNoCredential(t, fmt.Sprintf("kind %q", kind), s, kind, c.Key)
	}
	checkCredential(t, "the right one", s, c)
}

func testCredentialOddKeys(t *testing.T, s credentialStore) {
	var all []records.Credential
	for i, key := range oddKeys() {
		c := sampleCredential(s.NewID(), key)
		c.Name, c.Data = key, fmt.Appendf(nil, "%d", i)
		all = append(all, createCredential(t, s, c))
	}
	for _, c := range all {
		checkCredential(t, fmt.Sprintf("key %.40q", c.Key), s, c)
		checkCredentials(t, fmt.Sprintf("user of key %.40q", c.Key), s, c.UserID, nil, c)
	}
}

func testCredentialData(t *testing.T, s credentialStore) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for i, data := range [][]byte{nil, {}, {0}, []byte("{ }\n"), []byte(`"\u00e4"`), every, bytes.Repeat(every, 256)} {
		c := sampleCredential(s.NewID(), fmt.Sprint(i))
		c.Data = data
		createCredential(t, s, c)
		checkCredential(t, fmt.Sprintf("%d bytes", len(data)), s, c)
	}
}

func testCredentialNotShared(t *testing.T, s credentialStore) {
	c := sampleCredential(s.NewID(), "key")
	given := c
	given.Data = bytes.Clone(c.Data)
	createCredential(t, s, given)
	given.Data[0] = 'X'
	checkCredential(t, "after what was passed in has changed", s, c)
	for range 2 {
		got, err := s.CredentialByKey(t.Context(), c.Kind, c.Key)
		listed, listErr := s.CredentialsOf(t.Context(), c.UserID)
		if err != nil || listErr != nil || len(listed) != 1 {
			t.Fatalf("got %v, %v and %d credentials", err, listErr, len(listed))
		}
		checkSameCredential(t, "CredentialByKey", got, c)
		checkSameCredential(t, "CredentialsOf", listed[0], c)
		got.Data[0], listed[0].Data[0] = 'X', 'X'
	}
}

// testCredentialExpired does not wait for a store that tidies up.
func testCredentialExpired(t *testing.T, s credentialStore) {
	c := sampleCredential(s.NewID(), "key")
	c.ExpiresAt = time.Now().Add(time.Hour).Truncate(time.Millisecond)
	createCredential(t, s, c)
	checkCredential(t, "before its end", s, c)
	after := c
	after.Rev, after.ExpiresAt, after.LastUsedAt = 2, time.Time{}, time.Time{}
	checkSwapped(t, "to no end", s, c, after, true)
	checkCredential(t, "without end", s, after)
}

func testCredentialsOf(t *testing.T, s credentialStore) {
	arthur, merlin := s.NewID(), s.NewID()
	byAge := make([]records.Credential, 6)
	for _, i := range []int{3, 0, 4, 1, 5, 2} {
		c := sampleCredential(arthur, fmt.Sprint(i))
		c.Kind = []records.CredentialKind{"passkey", "totp", "api_key"}[i%3]
		c.CreatedAt = start.Add(time.Duration(i) * time.Millisecond)
		byAge[i] = createCredential(t, s, c)
	}
	other := createCredential(t, s, sampleCredential(merlin, "other"))
	kinds := func(kinds ...records.CredentialKind) []records.CredentialKind { return kinds }
	checkCredentials(t, "all", s, arthur, nil, byAge...)
	checkCredentials(t, "one kind", s, arthur, kinds("totp"), byAge[1], byAge[4])
	checkCredentials(t, "two kinds", s, arthur, kinds("api_key", "passkey"), byAge[0], byAge[2], byAge[3], byAge[5])
	checkCredentials(t, "one kind twice", s, arthur, kinds("totp", "totp"), byAge[1], byAge[4])
	checkCredentials(t, "no such kind", s, arthur, kinds("", "TOTP", "\xff"))
	checkCredentials(t, "another user's", s, merlin, nil, other)
	for _, id := range []user.ID{s.NewID(), "nonsense", "", "\xff"} {
		checkCredentials(t, fmt.Sprintf("user %q", id), s, id, nil)
	}
}

func testCredentialEndedContext(t *testing.T, s credentialStore) {
	u := add(t, s, "arthur@camelot.bt")
	c := createCredential(t, s, sampleCredential(u.ID, "key"))
	after := c
	after.Rev++
	checkEnded(t, map[string]func(ctx context.Context) error{
		"CreateCredential":             func(ctx context.Context) error { return s.CreateCredential(ctx, sampleCredential(u.ID, "2")) },
		"CredentialByKey":              func(ctx context.Context) error { return second(s.CredentialByKey(ctx, c.Kind, c.Key)) },
		"CredentialsOf":                func(ctx context.Context) error { return second(s.CredentialsOf(ctx, u.ID)) },
		"SwapCredential":               func(ctx context.Context) error { return second(s.SwapCredential(ctx, c, after)) },
		"DeleteCredential":             func(ctx context.Context) error { return s.DeleteCredential(ctx, u.ID, c.ID, records.KeepNone) },
		"DeleteCredential keeping one": func(ctx context.Context) error { return s.DeleteCredential(ctx, u.ID, c.ID, records.KeepLastOne) },
		"DeleteCredentialsOf":          func(ctx context.Context) error { return s.DeleteCredentialsOf(ctx, u.ID) },
	})
	checkCredentials(t, "after operations with an ended context", s, u.ID, nil, c)
}
