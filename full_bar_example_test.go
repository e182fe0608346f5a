package ginauth_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/password/blocklist"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// All options that lead to the full bar. Each is one line, and none needs another.
func ExampleConfig_fullBar() {
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{
		IdleTimeout: time.Hour, Lifetime: 24 * time.Hour,
	}}
	auth, err := ginauth.New(ginauth.Config{
		Store:    usertest.NewStore(),
		Secret:   secret,
		Backends: []backends.Backend{web},
		Hooks:    mails.Hooks(mails.Config{SMTP: smtpURL, From: "noreply@camelot.bt", AppURL: "https://camelot.bt"}),

		Policy: user.Policy{
			ConcealRegistration:     true,
			RequireCurrentPassword:  true,
			ConfirmEmailChange:      true,
			ResetOnlyAdministration: true,
			KeepOneSuperuser:        true,
		},
		ValidatePassword: password.Rules(password.MinLength(15), blocklist.Rule("Camelot")),
	})
	if err != nil {
		panic(err)
	}
	r := gin.New()
	auth.AuthRoutes(web, ginauth.Verified()).Attach(r.Group("/auth"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.VerifyRoutes().Attach(r.Group("/auth"))
	auth.ResetPasswordRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes(ginauth.Verified()).Attach(r.Group("/users"))

	fmt.Println(post(r, "/auth/register", `{"email":"king.arthur@camelot.bt","password":"quondam rex futurus"}`))
	fmt.Println(post(r, "/auth/register", `{"email":"king.arthur@camelot.bt","password":"quondam rex futurus"}`))
	fmt.Println(post(r, "/auth/register", `{"email":"mordred@orkney.bt","password":"CamelotCamelot!"}`))
	// Output:
	// 202 null
	// 202 null
	// 400 {"detail":{"code":"REGISTER_INVALID_PASSWORD","reason":"Password is made of a name that is easy to guess, such as the application's or that of your e-mail address"}}
}

// Nobody learns who has an account: the owner of the address gets a mail.
func ExampleConfig_concealRegistration() {
	outbox, r := strictApp(ginauth.Config{Policy: user.Policy{ConcealRegistration: true}})
	register := `{"email":"king.arthur@camelot.bt","password":"guinevere"}`
	fmt.Println(post(r, "/auth/register", register), "and a mail:", mailed(outbox, mails.Verify))
	fmt.Println(post(r, "/auth/register", register), "and a mail:", mailed(outbox, mails.InUse))
	// Output:
	// 202 null and a mail: Confirm your e-mail address for app.example
	// 202 null and a mail: You already have an account at app.example
}

// Whoever finds an open session cannot take the account over.
func ExampleConfig_requireCurrentPassword() {
	_, r := strictApp(ginauth.Config{Policy: user.Policy{RequireCurrentPassword: true}})
	token := enter(r)
	fmt.Println(patch(r, "/users/me", `{"password":"lady-of-the-lake"}`, token))
	fmt.Println(patch(r, "/users/me", `{"password":"lady-of-the-lake","current_password":"guinevere"}`, token)[:3])
	// Output:
	// 400 {"detail":"UPDATE_USER_BAD_CURRENT_PASSWORD"}
	// 200
}

// A new address counts when it has been confirmed from its mailbox.
func ExampleConfig_confirmEmailChange() {
	outbox, r := strictApp(ginauth.Config{Policy: user.Policy{ConfirmEmailChange: true}})
	token := enter(r)
	verify(outbox, r)
	fmt.Println(emailIn(patch(r, "/users/me", `{"email":"king.arthur@tintagel.bt"}`, token)))

	fmt.Println("to the old address:", mailed(outbox, mails.EmailChange))
	m, err := wait(outbox, mails.ConfirmEmail)
	if err != nil {
		panic(err)
	}
	fmt.Println(emailIn(post(r, "/auth/confirm-email", `{"token":"`+m.Token+`"}`)))
	// Output:
	// king.arthur@camelot.bt
	// to the old address: Your e-mail address for app.example is to be changed
	// king.arthur@tintagel.bt
}

// Superusers start a reset in the place of choosing a password.
func ExampleConfig_resetOnlyAdministration() {
	_, r := strictApp(ginauth.Config{Policy: user.Policy{ResetOnlyAdministration: true}})
	for _, route := range r.(*gin.Engine).Routes() {
		if strings.HasSuffix(route.Path, "/:id/forgot-password") {
			fmt.Println(route.Method, route.Path)
		}
	}
	// Output:
	// POST /users/:id/forgot-password
}

// A least length alone.
func ExampleConfig_minPasswordLength() {
	_, r := strictApp(ginauth.Config{ValidatePassword: password.MinLength(15)})
	fmt.Println(post(r, "/auth/register", `{"email":"king.arthur@camelot.bt","password":"guinevere"}`))
	// Output:
	// 400 {"detail":{"code":"REGISTER_INVALID_PASSWORD","reason":"Password should be at least 15 characters"}}
}

// Passwords are looked up among breached ones, too, without being told to anybody.
func ExampleConfig_breachedPasswords() {
	breaches := blocklist.HTTP{URL: "https://api.pwnedpasswords.com/range/"}
	config := ginauth.Config{
		ValidatePassword: password.Rules(
			password.MinLength(15), blocklist.Rule("Camelot"), blocklist.Breached(breaches, slog.Default())),
	}
	_, r := strictApp(config)
	fmt.Println(post(r, "/auth/register", `{"email":"king.arthur@camelot.bt","password":"passwordpassword"}`))
	// Output:
	// 400 {"detail":{"code":"REGISTER_INVALID_PASSWORD","reason":"Password is one of the most common ones"}}
}

// A session ends when it was not used for an hour, and in any case after a day.
func ExampleConfig_sessionLimits() {
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{
		IdleTimeout: time.Hour, Lifetime: 24 * time.Hour,
	}}
	_, err := ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{web}})
	fmt.Println(err)
	// Output:
	// <nil>
}

// There is always somebody who can administer the others.
func ExampleConfig_keepOneSuperuser() {
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: secret, Policy: user.Policy{KeepOneSuperuser: true},
		Backends: []backends.Backend{{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}},
	})
	if err != nil {
		panic(err)
	}
	merlin, err := auth.Manager().EnsureSuperuser(ctx, "merlin@camelot.bt", "guinevere")
	if err != nil {
		panic(err)
	}
	fmt.Println(errors.Is(auth.Manager().Delete(ctx, merlin), user.ErrLastSuperuser))
	// Output:
	// true
}
