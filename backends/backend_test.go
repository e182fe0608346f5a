package backends_test

import (
	"strings"
	"testing"

	"github.com/ginauth/ginauth/backends"
)

func TestReduceName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"web": "web", "Web_2": "Web_2", "my-api": "myapi", "2fa": "fa", "_x": "x", "1_2a-b c": "abc", "jwt.v1": "jwtv1",
		"é": "", "héllo": "hllo", "": "", "42": "", "__": "", "\u212a": "",
	} {
		if got := backends.ReduceName(name); got != want {
			t.Errorf("ReduceName(%q): got %q, want %q", name, got, want)
		}
	}
}

func TestSetUp(t *testing.T) {
	t.Parallel()
	setup := newClock(t).setup()
	running, err := backends.SetUp(backends.Backend{Name: "my-api", Transport: backends.Bearer{}, Strategy: backends.Database{}}, setup)
	if err != nil {
		t.Fatalf("SetUp: %v", err)
	}
	if running.Name != "myapi" || running.Carrier == nil || running.Tokens == nil || running.Records() == nil {
		t.Errorf("got %+v, want a backend myapi with records", running)
	}
	token := issue(t, running.Tokens, arthur())
	identity, found, err := running.Tokens.Read(t.Context(), token)
	if err != nil || !found || identity.Record.Backend != "myapi" {
		t.Errorf("Read: got %+v, found %v, error %v, want a record of myapi", identity, found, err)
	}

	setup.Tokens = nil
	running, err = backends.SetUp(backends.Backend{Name: "42", Strategy: backends.Database{IdleTimeout: -1}}, setup)
	if running != nil || err == nil {
		t.Fatalf("got %v, %v, want an error", running, err)
	}
	for _, want := range []string{`Name "42"`, "Transport is missing", "Strategy: ", "store keeps no tokens", "IdleTimeout is -1ns"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want it to contain %q", err, want)
		}
	}
	if _, err = backends.SetUp(backends.Backend{Name: "web", Transport: backends.Bearer{}}, setup); err == nil || err.Error() != "Strategy is missing" {
		t.Errorf("got %v, want Strategy is missing", err)
	}
}
