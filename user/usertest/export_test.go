package usertest

// LookedAt returns how many users the last ListUsers looked at.
func (s *Store) LookedAt() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.looked
}
