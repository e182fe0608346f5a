package user_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

// Member is the profile of the examples.
type Member struct {
	FirstName string `json:"first_name"`
	Plan      string `json:"plan" ginauth:"readonly"`
}

// Not everybody may register here, and everybody begins on the free plan.
func ExampleHooks_beforeRegister() {
	manager := openManager(user.Hooks{
		BeforeRegister: func(ctx context.Context, r *user.Registration) error {
			if !strings.HasSuffix(r.Email, "@camelot.bt") {
				return &user.Refusal{Code: "INVITATION_REQUIRED", Status: 403}
			}
			r.Profile.(*Member).Plan = "free"
			return nil
		},
	})
	_, err := manager.Register(context.Background(), user.Registration{Email: "mordred@orkney.bt", Password: "guinevere"})
	fmt.Println(err)
	u, err := manager.Register(context.Background(), user.Registration{Email: "lancelot@camelot.bt", Password: "guinevere"})
	fmt.Println(user.ProfileOf[Member](u).Plan, err)
	// Output:
	// user: BeforeRegister: user: refused: INVITATION_REQUIRED
	// free <nil>
}

// New users get their first data. What fails here is logged; the user stays.
func ExampleHooks_afterRegister() {
	manager := openManager(user.Hooks{
		AfterRegister: func(ctx context.Context, u *user.User) error {
			fmt.Println("new basket for", u.Email)
			return errors.New("the basket store does not answer")
		},
	})
	_, err := manager.Register(context.Background(), user.Registration{Email: "lancelot@camelot.bt", Password: "guinevere"})
	fmt.Println(err)
	// Output:
	// new basket for lancelot@camelot.bt
	// <nil>
}

// During maintenance only superusers come in, whatever their way in is.
func ExampleHooks_beforeLogin() {
	manager := openManager(user.Hooks{
		BeforeLogin: func(ctx context.Context, u *user.User) error {
			if !u.IsSuperuser {
				return &user.Refusal{Code: "MAINTENANCE"}
			}
			return nil
		},
	})
	fmt.Println(manager.BeforeLogin(context.Background(), user.Login{User: lancelot(manager)}))
	// Output:
	// user: BeforeLogin: user: refused: MAINTENANCE
}

// A hook learns from the context where the request came from.
func ExampleHooks_afterLogin() {
	manager := openManager(user.Hooks{
		AfterLogin: func(ctx context.Context, u *user.User) error {
			request := user.RequestFrom(ctx)
			fmt.Println(u.Email, "logged in by", request.Backend, "from", request.ClientIP)
			return nil
		},
	})
	ctx := user.WithRequest(context.Background(), user.Request{Backend: "web", ClientIP: "203.0.113.7"}) // ginauth does this
	manager.LoggedIn(ctx, user.Login{User: lancelot(manager)})
	// Output:
	// lancelot@camelot.bt logged in by web from 203.0.113.7
}

// Some names are not for everybody.
func ExampleHooks_beforeUpdate() {
	manager := openManager(user.Hooks{
		BeforeUpdate: func(ctx context.Context, u *user.User, c *user.Changes) error {
			if slices.Contains(c.ProfileFields, "first_name") && c.Profile.(*Member).FirstName == "Arthur" {
				return &user.Refusal{Code: "NAME_TAKEN", Status: 409}
			}
			return nil
		},
	})
	changes := user.Changes{Profile: &Member{FirstName: "Arthur"}, ProfileFields: []string{"first_name"}}
	_, err := manager.Update(context.Background(), lancelot(manager), changes)
	fmt.Println(err)
	// Output:
	// user: BeforeUpdate: user: refused: NAME_TAKEN
}

// A log of changes has the names of the fields and no values.
func ExampleHooks_afterUpdate() {
	manager := openManager(user.Hooks{
		AfterUpdate: func(ctx context.Context, u *user.User, changed []string) error {
			fmt.Println("changed:", changed)
			return nil
		},
	})
	email, password := "lancelot@dulac.bt", secrets.Secret("elaine of corbenic")
	_, err := manager.Update(context.Background(), lancelot(manager), user.Changes{Email: &email, Password: &password})
	fmt.Println(err)
	// Output:
	// changed: [email password]
	// <nil>
}

// Who still owes something cannot go.
func ExampleHooks_beforeDelete() {
	unpaid := func(user.ID) int { return 2 }
	manager := openManager(user.Hooks{
		BeforeDelete: func(ctx context.Context, u *user.User) error {
			if unpaid(u.ID) > 0 {
				return &user.Refusal{Code: "UNPAID_INVOICES", Status: 409}
			}
			return nil
		},
	})
	fmt.Println(manager.Delete(context.Background(), lancelot(manager)))
	// Output:
	// user: BeforeDelete: user: refused: UNPAID_INVOICES
}

// Accounts of the staff get their keys from the administration alone.
func ExampleHooks_beforeCredential() {
	manager := openManager(user.Hooks{
		BeforeCredential: func(_ context.Context, u *user.User, c user.CredentialChange) error {
			if strings.HasSuffix(u.Email, "@camelot.bt") && c.Kind == "api_key" && !c.Removed {
				return &user.Refusal{Code: "KEYS_BY_THE_OFFICE_ALONE", Status: 403}
			}
			return nil
		},
	})
	change := user.CredentialChange{Kind: "api_key", Name: "Warehouse"}
	err := manager.BeforeCredential(context.Background(), lancelot(manager), change)
	var refusal *user.Refusal
	fmt.Println(errors.As(err, &refusal), refusal.Code)
	// Output: true KEYS_BY_THE_OFFICE_ALONE
}

// What the application keeps about a user goes with the user.
func ExampleHooks_afterDelete() {
	manager := openManager(user.Hooks{
		AfterDelete: func(ctx context.Context, u *user.User) error {
			fmt.Println("deleting the orders of", u.Email)
			return nil
		},
	})
	fmt.Println(manager.Delete(context.Background(), lancelot(manager)))
	// Output:
	// deleting the orders of lancelot@camelot.bt
	// <nil>
}

func openManager(hooks user.Hooks) *user.Manager {
	keys, err := secrets.NewKeys("a secret of at least thirty-two bytes")
	if err != nil {
		panic(err)
	}
	manager, err := user.NewManager(user.ManagerConfig{
		Store:  usertest.NewStore(usertest.WithProfile[Member]()), // mongostore.Open in production
		Keys:   keys,
		Hooks:  hooks,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		panic(err)
	}
	return manager
}

// lancelot returns a user who was there before.
func lancelot(manager *user.Manager) *user.User {
	u, err := manager.Create(context.Background(), user.Registration{Email: "lancelot@camelot.bt", Password: "guinevere"})
	if err != nil {
		panic(err)
	}
	return u
}
