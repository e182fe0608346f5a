package telemetry_test

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/internal/test/source"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/telemetry"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

const secret = secrets.Secret("0123456789abcdef0123456789abcdef")

// Every call of a store is in a collection.
func TestCollections(t *testing.T) {
	t.Parallel()
	root, err := source.Root()
	if err != nil {
		t.Fatal(err)
	}
	calls := regexp.MustCompile(`\(ctx, s, "([A-Za-z]+)"`)
	found := map[string]bool{}
	err = eachFile(root+"/telemetry", func(_, text string) {
		for _, match := range calls.FindAllStringSubmatch(text, -1) {
			found[match[1]] = true
		}
	})
	if err != nil || len(found) < 40 {
		t.Fatalf("found %d calls, %v", len(found), err)
	}
	known := telemetry.Collections()
	for method := range found {
		if known[method] == "" {
			t.Errorf("%s has no collection", method)
		}
	}
}

// wrapped returns the store as the application has it.
func wrapped(store user.Store) user.Store {
	return telemetry.Wrap(ginauth.Config{Store: store}).Store
}

// A wrapped store is the store that it wraps.
func TestWrappedStore(t *testing.T) {
	t.Parallel()
	open := func(*testing.T) user.Store {
		return wrapped(usertest.NewStore(usertest.WithProfile[usertest.Profile]()))
	}
	t.Run("users", func(t *testing.T) { usertest.TestStore(t, open) })
	t.Run("accounts", func(t *testing.T) { usertest.TestOAuthStore(t, open) })
	t.Run("tokens", func(t *testing.T) { usertest.TestTokenUserStore(t, open) })
	t.Run("credentials", func(t *testing.T) { usertest.TestCredentialStore(t, open) })
	t.Run("pending", func(t *testing.T) { usertest.TestPendingStore(t, open) })
	t.Run("limits", func(t *testing.T) {
		usertest.TestLimitStore(t, func(*testing.T) limits.Store { return wrapped(usertest.NewStore()).(limits.Store) })
	})
}

// bare has no optional ability, and tokens one.
type bare struct{ user.Store }
type tokens struct {
	user.Store
	records.TokenStore
}

// A wrapped store has the optional abilities of the store, and no other.
func TestAbilities(t *testing.T) {
	t.Parallel()
	memory := usertest.NewStore()
	has := func(store user.Store) string {
		var all []string
		add := func(name string, ok bool) {
			if ok {
				all = append(all, name)
			}
		}
		_, ok := records.As[records.TokenStore](store)
		add("TokenStore", ok)
		_, ok = records.As[records.RotatingTokenStore](store)
		add("RotatingTokenStore", ok)
		_, ok = records.As[user.TokenUserStore](store)
		add("TokenUserStore", ok)
		_, ok = records.As[records.CredentialStore](store)
		add("CredentialStore", ok)
		_, ok = records.As[records.PendingStore](store)
		add("PendingStore", ok)
		_, ok = records.As[records.OAuthStore](store)
		add("OAuthStore", ok)
		_, ok = records.As[records.UsedStore](store)
		add("UsedStore", ok)
		_, ok = records.As[limits.Store](store)
		add("limits.Store", ok)
		_, ok = records.As[records.Ensurer](store)
		add("Ensurer", ok)
		return strings.Join(all, " ")
	}
	for _, test := range []struct {
		name  string
		store user.Store
		want  string
	}{
		{"none", bare{memory}, ""},
		{"tokens", tokens{memory, memory}, "TokenStore"},
		{"all in memory", memory, has(memory)},
	} {
		if got := has(wrapped(test.store)); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	if _, err := ginauth.New(telemetry.Wrap(ginauth.Config{})); err == nil || !strings.Contains(err.Error(), "Store is missing") {
		t.Errorf("got %v, want that the store is missing", err)
	}
}

// Every code that a route can send is a value of the attribute code.
func TestCodesKnown(t *testing.T) {
	t.Parallel()
	if !slices.IsSorted(telemetry.CodesKnown) {
		t.Error("the codes are not sorted")
	}
	root, err := source.Root()
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile(`"([A-Z]+(?:_[A-Z0-9]+)+)"`)
	found := 0
	err = eachFile(root+"/routes", func(path, text string) {
		for _, match := range literal.FindAllStringSubmatch(text, -1) {
			found++
			if _, known := slices.BinarySearch(telemetry.CodesKnown, match[1]); !known {
				t.Errorf("%s: %s is not in telemetry/codes.go", path, match[1])
			}
		}
	})
	if err != nil || found == 0 {
		t.Errorf("found %d codes, %v", found, err)
	}
}

// Without this package nothing of OpenTelemetry is linked, and with it the API alone.
func TestDependencies(t *testing.T) {
	t.Parallel()
	deps := func(packages ...string) string {
		command := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps"}, packages...)...)
		command.Dir = ".."
		out, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if all := deps(".", "./routes/...", "./backends/...", "./user", "./mails", "./audit/...", "./mongostore"); strings.Contains(all, "go.opentelemetry.io") {
		t.Error("a package other than telemetry links OpenTelemetry")
	}
	if own := deps("./telemetry"); strings.Contains(own, "go.opentelemetry.io/otel/sdk") || strings.Contains(own, "mongo-driver/v2/mongo\n") {
		t.Error("package telemetry links more than the API")
	}
}
