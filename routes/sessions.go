package routes

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// unlistedHeader names the backends whose tokens are not recorded.
const unlistedHeader = "Ginauth-Unlisted"

// session is one recorded token as its owner sees it.
type session struct {
	ID         string     `json:"id"`
	Backend    string     `json:"backend"`
	CreatedAt  time.Time  `json:"created_at"`
	LastSeenAt *time.Time `json:"last_seen_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	IP         string     `json:"ip"`
	UserAgent  string     `json:"user_agent"`
	Current    bool       `json:"current"`
	// Actor is the superuser who acts in the user's name, if one does.
	Actor user.ID `json:"actor,omitzero"`
}

// Sessions returns the group with which users see and end their own sessions,
// usually attached to /users/me.
func (r *Routes) Sessions(options GroupOptions) Group {
	own := Demands{User: true, Active: true, Verified: options.Verified}
	owner := func(c *gin.Context) (*user.User, error) {
		own := own
		own.Self = c.Request.Method == http.MethodDelete // ending sessions is the user's own affair
		err := r.Admit(c, own)
		return ResultFrom(c).User, err
	}
	// The token that asks outlives "log out everywhere else".
	keep := func(c *gin.Context) string { return ResultFrom(c).Identity.TokenHash }
	return r.sessionsGroup("sessions", own, meOperation, owner, keep)
}

// UserSessions returns the superusers' twin of [Routes.Sessions], to attach to a
// path with the parameter :id, usually /users/:id.
func (r *Routes) UserSessions(options GroupOptions) Group {
	admin := Demands{User: true, Active: true, Verified: options.Verified, Superuser: true}
	owner := func(c *gin.Context) (*user.User, error) {
		admin := admin
		admin.Self = c.Request.Method == http.MethodDelete
		return r.target(c, admin)
	}
	keep := func(*gin.Context) string { return "" }
	return r.sessionsGroup("user_sessions", admin, userOperation, owner, keep)
}

func (r *Routes) sessionsGroup(name string, guard Demands, op Operation,
	owner func(*gin.Context) (*user.User, error), keep func(*gin.Context) string,
) Group {
	docs := r.sessionDocs(guard.Superuser)
	events := map[string]user.EventKind{"end_all": user.EventSessionsEnded, "end": user.EventSessionEnded}
	route := func(method, path, operation string) Route {
		guard := guard
		guard.Self = method == http.MethodDelete
		return Route{Event: events[operation], Method: method, Path: path, Operation: operation, Guard: guard, Doc: docs[operation]}
	}
	return r.Group(name,
		r.Handled(route(http.MethodGet, "/sessions", "list"), op, r.listSessions(owner)),
		r.Handled(route(http.MethodDelete, "/sessions", "end_all"), op, r.endSessions(owner, keep)),
		r.Handled(route(http.MethodDelete, "/sessions/:session", "end"), op, r.endSession(owner)))
}

func (r *Routes) listSessions(owner func(*gin.Context) (*user.User, error)) Handler {
	return func(c *gin.Context) error {
		u, err := owner(c)
		if err != nil {
			return err
		}
		tokens, err := r.liveTokens(c, u)
		if err != nil {
			return err
		}
		current := ResultFrom(c).Identity.TokenHash
		sessions := make([]session, len(tokens))
		for i, t := range tokens {
			sessions[i] = r.newSession(t, current)
		}
		if names := r.unlisted(); len(names) > 0 {
			c.Header(unlistedHeader, strings.Join(names, ","))
		}
		return JSON(c, http.StatusOK, sessions)
	}
}

func (r *Routes) endSession(owner func(*gin.Context) (*user.User, error)) Handler {
	return func(c *gin.Context) error {
		u, err := owner(c)
		if err != nil {
			return err
		}
		hash, ok := r.handles.read(c.Param("session"))
		if !ok {
			return ErrNotFound
		}
		for _, store := range r.records() {
			t, err := tokenOf(c, store, u, hash)
			if err != nil {
				return err
			}
			if t != nil {
				return r.deleteToken(c, store, u, *t)
			}
		}
		return ErrNotFound
	}
}

func (r *Routes) endSessions(owner func(*gin.Context) (*user.User, error), keep func(*gin.Context) string) Handler {
	return func(c *gin.Context) error {
		u, err := owner(c)
		if err != nil {
			return err
		}
		if _, err := r.manager.LogOutEverywhere(c.Request.Context(), u, keep(c)); err != nil {
			return err
		}
		return NoContent(c)
	}
}

func (r *Routes) deleteToken(c *gin.Context, store records.TokenStore, u *user.User, t records.Token) error {
	e := user.Event{Kind: user.EventSessionEnded, User: u.ID, Session: r.handles.of(t.Hash)}
	if err := r.manager.Require(c.Request.Context(), &e); err != nil {
		return err
	}
	if err := records.StoreDo(c.Request.Context(), func(ctx context.Context) error { return store.DeleteToken(ctx, t.Hash) }); err != nil {
		return err
	}
	r.manager.Emit(c.Request.Context(), e)
	return NoContent(c)
}

// liveTokens returns the user's newest tokens of each backend that still count, newest
// first. Of records beyond the greatest number, from a time before there was one, it
// reads none.
func (r *Routes) liveTokens(c *gin.Context, u *user.User) ([]records.Token, error) {
	var live []records.Token
	for _, b := range r.authenticator.Backends() {
		store := b.Records()
		if store == nil {
			continue
		}
		newest := records.TokenQuery{Backend: b.Name, Limit: b.MaxSessions()}
		tokens, err := records.StoreCall(c.Request.Context(), func(ctx context.Context) ([]records.Token, error) {
			return store.TokensOf(ctx, u.ID, newest)
		})
		if err != nil {
			return nil, err
		}
		for _, t := range tokens {
			if r.counts(t, u) {
				live = append(live, t)
			}
		}
	}
	slices.SortStableFunc(live, func(a, b records.Token) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return live, nil
}

// counts reports whether a record still gives access.
func (r *Routes) counts(t records.Token, u *user.User) bool {
	b := r.authenticator.Backend(t.Backend)
	return b != nil && b.Alive(t) && u.Counts(t.TokenVersion, t.Hash)
}

// tokenOf returns the user's token with a hash, nil if there is none in the store.
func tokenOf(c *gin.Context, store records.TokenStore, u *user.User, hash string) (*records.Token, error) {
	t, err := records.StoreCall(c.Request.Context(), func(ctx context.Context) (records.Token, error) {
		return store.TokenByHash(ctx, hash)
	})
	if errors.Is(err, user.ErrNotFound) || err == nil && t.UserID != u.ID {
		return nil, nil
	}
	return &t, err
}

// records returns the stores that hold tokens, each once: several backends may share one.
func (r *Routes) records() []records.TokenStore {
	var stores []records.TokenStore
	for _, b := range r.authenticator.Backends() {
		if store := b.Records(); store != nil && !slices.Contains(stores, store) {
			stores = append(stores, store)
		}
	}
	return stores
}

func (r *Routes) unlisted() []string {
	var names []string
	for _, b := range r.authenticator.Backends() {
		if b.Records() == nil && b.HasLogin() { // keys are no sessions
			names = append(names, b.Name)
		}
	}
	return names
}

func (r *Routes) newSession(t records.Token, current string) session {
	return session{
		ID:         r.handles.of(t.Hash),
		Backend:    t.Backend,
		CreatedAt:  t.CreatedAt.UTC(),
		LastSeenAt: timeOrNull(t.LastSeenAt),
		ExpiresAt:  timeOrNull(t.ExpiresAt),
		IP:         t.IP,
		UserAgent:  t.UserAgent,
		Current:    t.Hash == current,
		Actor:      t.Actor,
	}
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
