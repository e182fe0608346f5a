package user

import (
	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user/roles"
)

// Hold reports whether all of c is true of u. It is for stores that decide in Go, under a
// lock or in a serializable transaction.
func (c Conditions) Hold(u *User) bool {
	return isOrAny(c.HashedPassword, u.HashedPassword) && isOrAny(c.EmailKey, u.EmailKey) &&
		isOrAny(c.IsActive, u.IsActive) && isOrAny(c.IsVerified, u.IsVerified) &&
		isOrAny(c.TokenVersion, u.TokenVersion) && isOrAny(c.SecondFactor, u.SecondFactor)
}

// Apply makes the change in u, whose profile is of the given type, in the form of
// [profile.Type.Normal]. It does not look at
// update.If and update.KeepSuperuser. It is for stores that decide in Go, as
// [Conditions.Hold]. A name in update.ProfileFields that profile does not have is an
// error, and nothing has changed.
func (update Update) Apply(u *User, profile *profile.Type) error {
	if err := profile.Copy(u.Profile, profile.Normal(update.Profile), update.ProfileFields); err != nil {
		return err
	}
	if update.Email != nil {
		u.Email, u.EmailKey = update.Email.Address, update.Email.Key
	}
	if update.Username != nil {
		u.Username, u.UsernameKey = update.Username.Name, update.Username.Key
	}
	setTo(&u.HashedPassword, update.HashedPassword)
	setTo(&u.IsActive, update.IsActive)
	setTo(&u.IsSuperuser, update.IsSuperuser)
	setTo(&u.IsVerified, update.IsVerified)
	setTo(&u.SecondFactor, update.SecondFactor)
	if update.Roles != nil {
		u.Roles = roles.Sorted(*update.Roles)
	}
	if update.Ban != nil {
		u.Ban = update.Ban.stored()
	}
	if update.EndTokens {
		u.TokenVersion++
		u.KeptToken = update.KeepToken
	}
	if update.ChangeOwner {
		u.OwnerVersion++
	}
	if update.KeyVersionUp {
		u.KeyVersion++
	}
	u.UpdatedAt = update.UpdatedAt
	return nil
}

// LeavesSuperusers reports whether the update takes u, who may be an active superuser,
// out of those that KeepSuperuser protects.
func (update Update) LeavesSuperusers() bool {
	return isFalse(update.IsActive) || isFalse(update.IsSuperuser) || update.Ban.InForce(update.UpdatedAt) && !update.Ban.At.IsZero()
}

func isOrAny[T comparable](want *T, is T) bool { return want == nil || *want == is }

func setTo[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}
