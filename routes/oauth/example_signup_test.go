package oauth_test

import (
	"context"
	"fmt"

	"github.com/ginauth/ginauth/user"
)

// A required field of the application's own is filled from what the provider says.
func Example_signUp() {
	type Profile struct {
		Name string `json:"name" binding:"required"`
	}
	hooks := user.Hooks{
		BeforeRegister: func(_ context.Context, r *user.Registration) error {
			if r.OAuth == nil {
				return nil // not through a provider
			}
			profile := r.Profile.(*Profile)
			if profile.Name = r.OAuth.Name; profile.Name == "" {
				return &user.Refusal{Code: "NAME_REQUIRED"}
			}
			return nil
		},
	}

	profile := &Profile{}
	said := &user.OAuthSignUp{OAuthProfile: user.OAuthProfile{Name: "Merlin Ambrosius"}}
	err := hooks.BeforeRegister(context.Background(), &user.Registration{Profile: profile, OAuth: said})
	fmt.Println(profile.Name, err)
	// Output: Merlin Ambrosius <nil>
}
