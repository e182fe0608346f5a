package sqlitestore

import "github.com/ginauth/ginauth/user"

var _ user.ReadBackStore = (*Store)(nil)

// ReadBack implements [user.ReadBackStore]: what JSON does not bring back is refused
// before it is stored.
func (s *Store) ReadBack(profile any) (any, error) { return s.profile.ReadBack(profile) }
