package sqlstore

import (
	"fmt"
	"slices"

	"github.com/ginauth/ginauth/user"
)

// roles returns the names of roles as they are stored.
func roles(names []string) any {
	if names == nil {
		names = []string{}
	}
	return list(names)
}

// banValues are the four columns of a ban, NULL where there is none.
func (s *Store) banValues(ban *user.Ban) [4]any {
	if ban == nil || ban.At.IsZero() {
		return [4]any{}
	}
	by := nullable(string(ban.By))
	if ban.By != "" && !isID(ban.By) {
		by = unstorable("a ban is by an id of another kind")
	}
	return [4]any{s.engine.at(ban.At), s.engine.orNull(ban.Until), described(ban.Reason), by}
}

// changeRights sets what an update says of roles and of a ban.
func (s *Store) changeRights(b *statement, update user.Update) {
	if update.Roles != nil {
		b.add(`, roles = ?`, roles(slices.Compact(slices.Sorted(slices.Values(*update.Roles)))))
	}
	if update.Ban != nil {
		ban := s.banValues(update.Ban)
		b.add(`, ban_at = ?, ban_until = ?, ban_reason = ?, ban_by = ?`, ban[:]...)
	}
}

// rights reads roles and ban.
func (r *userRow) rights(u *user.User) error {
	held, err := names[string](r.roles)
	if err != nil {
		return fmt.Errorf("%w: users: row %s: roles are not texts", user.ErrDamaged, u.ID)
	}
	if len(held) > 0 {
		u.Roles = held
	}
	if !r.banAt.IsZero() {
		u.Ban = &user.Ban{At: r.banAt.Time, Until: r.banUntil.Time, Reason: r.banReason.String, By: user.ID(r.banBy.String)}
	}
	return nil
}
