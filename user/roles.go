package user

import "slices"

// HasRole reports whether u has the role of that name. Whether the role means anything is
// a matter of the application's configuration.
func (u *User) HasRole(name string) bool { return slices.Contains(u.Roles, name) }

// sortedRoles returns role names as they are stored: sorted, without repetition, nil for
// none.
func sortedRoles(names []string) []string {
	sorted := slices.Compact(slices.Sorted(slices.Values(names)))
	if len(sorted) == 0 {
		return nil
	}
	return sorted
}
