package ginauth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// Members is what the application of the examples below knows about its users.
type Members struct {
	FirstName *string `json:"first_name" bson:"first_name" binding:"omitempty,max=80"`
	Plan      string  `json:"plan" bson:"plan" ginauth:"readonly"`
}

// Every new user is asked by mail to verify the address.
func ExampleConfig_verifyAfterRegister() {
	outbox := &mails.Outbox{} // SMTP and From in the place of Sender in production
	hooks := mails.Hooks(mails.Config{Sender: outbox, AppURL: "https://camelot.example"})

	var auth *ginauth.Auth
	hooks.AfterRegister = func(ctx context.Context, u *user.User) error {
		return auth.Manager().RequestVerify(ctx, u.Email)
	}

	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{api}, Hooks: hooks,
	})
	if err != nil {
		panic(err)
	}
	registration := user.Registration{Email: "lancelot@camelot.bt", Password: "guinevere"}
	if _, err := auth.Manager().Register(context.Background(), registration); err != nil {
		panic(err)
	}
	auth.Shutdown(context.Background()) // which waits for the mails
	for _, mail := range outbox.Messages() {
		fmt.Println(mail.Kind, "to", mail.To)
	}
	// Output:
	// verify to lancelot@camelot.bt
}

// A whole group of routes behind one guard, and one of the application's own
// conditions after it.
func ExampleAuth_ActiveUser_group() {
	auth, r := exampleApp()
	reports := r.Group("/reports", auth.ActiveUser(ginauth.Verified()))
	reports.GET("/yearly", onlyPlan("gold"), showReports)

	fmt.Println(get(r, "/reports/yearly"))
	// Output:
	// 401 {"detail":"Unauthorized"}
}

func onlyPlan(plan string) gin.HandlerFunc {
	return func(c *gin.Context) {
		if member := ginauth.ProfileFrom[Members](c); member == nil || member.Plan != plan {
			c.AbortWithStatusJSON(http.StatusForbidden, gin.H{"detail": "PLAN_TOO_SMALL"})
		}
	}
}

// One route for browsers and for services, which log in by different backends.
func ExampleViaFor() {
	auth, r := exampleApp()
	byPath := ginauth.ViaFor(func(c *gin.Context) []string {
		if strings.HasPrefix(c.Request.URL.Path, "/api/") {
			return []string{"api"}
		}
		return nil // all
	})
	r.GET("/api/hello", auth.ActiveUser(byPath), showAccount)

	fmt.Println(get(r, "/api/hello"))
	// Output:
	// 401 {"detail":"Unauthorized"}
}

// Programs change what clients cannot: here a field that is read-only for them.
func ExampleAuth_Manager() {
	store := usertest.NewStore(usertest.WithProfile[Members]()) // mongostore.WithProfile in production
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	auth, err := ginauth.New(ginauth.Config{Store: store, Secret: secret, Backends: []backends.Backend{api}})
	if err != nil {
		panic(err)
	}
	u, err := auth.Manager().Create(context.Background(), user.Registration{Email: "lancelot@camelot.bt", Password: "guinevere"})
	if err != nil {
		panic(err)
	}

	changes := user.Changes{Profile: &Members{Plan: "gold"}, ProfileFields: []string{"plan"}}
	u, err = auth.Manager().Update(context.Background(), u, changes)
	if err != nil {
		panic(err)
	}
	fmt.Println(user.ProfileOf[Members](u).Plan)
	// Output:
	// gold
}

// A front end on another host of the site, and a proxy in front of the application.
func ExampleConfig_deployment() {
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	auth, err := ginauth.New(ginauth.Config{
		Store:    usertest.NewStore(),
		Secret:   secret,
		Backends: []backends.Backend{web},

		TrustedOrigins: []string{"https://app.camelot.example"},
		TrustedProxies: []string{"10.0.0.0/24"},
	})
	if err != nil {
		panic(err)
	}
	r := gin.New()
	auth.AuthRoutes(web).Attach(r.Group("/auth/web"))
	for _, origin := range []string{"https://app.camelot.example", "https://mordred.example"} {
		login := httptest.NewRequest(http.MethodPost, "https://api.camelot.example/auth/web/login", nil)
		login.Header.Set("Origin", origin)
		login.Header.Set("Sec-Fetch-Site", "same-site")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, login)
		fmt.Println(w.Code)
	}
	// Output:
	// 422
	// 403
}

// Who has an account is superuser only by the application's own word.
func ExampleAuth_Superuser() {
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	auth, err := ginauth.New(ginauth.Config{
		Store:    usertest.NewStore(),
		Secret:   secret,
		Backends: []backends.Backend{api},
		Policy:   user.Policy{KeepOneSuperuser: true},
	})
	if err != nil {
		panic(err)
	}
	r := gin.New()
	auth.UsersRoutes(ginauth.ListUsers()).Attach(r.Group("/users"))
	auth.UserSessionsRoutes().Attach(r.Group("/users/:id"))
	r.GET("/admin", auth.Superuser(), showAdmin)

	fmt.Println(get(r, "/admin"))
	// Output:
	// 401 {"detail":"Unauthorized"}
}

// A backup was restored: what had been ended since must not count again.
func ExampleConfig_tokensValidFrom() {
	store := usertest.NewStore()
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.Database{}}
	config := ginauth.Config{Store: store, Secret: secret, Backends: []backends.Backend{api}}
	config.Now = func() time.Time { return time.Date(2026, time.November, 28, 16, 0, 0, 0, time.UTC) }
	before, err := ginauth.New(config)
	if err != nil {
		panic(err)
	}
	u, err := before.Manager().Create(context.Background(), user.Registration{Email: "arthur@camelot.bt", Password: "the-lady-of-the-lake"})
	if err != nil {
		panic(err)
	}
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodPost, "/", nil)
	token, err := before.LogIn(c, api, u)
	if err != nil {
		panic(err)
	}

	after, err := ginauth.New(ginauth.Config{
		Store:    store,
		Secret:   secret,
		Backends: []backends.Backend{api},

		TokensValidFrom: time.Date(2026, time.November, 28, 17, 0, 0, 0, time.UTC),
		Now:             func() time.Time { return time.Date(2026, time.November, 28, 17, 0, 1, 0, time.UTC) },
	})
	if err != nil {
		panic(err)
	}
	for _, auth := range []*ginauth.Auth{before, after} {
		r := gin.New()
		r.GET("/hello", auth.ActiveUser(), func(c *gin.Context) { c.String(http.StatusOK, "hello") })
		request := httptest.NewRequest(http.MethodGet, "/hello", nil)
		request.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, request)
		fmt.Println(w.Code)
	}
	// Output:
	// 200
	// 401
}
