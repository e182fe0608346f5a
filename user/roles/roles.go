// Package roles holds the roles of an application: which there are, and what each permits.
// It knows the roles of a user by their names alone. Superusers, who may do everything, are
// known to [github.com/ginauth/ginauth/user.Manager].
package roles

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Roles are the roles of an application and what each permits. Nil are no roles: then
// users have none, whatever is stored. It does not change, and is safe for concurrent use.
type Roles struct {
	permissions map[string][]string // of each role, sorted
	declared    []string            // all permissions, sorted
}

// ErrUnknown says that a role is not declared.
var ErrUnknown = errors.New("roles: unknown role")

var (
	roleName       = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)
	permissionName = regexp.MustCompile(`^[a-z0-9_]+:([a-z0-9_]+|\*)$`)
)

// New returns the roles that config declares, each with its permissions, or all
// mistakes joined, each naming the role. A permission such as "posts:*" stands for all
// permissions of config that begin with "posts:". It returns nil for a nil map.
func New(config map[string][]string) (*Roles, error) {
	if config == nil {
		return nil, nil
	}
	r := &Roles{permissions: map[string][]string{}}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(config)) {
		if !roleName.MatchString(name) {
			problems = append(problems, fmt.Errorf("Roles[%q]: a name has 1 to 32 characters of a-z, 0-9, _ and -, the first one a letter", name))
		}
		for _, p := range config[name] {
			switch {
			case !permissionName.MatchString(p):
				problems = append(problems, fmt.Errorf("Roles[%q]: %q is no permission, want one like posts:write or posts:*", name, p))
			case !strings.HasSuffix(p, "*"):
				r.declared = append(r.declared, p)
			}
		}
	}
	r.declared = slices.Compact(slices.Sorted(slices.Values(r.declared)))
	for _, name := range slices.Sorted(maps.Keys(config)) {
		for _, p := range config[name] {
			all := r.matching(p)
			if len(all) == 0 && permissionName.MatchString(p) {
				problems = append(problems, fmt.Errorf("Roles[%q]: %q stands for no permission that is declared", name, p))
			}
			r.permissions[name] = append(r.permissions[name], all...)
		}
		r.permissions[name] = slices.Compact(slices.Sorted(slices.Values(r.permissions[name])))
	}
	return r, errors.Join(problems...)
}

// matching returns the declared permissions that a text of the configuration stands for.
func (r *Roles) matching(text string) []string {
	prefix, all := strings.CutSuffix(text, "*")
	var found []string
	for _, p := range r.declared {
		if p == text || all && strings.HasPrefix(p, prefix) {
			found = append(found, p)
		}
	}
	return found
}

// Names returns the declared roles, sorted.
func (r *Roles) Names() []string {
	if r == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(r.permissions))
}

// Declares reports whether there is a role of that name.
func (r *Roles) Declares(role string) bool {
	if r == nil {
		return false
	}
	_, declared := r.permissions[role]
	return declared
}

// DeclaresPermission reports whether a role has the permission, or could have it by "*".
func (r *Roles) DeclaresPermission(permission string) bool {
	return r != nil && slices.Contains(r.declared, permission)
}

// Choose returns the permission that opens a feature's routes beside superusers: the one
// that is named, byDefault if none is named and a role has it, and else none, for
// superusers alone. It is an error to name one that no role has.
func (r *Roles) Choose(named, byDefault string) (string, error) {
	switch {
	case named != "" && !r.DeclaresPermission(named):
		return "", fmt.Errorf("is %q, which is in no role of ginauth.Config.Roles", named)
	case named == "" && r.DeclaresPermission(byDefault):
		return byDefault, nil
	}
	return named, nil
}

// Has reports whether role is declared and among those that are held.
func (r *Roles) Has(held []string, role string) bool {
	return r.Declares(role) && slices.Contains(held, role)
}

// Permit reports whether one of the roles that are held has the permission.
func (r *Roles) Permit(held []string, permission string) bool {
	if r == nil {
		return false
	}
	return slices.ContainsFunc(held, func(role string) bool {
		_, found := slices.BinarySearch(r.permissions[role], permission)
		return found
	})
}

// Cover reports whether the roles that are held permit all that others do.
func (r *Roles) Cover(held, others []string) bool {
	if r == nil {
		return true
	}
	for _, role := range others {
		for _, p := range r.permissions[role] {
			if !r.Permit(held, p) {
				return false
			}
		}
	}
	return true
}

// Check returns [ErrUnknown] for a role that is not declared.
func (r *Roles) Check(names []string) error {
	for _, role := range names {
		if !r.Declares(role) {
			return fmt.Errorf("%w: %q", ErrUnknown, role)
		}
	}
	return nil
}

// Known returns the declared roles among those that are stored, sorted. It is nil where no
// roles are declared at all, and empty, not nil, where none of the declared ones is stored.
// It may return stored itself.
func (r *Roles) Known(stored []string) []string {
	switch {
	case r == nil:
		return nil
	case len(stored) == 0:
		return []string{}
	case r.Check(stored) == nil && slices.IsSorted(stored):
		return stored
	}
	known := slices.DeleteFunc(slices.Clone(stored), func(role string) bool { return !r.Declares(role) })
	return append([]string{}, Sorted(known)...)
}

// Sorted returns names as they are stored: sorted, without repetition, nil for none.
func Sorted(names []string) []string {
	sorted := slices.Compact(slices.Sorted(slices.Values(names)))
	if len(sorted) == 0 {
		return nil
	}
	return sorted
}
