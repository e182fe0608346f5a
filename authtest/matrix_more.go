package authtest

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
)

// Caller is a further caller of the [Matrix]: one more column of the table.
type Caller struct {
	// Name is the head of the column. Required.
	Name string
	// User are the options of the caller's user, who is active.
	User []UserOption
	// SetUp prepares the account of the user u, if it is set. Since that may take long,
	// such a user is not of one call alone: it makes all calls until a route changes the
	// account, and the next one is set up. r is the request that is made first.
	SetUp func(k *Kit, r *http.Request, b backends.Backend, u *ginauth.User)
	// LogIn makes r a request of the user u through backend b, as [Kit.LogIn] does. The
	// Kit is one over the application of the matrix; it has no mails. Required.
	LogIn func(k *Kit, r *http.Request, b backends.Backend, u *ginauth.User)
	// LikeAnonymous makes every answer that is not the one of the anonymous caller a
	// failure of the test, whatever the file has.
	LikeAnonymous bool
	// Like are the names of other columns. An answer that is in none of them makes the
	// test fail, whatever the file has. LikeAnonymous is the same as "anonymous".
	Like []string
	// Except are the operations of ginauth's routes, such as "login_factors", that may
	// answer the caller otherwise.
	Except []string
}

// Callers adds columns to the table, for example those of package factortest.
func Callers(more ...Caller) MatrixOption {
	return func(c *choices) { c.more = append(c.more, more...) }
}

// Stale returns the caller "stale": an active and verified user who logged in eleven
// minutes ago, for applications with routes that demand a fresh login.
func Stale() Caller {
	return Caller{Name: "stale", User: []UserOption{Verified()}, LogIn: func(k *Kit, r *http.Request, b backends.Backend, u *ginauth.User) {
		k.Stale(r, b, u)
	}}
}

// staleAge is how old the login of Kit.Stale is: older than what is usually taken
// for fresh, and no older than the tokens of any backend by default.
const staleAge = 11 * time.Minute

// Stale is [Kit.LogIn] eleven minutes ago: longer ago than what routes usually demand of
// a fresh login ([ginauth.Fresh]). The clock shows the same time afterwards.
func (k *Kit) Stale(r *http.Request, b backends.Backend, u *ginauth.User) (token string) {
	k.t.Helper()
	k.Clock.Advance(-staleAge)
	defer k.Clock.Advance(staleAge)
	return k.LogIn(r, b, u)
}

// Pending makes r a request of u whose login through backend b waits for the second
// factor, which u must have. It gets what a client has then: the cookie with the login
// token, or, where the backend has none, the login token in the place of the token. It
// returns the login token that the body of such an answer has, empty where it is in a
// cookie.
func (k *Kit) Pending(r *http.Request, b backends.Backend, u *ginauth.User) (loginToken string) {
	k.t.Helper()
	k.mustKnow("Pending", r, u)
	loginToken, err := k.door.pend(r, b.Name, u)
	if err != nil {
		k.t.Fatalf("authtest: log in half-way through backend %q: %v", b.Name, err)
	}
	return loginToken
}

// callers returns the columns of the table.
func (m *matrix) callers() []caller {
	all := slices.Clone(callers)
	for _, c := range m.more {
		all = append(all, caller{name: c.Name, user: append([]UserOption{}, c.User...), more: &c})
	}
	return all
}

// dressMore makes r a request of a caller that an option added.
func (m *matrix) dressMore(c Caller, r *http.Request, b *backends.Running) (leave func(), err error) {
	backend := backends.Backend{Name: b.Name}
	if c.SetUp == nil {
		u, err := m.user(c.User)
		if err != nil {
			return func() {}, err
		}
		kit := m.kit()
		c.LogIn(kit, r, backend, u)
		return func() {
			m.remove(u)
			for _, actor := range kit.actors {
				m.remove(actor)
			}
		}, nil
	}
	ctx := context.Background()
	u := m.kept[c.Name]
	if u != nil {
		if stored, err := m.auth.Manager().ByID(ctx, u.ID); err != nil || !reflect.DeepEqual(stored, u) {
			m.remove(u)
			u = nil
		}
	}
	if u == nil {
		if u, err = m.user(c.User); err != nil {
			return func() {}, err
		}
		c.SetUp(m.kit(), r, backend, u)
		if u, err = m.auth.Manager().ByID(ctx, u.ID); err != nil {
			return func() {}, err
		}
		m.kept[c.Name] = u
	}
	c.LogIn(m.kit(), r, backend, u)
	return func() {
		if tokens := b.Records(); tokens != nil {
			_ = tokens.DeleteTokensOf(ctx, u.ID, "")
		}
	}, nil
}

// checkLike fails the test where a caller that must get the answers of others gets another.
func (m *matrix) checkLike(r route, l line) {
	m.t.Helper()
	for i, c := range m.more {
		like := c.like()
		got := l.cells[len(callers)+i]
		var want []string
		for j, other := range m.callers() {
			if slices.Contains(like, other.name) {
				want = append(want, l.cells[j])
			}
		}
		if len(like) == 0 || slices.Contains(want, got) || slices.Contains(c.Except, m.operation(r)) {
			continue
		}
		m.t.Errorf("authtest: %s by %s: the caller %q got %s, want %s as the %s one", r, l.by[0], c.Name, got,
			strings.Join(want, " or "), strings.Join(like, " or the "))
	}
}

// like returns the names of the columns that have the answers c may get, none for any.
func (c Caller) like() []string {
	if c.LikeAnonymous {
		return append([]string{callers[0].name}, c.Like...)
	}
	return c.Like
}

// operation returns the name of what a route of ginauth's does, "" for another's.
func (m *matrix) operation(r route) string {
	for _, group := range m.auth.Routes().Attached() {
		for _, own := range group.Routes {
			if own.Method == r.method && joined(group.Prefix, own.Path) == r.path {
				return own.Operation
			}
		}
	}
	return ""
}
