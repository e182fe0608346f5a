package factors_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

func withIssuer(issuer string) func(*ginauth.Config, *factors.Config) {
	return func(_ *ginauth.Config, f *factors.Config) { f.Issuer = issuer }
}

func withSecrets(current secrets.Secret, previous ...secrets.Secret) func(*ginauth.Config, *factors.Config) {
	return func(c *ginauth.Config, _ *factors.Config) { c.Secret, c.PreviousSecrets = current, previous }
}

// bare is a store without the abilities that factors need.
type bare struct{ user.Store }

func TestNewReportsAllMistakes(t *testing.T) {
	t.Parallel()
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	auth, err := ginauth.New(ginauth.Config{Store: bare{usertest.NewStore()}, Secret: secret, Backends: []backends.Backend{api}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = factors.New(t.Context(), auth, factors.Config{TrustDevice: -1, Fresh: -1})
	for _, part := range []string{
		"Config.Issuer is missing", "Config.TrustDevice is negative", "Config.Fresh is negative",
		"is not a records.CredentialStore", "is not a records.PendingStore",
	} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("got %v, want %q in it", err, part)
		}
	}
	auth, err = ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{api}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = factors.New(t.Context(), auth, factors.Config{Issuer: "a\nb", TrustDeviceFor: func(*user.User) bool { return true }})
	for _, part := range []string{"Config.Issuer has characters that cannot be shown", "Config.TrustDeviceFor has no effect"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("got %v, want %q in it", err, part)
		}
	}
	auth.AuthRoutes(api)
	defer func() {
		if cause, _ := recover().(string); !strings.Contains(cause, "must be added before AuthRoutes is called") {
			t.Errorf("got the panic %q, want one that names the order", cause)
		}
	}()
	_, _ = factors.New(t.Context(), auth, factors.Config{Issuer: "Camelot"})
}

// F39: a lost key is an error at start, and never "no factor".
func TestLostKey(t *testing.T) {
	t.Parallel()
	const second, third = secrets.Secret("fedcba9876543210fedcba9876543210"), secrets.Secret("00000000000000001111111111111111")
	w := newWorld(t)
	k := w.client("jwt").enter(arthur).enrol("Phone")
	merlin := w.register(merlin)
	if err := w.tryStart(withSecrets(second)); err == nil || !strings.Contains(err.Error(), "PreviousSecrets") {
		t.Errorf("without the former secret: got %v, want an error that names PreviousSecrets", err)
	}
	w.start(withSecrets(second, secret))
	w.client("jwt").full(arthur, k) // and seals it again

	// What was sealed is bound to its record: elsewhere it opens for nobody.
	all, err := w.Memory.CredentialsOf(t.Context(), w.User(arthur).ID, "totp")
	if err != nil {
		t.Fatal(err)
	}
	moved := all[0]
	moved.ID, moved.UserID, moved.Key, moved.Rev = records.NewCredentialID(), merlin.ID, string(merlin.ID)+":0", 1
	yes := true
	if _, err := w.Memory.Update(t.Context(), merlin.ID, user.Update{SecondFactor: &yes}); err != nil {
		t.Fatal(err)
	}
	if err := w.Memory.CreateCredential(t.Context(), moved); err != nil {
		t.Fatal(err)
	}
	m := w.client("jwt")
	want(t, "a secret of another record", m.answer(m.half(merlin.Email), "totp", w.at(k, 0)), 503, `{"detail":"Service Unavailable"}`)
	if err := w.Memory.DeleteCredential(t.Context(), merlin.ID, moved.ID, records.KeepNone); err != nil {
		t.Fatal(err)
	}

	// Everything is sealed again; then the former secret may go.
	w.client("jwt").enter(w.register("lancelot@camelot.bt").Email).enrol("Phone")
	w.start(withSecrets(third, second, secret))
	if n, err := w.factors.Reseal(t.Context()); err != nil || n != 2 {
		t.Errorf("Reseal: got %d, %v, want 2", n, err)
	}
	if n, err := w.factors.Reseal(t.Context()); err != nil || n != 0 {
		t.Errorf("Reseal again: got %d, %v, want 0", n, err)
	}
	w.start(withSecrets(third))
	w.Wait(time.Minute)
	w.client("jwt").full(arthur, k)
}
