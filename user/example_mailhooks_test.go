package user_test

import (
	"context"
	"fmt"

	"github.com/ginauth/ginauth/user"
)

// The mail hooks run off the request, so the examples wait for them with Shutdown.

// Somebody has asked for a new password. Package mails has hooks that send such mails.
func ExampleHooks_afterForgotPassword() {
	manager := openManager(user.Hooks{
		AfterForgotPassword: func(ctx context.Context, u *user.User, token string) error {
			return send(u.Email, "https://camelot.bt/reset-password#token="+token)
		},
	})
	u := lancelot(manager)
	err := manager.ForgotPassword(context.Background(), u.Email)
	manager.Shutdown(context.Background())
	fmt.Println(err)
	// Output:
	// mail to lancelot@camelot.bt
	// <nil>
}

// The owner should know that the password is another one now.
func ExampleHooks_afterResetPassword() {
	manager := openManager(user.Hooks{
		AfterResetPassword: func(ctx context.Context, u *user.User) error {
			fmt.Println("new password of", u.Email)
			return nil
		},
	})
	token, err := manager.ResetToken(lancelot(manager)) // which came by mail
	if err != nil {
		panic(err)
	}
	_, err = manager.ResetPassword(context.Background(), token, "elaine of corbenic")
	fmt.Println(err)
	// Output:
	// new password of lancelot@camelot.bt
	// <nil>
}

// An address is to be verified. To ask for it right after the registration, call
// Manager.RequestVerify in AfterRegister.
func ExampleHooks_afterRequestVerify() {
	manager := openManager(user.Hooks{
		AfterRequestVerify: func(ctx context.Context, u *user.User, token string) error {
			return send(u.Email, "https://camelot.bt/verify#token="+token)
		},
	})
	u := lancelot(manager)
	err := manager.RequestVerify(context.Background(), u.Email)
	manager.Shutdown(context.Background())
	fmt.Println(err)
	// Output:
	// mail to lancelot@camelot.bt
	// <nil>
}

// Only people with an address of their own get the newsletter.
func ExampleHooks_afterVerify() {
	manager := openManager(user.Hooks{
		AfterVerify: func(ctx context.Context, u *user.User) error {
			fmt.Println("newsletter for", u.Email)
			return nil
		},
	})
	token, err := manager.VerifyToken(lancelot(manager)) // which came by mail
	if err != nil {
		panic(err)
	}
	_, err = manager.Verify(context.Background(), token)
	fmt.Println(err)
	// Output:
	// newsletter for lancelot@camelot.bt
	// <nil>
}

// Where a new address has to be confirmed, its token goes there and nowhere else.
func ExampleHooks_afterRequestEmailChange() {
	manager := openManager(user.Hooks{
		AfterRequestEmailChange: func(ctx context.Context, u *user.User, email, token string) error {
			return send(email, "https://camelot.bt/confirm-email#token="+token)
		},
	})
	fmt.Println(changeEmail(manager, "lancelot@dulac.bt"))
	// Output:
	// mail to lancelot@dulac.bt
	// lancelot@camelot.bt <nil>
}

// The old address hears of it at once, so that its owner can object.
func ExampleHooks_noticeEmailChange() {
	manager := openManager(user.Hooks{
		NoticeEmailChange: func(ctx context.Context, u *user.User, email string) error {
			return send(u.Email, "Somebody wants to make "+email+" your address. Was it you?")
		},
	})
	fmt.Println(changeEmail(manager, "lancelot@dulac.bt"))
	// Output:
	// mail to lancelot@camelot.bt
	// lancelot@camelot.bt <nil>
}

// And again when the new one has been confirmed.
func ExampleHooks_noticeEmailChanged() {
	manager := openManager(user.Hooks{
		NoticeEmailChanged: func(ctx context.Context, u *user.User, old string) error {
			return send(old, "Your address is "+u.Email+" now.")
		},
	})
	token, err := manager.EmailChangeToken(lancelot(manager), "lancelot@dulac.bt", "") // which came by mail
	if err != nil {
		panic(err)
	}
	u, err := manager.ConfirmEmail(context.Background(), token)
	manager.Shutdown(context.Background())
	fmt.Println(u.Email, err)
	// Output:
	// mail to lancelot@camelot.bt
	// lancelot@dulac.bt <nil>
}

// Whoever registers is told the same for every address; the owner of a taken one
// learns by mail what happened.
func ExampleHooks_noticeAddressInUse() {
	manager := openManager(user.Hooks{
		NoticeAddressInUse: func(ctx context.Context, u *user.User) error {
			return send(u.Email, "You have an account already. Log in, or ask for a new password.")
		},
	})
	u := lancelot(manager)
	err := manager.RegisterConcealed(context.Background(), user.Registration{Email: u.Email, Password: "elaine of corbenic"})
	manager.Shutdown(context.Background())
	fmt.Println(err)
	// Output:
	// mail to lancelot@camelot.bt
	// <nil>
}

// changeEmail asks for another address, which has to be confirmed, and returns the
// one that is stored afterwards.
func changeEmail(manager *user.Manager, email string) (string, error) {
	changes, policy := user.Changes{Email: &email}, user.OwnPolicy{ConfirmEmail: true}
	u, err := manager.UpdateOwn(context.Background(), lancelot(manager), changes, policy)
	manager.Shutdown(context.Background())
	return u.Email, err
}

func send(to, _ string) error {
	fmt.Println("mail to", to)
	return nil
}
