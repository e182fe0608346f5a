package routes

import (
	"slices"
)

// ScopeProfile is the scope with which an API key may call GET /me of the users group,
// if the application declares it.
const ScopeProfile = "profile"

// scopeSet is the scopes that the application declares.
type scopeSet struct {
	all []string // sorted
	// used says that the users group was made from the set.
	used bool
}

// DeclareScopes makes scopes known, for GET /me of the users group and for documents.
// Panics if [ScopeProfile] is among them and [Routes.Users] was called before, whose group
// would not know of it.
func (r *Routes) DeclareScopes(scopes ...string) {
	if r.scopes.used && slices.Contains(scopes, ScopeProfile) {
		panic("ginauth: the scope " + ScopeProfile + " must be declared before UsersRoutes is called")
	}
	r.scopes.all = append(r.scopes.all, scopes...)
	slices.Sort(r.scopes.all)
	r.scopes.all = slices.Compact(r.scopes.all)
}

// Scopes returns the scopes that are declared, sorted.
func (r *Routes) Scopes() []string { return slices.Clone(r.scopes.all) }

// use returns the scope of GET /me, nil if it is not declared.
func (s *scopeSet) use() []string {
	s.used = true
	if slices.Contains(s.all, ScopeProfile) {
		return []string{ScopeProfile}
	}
	return nil
}
