package ginauth_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/username"
	"github.com/ginauth/ginauth/user/usertest"
)

// named is an application with user names and a clock.
type named struct {
	*gin.Engine
	t     *testing.T
	auth  *ginauth.Auth
	store *usertest.Store
	now   time.Time
}

func newNamed(t *testing.T, change ...func(*ginauth.Config)) *named {
	t.Helper()
	n := &named{Engine: gin.New(), t: t, store: usertest.NewStore(), now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	config := ginauth.Config{
		Store: n.store, Secret: secret, Backends: []backends.Backend{api}, Limits: limits.Config{Off: true},
		Hasher: password.Config{Wait: time.Minute},
		Policy: user.Policy{Usernames: &username.Rules{}},
		Now:    func() time.Time { return n.now },
	}
	for _, c := range change {
		c(&config)
	}
	var err error
	if n.auth, err = ginauth.New(config); err != nil {
		t.Fatal(err)
	}
	n.auth.AuthRoutes(api).Attach(n.Group("/auth"))
	n.auth.RegisterRoutes().Attach(n.Group("/auth"))
	n.auth.UsersRoutes().Attach(n.Group("/users"))
	return n
}

var anyID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// want sends a request and compares the answer, in which ids are ID.
func (n *named) want(method, path, body, token, want string) {
	n.t.Helper()
	if got := anyID.ReplaceAllString(sendTo(n, method, path, body, token), "ID"); got != want {
		n.t.Errorf("%s %s %s:\ngot  %s\nwant %s", method, path, body, got, want)
	}
}

// wants is want for register, with the password guinevere.
func (n *named) wantRegister(email, more, want string) {
	n.t.Helper()
	n.want(http.MethodPost, "/auth/register", `{"email":"`+email+`","password":"guinevere"`+more+`}`, "", want)
}

// logIn returns the token, or the refusal where there is none.
func (n *named) logIn(name, password string) string {
	answer := post(n, "/auth/login", `{"username":"`+name+`","password":"`+password+`"}`)
	_, body, ok := strings.Cut(answer, "200 ")
	if !ok {
		return answer
	}
	var granted struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &granted); err != nil {
		n.t.Error(err)
	}
	return granted.Token
}

func (n *named) wantLogin(name, password, want string) {
	n.t.Helper()
	got := n.logIn(name, password)
	if token := !strings.HasPrefix(got, "4"); want == "" && token || got == want {
		return
	}
	n.t.Errorf("login as %q: got %s, want %q", name, got, want)
}

const (
	badLogin = `400 {"detail":"LOGIN_BAD_CREDENTIALS"}`
	tooMany  = `429 {"detail":"TOO_MANY_REQUESTS"}`
	taken    = `400 {"detail":"REGISTER_USERNAME_TAKEN"}`
	retaken  = `400 {"detail":"UPDATE_USERNAME_TAKEN"}`
)

func account(status int, email, name string) string {
	return fmt.Sprintf(`%d {"id":"ID","email":"%s","username":%s,"is_active":true,"is_superuser":false,"is_verified":false}`, status, email, name)
}

func badName(reason string) string {
	return `422 {"detail":[{"loc":["body","username"],"msg":"` + reason + `","type":"value_error"}]}`
}

const (
	badForm  = "user name must be 3 to 32 letters a-z or digits, with single '.', '_' or '-' between them"
	reserved = "user name is reserved"
)

func TestUsernames(t *testing.T) {
	t.Parallel()
	n := newNamed(t)
	n.wantRegister("arthur@camelot.bt", `,"username":"King.Arthur"`, account(201, "arthur@camelot.bt", `"King.Arthur"`))
	n.wantRegister("merlin@camelot.bt", "", account(201, "merlin@camelot.bt", "null"))
	n.wantRegister("gawain@camelot.bt", `,"username":null`, account(201, "gawain@camelot.bt", "null")) // unset names do not collide
	n.wantRegister("mordred@camelot.bt", `,"username":"KING.arthur"`, taken)
	n.wantRegister("mordred@camelot.bt", "", account(201, "mordred@camelot.bt", "null"))
	n.wantLogin("king.ARTHUR", "guinevere", "")
	n.wantLogin("Arthur@camelot.bt", "guinevere", "")
	n.wantLogin("king.arthur", "lancelot", badLogin)
	n.wantLogin("mordred", "guinevere", badLogin)
	n.wantLogin("-", "guinevere", badLogin)

	arthur, merlin := n.logIn("king.arthur", "guinevere"), n.logIn("merlin@camelot.bt", "guinevere")
	me := func(token, body, want string) { t.Helper(); n.want(http.MethodPatch, "/users/me", body, token, want) }
	n.want(http.MethodGet, "/users/me", "", arthur, account(200, "arthur@camelot.bt", `"King.Arthur"`))
	me(merlin, `{"username":"king.arthur"}`, retaken)
	me(merlin, `{"username":"merlin"}`, account(200, "merlin@camelot.bt", `"merlin"`))
	me(merlin, `{"username":"MERLIN"}`, account(200, "merlin@camelot.bt", `"MERLIN"`))
	me(merlin, `{}`, account(200, "merlin@camelot.bt", `"MERLIN"`))
	me(arthur, `{"username":null}`, account(200, "arthur@camelot.bt", "null"))
	n.wantLogin("king.arthur", "guinevere", badLogin)
	me(merlin, `{"username":"king.arthur"}`, account(200, "merlin@camelot.bt", `"king.arthur"`)) // one that was given up is free

	root, err := n.auth.Manager().Create(t.Context(), user.Registration{Email: "root@camelot.bt", Password: "guinevere", IsSuperuser: true, Username: "the-root"})
	if err != nil {
		t.Fatal(err)
	}
	token := n.logIn("the-root", "guinevere")
	n.want(http.MethodPatch, "/users/"+string(root.ID), `{"username":"King.Arthur"}`, token, retaken)
	n.want(http.MethodPatch, "/users/"+string(root.ID), `{"username":"lady"}`, token,
		`200 {"id":"ID","email":"root@camelot.bt","username":"lady","is_active":true,"is_superuser":true,"is_verified":false}`)
	if u, err := n.auth.Manager().ByUsername(t.Context(), "LADY"); err != nil || u.ID != root.ID {
		t.Errorf("ByUsername: got %v, %v", u, err)
	}
}

func TestUsernameForm(t *testing.T) {
	t.Parallel()
	n := newNamed(t)
	n.wantRegister("arthur@camelot.bt", "", account(201, "arthur@camelot.bt", "null"))
	token := n.logIn("arthur@camelot.bt", "guinevere")
	notText := `422 {"detail":[{"loc":["body","username"],"msg":"str type expected","type":"type_error.str"}]}`
	for _, tt := range []struct{ name, value, want string }{
		{"empty", `""`, badName(badForm)},
		{"short", `"ab"`, badName(badForm)},
		{"shortest", `"abc"`, ""},
		{"longest", `"` + strings.Repeat("a", 32) + `"`, ""},
		{"long", `"` + strings.Repeat("a", 33) + `"`, badName(badForm)},
		{"address", `"a@b.bt"`, badName(badForm)},
		{"separators", `"a.b_c-d"`, ""},
		{"two separators", `"a.-b"`, badName(badForm)},
		{"separator first", `".ab"`, badName(badForm)},
		{"separator last", `"ab-"`, badName(badForm)},
		{"space", `" abc"`, badName(badForm)},
		{"Cyrillic", `"аrthur"`, badName(badForm)},
		{"Kelvin sign", `"\u212Aing"`, badName(badForm)},
		{"NUL", `"abc\u0000"`, badName(badForm)},
		{"reserved", `"ADMIN"`, badName(reserved)},
		{"number", `123`, notText},
		{"surrogate", `"ab\ud800"`, `400 {"detail":"There was an error parsing the body"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := &named{Engine: n.Engine, t: t}
			want := tt.want
			if want == "" {
				want = account(200, "arthur@camelot.bt", tt.value)
			}
			n.want(http.MethodPatch, "/users/me", `{"username":`+tt.value+`}`, token, want)
			if tt.want != "" {
				n.wantRegister("merlin@camelot.bt", `,"username":`+tt.value, want)
			}
		})
	}
}

// TestUsernameAtOnce has two spellings of one name registered at once.
func TestUsernameAtOnce(t *testing.T) {
	t.Parallel()
	n := newNamed(t)
	for round := range 50 {
		var answers [2]string
		var wait sync.WaitGroup
		for i, name := range []string{"Galahad", "gALAHAD"} {
			wait.Go(func() {
				body := fmt.Sprintf(`{"email":"g%d@camelot%d.bt","password":"guinevere","username":"%s%d"}`, round, i, name, round)
				answers[i] = post(n, "/auth/register", body)[:3]
			})
		}
		wait.Wait()
		slices.Sort(answers[:])
		if answers != [2]string{"201", "400"} {
			t.Fatalf("round %d: got %v", round, answers)
		}
	}
}

// TestUsernameIsNoLocalPart has one user's name equal to the local part of another's
// address.
func TestUsernameIsNoLocalPart(t *testing.T) {
	t.Parallel()
	n := newNamed(t)
	n.wantRegister("arthur@camelot.bt", "", account(201, "arthur@camelot.bt", "null"))
	post(n, "/auth/register", `{"email":"mordred@camelot.bt","password":"morgan-le-fay","username":"arthur"}`)
	n.wantLogin("arthur", "guinevere", badLogin)
	n.wantLogin("arthur", "morgan-le-fay", "")
	n.wantLogin("arthur@camelot.bt", "guinevere", "")
	n.wantLogin("arthur@camelot.bt", "morgan-le-fay", badLogin)
}

// TestUsernameSharesFailures has failures by name and by address in one row.
func TestUsernameSharesFailures(t *testing.T) {
	t.Parallel()
	n := newNamed(t, func(c *ginauth.Config) { c.Limits = limits.Config{} })
	n.wantRegister("arthur@camelot.bt", `,"username":"arthur"`, account(201, "arthur@camelot.bt", `"arthur"`))
	for _, name := range []string{"arthur", "arthur@camelot.bt", "ARTHUR", "Arthur@Camelot.bt", "arthur"} {
		n.wantLogin(name, "lancelot", badLogin)
	}
	for _, name := range []string{"arthur", "arthur@camelot.bt"} {
		n.wantLogin(name, "guinevere", tooMany)
	}
	for range 5 {
		n.wantLogin("Nobody.Here", "lancelot", badLogin)
	}
	n.wantLogin("nobody.here", "lancelot", tooMany)
	n.wantLogin("another", "lancelot", badLogin)
}

func TestUsernameOfTheDeletedIsRetired(t *testing.T) {
	t.Parallel()
	n := newNamed(t)
	n.wantRegister("arthur@camelot.bt", `,"username":"arthur"`, account(201, "arthur@camelot.bt", `"arthur"`))
	u, err := n.auth.Manager().ByEmail(t.Context(), "arthur@camelot.bt")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.auth.Manager().Delete(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	n.wantRegister("mordred@camelot.bt", `,"username":"Arthur"`, taken)
	n.now = n.now.Add(90*24*time.Hour - time.Second)
	n.wantRegister("mordred@camelot.bt", `,"username":"Arthur"`, taken)
	n.now = n.now.Add(time.Second)
	n.wantRegister("mordred@camelot.bt", `,"username":"Arthur"`, account(201, "mordred@camelot.bt", `"Arthur"`))
}

func TestUsernameRequiredAndImmutable(t *testing.T) {
	t.Parallel()
	n := newNamed(t, func(c *ginauth.Config) {
		c.Usernames = &username.Rules{Required: true, Immutable: true, Reserved: []string{"merlin"}}
	})
	const item = `422 {"detail":[{"loc":["body","username"],"msg":"%s","type":"%s"}]}`
	null := fmt.Sprintf(item, "none is not an allowed value", "type_error.none.not_allowed")
	n.wantRegister("arthur@camelot.bt", "", fmt.Sprintf(item, "field required", "value_error.missing"))
	n.wantRegister("arthur@camelot.bt", `,"username":null`, null)
	n.wantRegister("arthur@camelot.bt", `,"username":"merlin"`, badName(reserved))
	n.wantRegister("arthur@camelot.bt", `,"username":"admin"`, account(201, "arthur@camelot.bt", `"admin"`))
	token := n.logIn("admin", "guinevere")
	n.want(http.MethodPatch, "/users/me", `{"username":null}`, token, null)
	n.want(http.MethodPatch, "/users/me", `{"username":"Admin"}`, token, badName("user name cannot be changed"))
	n.want(http.MethodPatch, "/users/me", `{"username":"admin"}`, token, account(200, "arthur@camelot.bt", `"admin"`))
	n.want(http.MethodPost, "/auth/register", `{"email":1,"username":"!","password":2}`, "",
		`422 {"detail":[{"loc":["body","email"],"msg":"str type expected","type":"type_error.str"},`+
			`{"loc":["body","username"],"msg":"`+badForm+`","type":"value_error"},`+
			`{"loc":["body","password"],"msg":"str type expected","type":"type_error.str"}]}`)
}

// TestUsernameConcealed has no name in a registration that must not reveal which are taken.
func TestUsernameConcealed(t *testing.T) {
	t.Parallel()
	n := newNamed(t, func(c *ginauth.Config) { c.ConcealRegistration = true })
	for _, email := range []string{"arthur@camelot.bt", "merlin@camelot.bt"} {
		n.wantRegister(email, `,"username":"arthur"`, "202 null")
	}
	n.wantRegister("merlin@camelot.bt", `,"username":1`, "202 null")
	n.wantLogin("arthur", "guinevere", badLogin)
	token := n.logIn("arthur@camelot.bt", "guinevere")
	n.want(http.MethodPatch, "/users/me", `{"username":"arthur"}`, token, account(200, "arthur@camelot.bt", `"arthur"`))
	n.wantLogin("arthur", "guinevere", "")
}

// TestUsernamesOff has a client send names to an application that has none.
func TestUsernamesOff(t *testing.T) {
	t.Parallel()
	n := newNamed(t, func(c *ginauth.Config) { c.Usernames = nil })
	form := strings.Replace(account(201, "arthur@camelot.bt", "null"), `"username":null,`, "", 1)
	n.wantRegister("arthur@camelot.bt", `,"username":1`, form)
	token := n.logIn("arthur@camelot.bt", "guinevere")
	n.want(http.MethodPatch, "/users/me", `{"username":"arthur"}`, token, strings.Replace(form, "201", "200", 1))
	n.wantLogin("arthur", "guinevere", badLogin)
}

func TestNewRefusesUsernames(t *testing.T) {
	t.Parallel()
	type profile struct {
		Username string `json:"username" bson:"nick"`
	}
	_, err := ginauth.New(ginauth.Config{
		Store: struct{ user.Store }{usertest.NewStore(usertest.WithProfile[profile]())}, Secret: secret,
		Backends: []backends.Backend{{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}},
		Policy:   user.Policy{ConcealRegistration: true, Usernames: &username.Rules{Required: true, Reserved: []string{"Root"}}},
	})
	for _, want := range []string{
		"Config.Usernames is set, but the Store implements no user.UsernameStore",
		"Config.Usernames is set, but the Store implements no records.PendingStore",
		"Config.Usernames is set, but the profile has a field username",
		"Config.Usernames.Required and ConcealRegistration exclude each other",
		`Config.Usernames.Reserved has "Root"`,
	} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("got %v\nwant in it %s", err, want)
		}
	}
}
