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

// One hook for the mails of all kinds, as package mails has one. Where a new address has
// to be confirmed, its token goes there and nowhere else, and the old address hears of
// it when it is done.
func ExampleHooks_send() {
	manager := openManager(user.Hooks{
		Send: func(ctx context.Context, mail user.Mail) error {
			fmt.Println(mail, "to", mail.To) // a mail prints without its token
			return nil
		},
	})
	yes := true // only the owner of a verified address is told
	u, err := manager.Update(context.Background(), lancelot(manager), user.Changes{IsVerified: &yes})
	if err != nil {
		panic(err)
	}
	token, err := manager.EmailChangeToken(u, "lancelot@dulac.bt", "") // which came by mail
	if err != nil {
		panic(err)
	}
	u, err = manager.ConfirmEmail(context.Background(), token)
	manager.Shutdown(context.Background())
	fmt.Println(u.Email, err)
	// Output:
	// email-changed mail to lancelot@camelot.bt
	// lancelot@dulac.bt <nil>
}

func send(to, _ string) error {
	fmt.Println("mail to", to)
	return nil
}
