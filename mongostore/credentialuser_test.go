package mongostore_test

import (
	"testing"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user/records"
)

// withKey stores a credential of arthur.
func withKey(t *testing.T, s *mongostore.Store) {
	t.Helper()
	if err := s.Ensure(t.Context(), mongostore.Credentials); err != nil {
		t.Fatal(err)
	}
	c := records.Credential{ID: records.NewCredentialID(), UserID: arthurID, Kind: "api_key", Key: "excalibur", Rev: 1}
	if err := s.CreateCredential(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// A guard with an API key is one command, and two on an engine that finds no user along
// with the key, which is not asked for it each time.
func TestCredentialWithUserIsOneCommand(t *testing.T) {
	t.Parallel()
	var sent recorder
	able := openOver(t, mongotest.WithLookup(t, mongotest.Database(t), noting(&sent)))
	withKey(t, able)
	sent.take()
	c, owner, err := able.CredentialWithUser(t.Context(), "api_key", "excalibur")
	if err != nil || c.UserID != arthurID || owner == nil || owner.ID != arthurID {
		t.Errorf("got %v of %v, %v, want both", c, owner, err)
	}
	if got := names(sent.take()); got != "[aggregate credentials]" {
		t.Errorf("got commands %s, want one", got)
	}
	unable := openOver(t, mongotest.WithoutLookup(t, mongotest.Database(t), 40324, noting(&sent)))
	withKey(t, unable)
	for _, want := range []string{"[aggregate credentials find credentials]", "[find credentials]"} {
		sent.take()
		c, owner, err := unable.CredentialWithUser(t.Context(), "api_key", "excalibur")
		if err != nil || c.UserID != arthurID || owner != nil {
			t.Errorf("got %v of %v, %v, want the credential alone", c, owner, err)
		}
		if got := names(sent.take()); got != want {
			t.Errorf("got commands %s, want %s", got, want)
		}
	}
}
