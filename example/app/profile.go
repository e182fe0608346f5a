package app

import (
	"context"

	"github.com/ginauth/ginauth/user"
)

// Profile is what the demonstration knows about a user beside the account.
type Profile struct {
	FirstName *string `json:"first_name" bson:"first_name" binding:"omitempty,max=80"`
	Plan      string  `json:"plan" bson:"plan" ginauth:"readonly"`
}

// startFree puts new users on the free plan. Clients cannot write the field.
func startFree(_ context.Context, r *user.Registration) error {
	if profile, ok := r.Profile.(*Profile); ok && profile.Plan == "" {
		profile.Plan = "free"
	}
	return nil
}
