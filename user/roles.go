package user

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

// ErrUnknownRole says that a role is not declared.
var ErrUnknownRole = errors.New("user: unknown role")

var (
	roleName       = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)
	permissionName = regexp.MustCompile(`^[a-z0-9_]+:([a-z0-9_]+|\*)$`)
)

// NewRoles returns the roles that config declares, each with its permissions, or all
// mistakes joined, each naming the role. A permission such as "posts:*" stands for all
// permissions of config that begin with "posts:". It returns nil for a nil map.
func NewRoles(config map[string][]string) (*Roles, error) {
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
	for name, given := range config {
		for _, p := range given {
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

// Has reports whether u has the role, or is a superuser. A role that is not declared is
// no role.
func (r *Roles) Has(u *User, role string) bool {
	return u.IsSuperuser || r.Declares(role) && slices.Contains(u.Roles, role)
}

// Can reports whether one of u's roles has the permission, or u is a superuser.
func (r *Roles) Can(u *User, permission string) bool {
	if u.IsSuperuser {
		return true
	}
	if r == nil {
		return false
	}
	return slices.ContainsFunc(u.Roles, func(role string) bool {
		_, found := slices.BinarySearch(r.permissions[role], permission)
		return found
	})
}

// Covers reports whether actor may do all that target may: actor is a superuser, or
// target is none and every permission of target is also one of actor.
func (r *Roles) Covers(actor, target *User) bool {
	if actor.IsSuperuser {
		return true
	}
	if target.IsSuperuser {
		return false
	}
	for _, role := range target.Roles {
		if r == nil {
			break
		}
		for _, p := range r.permissions[role] {
			if !r.Can(actor, p) {
				return false
			}
		}
	}
	return true
}

// Check returns [ErrUnknownRole] for a role that is not declared.
func (r *Roles) Check(roles []string) error {
	for _, role := range roles {
		if !r.Declares(role) {
			return fmt.Errorf("%w: %q", ErrUnknownRole, role)
		}
	}
	return nil
}

// Show brings the roles of a user that a store has returned into the form that the
// application knows: sorted, those that are not declared left out, and nil where no roles
// are declared at all, so that the JSON form of the user has none.
func (r *Roles) Show(u *User) {
	switch {
	case u == nil:
	case r == nil:
		u.Roles = nil
	case len(u.Roles) == 0:
		u.Roles = []string{}
	case r.Check(u.Roles) != nil, !slices.IsSorted(u.Roles):
		known := slices.DeleteFunc(slices.Clone(u.Roles), func(role string) bool { return !r.Declares(role) })
		u.Roles = slices.Compact(slices.Sorted(slices.Values(known)))
		if u.Roles == nil {
			u.Roles = []string{}
		}
	}
}

// sortedRoles returns role names as they are stored: sorted, without repetition, nil for
// none.
func sortedRoles(names []string) []string {
	sorted := slices.Compact(slices.Sorted(slices.Values(names)))
	if len(sorted) == 0 {
		return nil
	}
	return sorted
}
