package contract

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
)

// world is one application that is checked, and who lives in it.
type world struct {
	url  string
	wire wire
	// many is how many requests race each other.
	many int
	// super is a verified superuser, nil where none is known. Nobody changes it.
	super *person
	// arthur is an active user that is neither verified nor superuser. Nobody changes him.
	arthur *person
	// lancelot is another, whose address is taken.
	lancelot *person
	// way is how requests travel where it is not the ordinary one.
	way http.RoundTripper
	// in is nil for an application at a URL.
	in *inside

	mu     sync.Mutex
	tokens []string
}

// dial returns the world of a running application.
func dial(t *testing.T, url string) *world {
	t.Helper()
	w := &world{url: strings.TrimRight(url, "/"), many: 10}
	// The profile is told by one wording; all the others then have to fit it.
	answer := w.client().post(t, "/auth/verify", `{}`)
	if strings.Contains(answer.body, "Field required") {
		w.wire = v15
	}
	t.Logf("the application at %s answers in wire profile %v", w.url, w.wire)
	return w
}

// settle brings in who lives in every world.
func (w *world) settle(t testing.TB) {
	t.Helper()
	switch {
	case w.in != nil:
		w.super = w.newSuperuser(t, "merlin@camelot.bt")
	case *superuserEmail != "":
		w.super = &person{client: w.client(), account: account{email: *superuserEmail}, password: *superuserPassword}
	}
	if w.super != nil {
		w.super.logIn(t)
		w.super.id = idOf(t, w.super.get(t, "/users/me"))
	}
	w.arthur, w.lancelot = w.member(t), w.register(t)
}

func (w *world) settled(t testing.TB) *world {
	t.Helper()
	w.settle(t)
	return w
}

// newSuperuser brings in a verified superuser.
func (w *world) newSuperuser(t testing.TB, email string) *person {
	t.Helper()
	p := newPerson(w, email)
	p.account.superuser, p.account.verified = true, true
	p.id = w.in.create(t, email, func(u *user.User) { u.IsSuperuser, u.IsVerified = true, true })
	return p
}

// admin returns the superuser; without one the test is skipped.
func (w *world) admin(t testing.TB) *person {
	t.Helper()
	if w.super == nil {
		skips.skip(t, needsSuperuser)
	}
	return w.super
}

// secrets are texts that must be in no error and no log line.
func (w *world) secrets() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string{password, otherPassword, "$argon2", "$2a$"}, w.tokens...)
}

// keepSecret notes a token that must not turn up anywhere.
func (w *world) keepSecret(token string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tokens = append(w.tokens, token)
}

// address returns an e-mail address that nobody has.
func address() string { return "arthur." + unique() + "@camelot.bt" }

func unique() string { return strings.ToLower(rand.Text()) }

// mailShown is a mail as the outbox shows it.
type mailShown struct {
	To    string `json:"to"`
	Kind  string `json:"kind"`
	Token string `json:"token"`
}

// mails returns the tokens of the mails of a kind to an address, oldest first. It
// waits until there are at least n.
func (w *world) mails(t testing.TB, kind, to string, n int) []string {
	t.Helper()
	deadline := time.After(30 * time.Second)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		tokens := w.mailsNow(t, kind, to)
		if len(tokens) >= n {
			return tokens
		}
		select {
		case <-again.C: // mails leave off the request, and the outbox cannot be waited for from outside
		case <-deadline:
			t.Fatalf("got %d mails of kind %s to %s, want %d", len(tokens), kind, to, n)
		}
	}
}

func (w *world) mailsNow(t testing.TB, kind, to string) []string {
	t.Helper()
	response, err := w.client().http.Get(w.url + "/outbox.json")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 200 {
		skips.skip(t, needsOutbox)
	}
	var shown []mailShown
	if err := json.NewDecoder(response.Body).Decode(&shown); err != nil {
		t.Fatal(err)
	}
	shown = slices.DeleteFunc(shown, func(m mailShown) bool { return m.Kind != kind || m.To != to })
	tokens := make([]string, len(shown))
	for i, m := range shown {
		tokens[i] = m.Token
		w.keepSecret(m.Token)
	}
	return tokens
}
