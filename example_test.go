package ginauth_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

func ExampleNew() {
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}

	auth, err := ginauth.New(ginauth.Config{
		Store:    usertest.NewStore(), // mongostore.Open in production
		Secret:   secret,              // at least 32 random bytes, the same in every instance
		Backends: []backends.Backend{web, api},
	})
	if err != nil {
		panic(err)
	}
	defer auth.Shutdown(context.Background())

	r := gin.New()
	auth.AuthRoutes(web).Attach(r.Group("/auth/web"))
	auth.AuthRoutes(api).Attach(r.Group("/auth/api"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes().Attach(r.Group("/users"))

	for _, route := range r.Routes() {
		if route.Method == http.MethodPost {
			fmt.Println(route.Method, route.Path)
		}
	}
	// Unordered output:
	// POST /auth/web/login
	// POST /auth/web/logout
	// POST /auth/api/login
	// POST /auth/api/logout
	// POST /auth/register
}

// The error of New lists every mistake by its field.
func ExampleNew_mistakes() {
	_, err := ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: "too short"})
	fmt.Println(err)
	// Output:
	// ginauth: invalid configuration:
	// Config.Secret has 9 bytes, want at least 32
	// Config.Backends is empty, want at least one
}

func ExampleAuth_ActiveUser() {
	auth, r := exampleApp()
	r.GET("/hello", auth.ActiveUser(), func(c *gin.Context) {
		c.String(200, "Hello, %s", ginauth.UserFrom(c).Email)
	})
	r.GET("/reports", auth.ActiveUser(ginauth.Verified(), ginauth.Via("api")), showReports)
	r.GET("/admin", auth.Superuser(), showAdmin)

	fmt.Println(get(r, "/hello"))
	// Output:
	// 401 {"detail":"Unauthorized"}
}

// A page that anybody may see, and that greets whom it knows.
func ExampleOptional() {
	auth, r := exampleApp()
	r.GET("/", auth.ActiveUser(ginauth.Optional()), func(c *gin.Context) {
		if u := ginauth.UserFrom(c); u != nil {
			c.String(200, "Welcome back, %s", u.Email)
			return
		}
		c.String(200, "Welcome, stranger")
	})
	fmt.Println(get(r, "/"))
	// Output:
	// 200 Welcome, stranger
}

// An application with HTML pages sends people to its login page.
func ExampleOnRefuse() {
	auth, r := exampleApp()
	toLogin := ginauth.OnRefuse(func(c *gin.Context, status int, code string) {
		c.Redirect(http.StatusSeeOther, "/login")
	})
	r.GET("/account", auth.ActiveUser(toLogin), showAccount)

	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/account", nil))
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output:
	// 303 /login
}

// The application's own fields stand beside the built-in ones.
func ExampleProfileFrom() {
	type Profile struct {
		FirstName *string `json:"first_name" bson:"first_name" binding:"omitempty,max=80"`
		Plan      string  `json:"plan" bson:"plan" ginauth:"readonly"`
	}
	store := usertest.NewStore(usertest.WithProfile[Profile]()) // mongostore.WithProfile[Profile]() in production

	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	auth, err := ginauth.New(ginauth.Config{Store: store, Secret: secret, Backends: []backends.Backend{api}})
	if err != nil {
		panic(err)
	}
	r := gin.New()
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	r.GET("/name", auth.ActiveUser(), func(c *gin.Context) {
		if name := ginauth.ProfileFrom[Profile](c).FirstName; name != nil {
			c.String(200, *name)
		}
	})

	body := `{"email":"king.arthur@camelot.bt","password":"guinevere","first_name":"Arthur","plan":"gold"}`
	request := httptest.NewRequest(http.MethodPost, "/auth/register", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, request)
	_, fields, _ := strings.Cut(w.Body.String(), `"is_verified":false,`)
	fmt.Println(w.Code, fields)
	// Output:
	// 201 "first_name":"Arthur","plan":""}
}

// An application's own way in ends at the same gate as every other: the account
// is checked, the hooks run, a token is issued.
func ExampleAuth_LogIn() {
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	auth, r := exampleApp(web)
	ownPages := http.NewCrossOriginProtection()
	r.POST("/login-by-badge", func(c *gin.Context) {
		if ownPages.Check(c.Request) != nil {
			c.Status(http.StatusForbidden)
			return
		}
		u, err := auth.Manager().ByEmail(c.Request.Context(), ownerOfBadge(c))
		if err == nil {
			_, err = auth.LogIn(c, web, u)
		}
		switch {
		case errors.Is(err, user.ErrUnavailable):
			c.Status(http.StatusServiceUnavailable)
		case err != nil:
			c.Status(http.StatusForbidden)
		default:
			c.Redirect(http.StatusSeeOther, "/")
		}
	})
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/login-by-badge", nil))
	fmt.Println(w.Code)
	// Output:
	// 403
}

// Hooks of an application: who may register, and what happens when somebody did.
func ExampleConfig_hooks() {
	hooks := user.Hooks{
		BeforeRegister: func(ctx context.Context, r *user.Registration) error {
			if !strings.HasSuffix(r.Email, "@camelot.bt") {
				return &user.Refusal{Code: "NOT_A_KNIGHT", Status: 403}
			}
			return nil
		},
		AfterRegister: func(ctx context.Context, u *user.User) error {
			fmt.Println("welcome,", u.Email)
			return nil
		},
	}
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{api}, Hooks: hooks,
	})
	if err != nil {
		panic(err)
	}
	r := gin.New()
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	for _, email := range []string{"mordred@orkney.bt", "lancelot@camelot.bt"} {
		request := httptest.NewRequest(http.MethodPost, "/auth/register", strings.NewReader(`{"email":"`+email+`","password":"guinevere"}`))
		request.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, request)
		fmt.Println(w.Code)
	}
	// Output:
	// 403
	// welcome, lancelot@camelot.bt
	// 201
}

// Backends for a web site, a mobile app and other services.
func ExampleConfig_backends() {
	web := backends.Backend{Name: "web", Transport: backends.Cookie{Name: "__Host-ginauth"}, Strategy: backends.Database{
		IdleTimeout: time.Hour,
	}}
	mobile := backends.Backend{Name: "mobile", Transport: backends.Bearer{}, Strategy: backends.Database{
		Lifetime:         30 * 24 * time.Hour,  // after the last use
		AbsoluteLifetime: 365 * 24 * time.Hour, // after the login
	}}
	_, private, _ := ed25519.GenerateKey(nil)
	services := backends.Backend{Name: "services", Transport: backends.Bearer{}, Strategy: backends.JWT{
		Keys:     []backends.JWTKey{{ID: "2026-11", Algorithm: "EdDSA", Private: private}},
		Lifetime: 15 * time.Minute,
	}}

	auth, r := exampleApp(web, mobile, services)
	auth.AuthRoutes(services).Attach(r.Group("/auth/services"))
	auth.PublicKeysRoutes(services).Attach(r.Group("/.well-known"))
	fmt.Println(get(r, "/.well-known/jwks.json")[:40])
	// Output:
	// 200 {"keys":[{"kty":"OKP","use":"sig","a
}

func exampleApp(ways ...backends.Backend) (*ginauth.Auth, *gin.Engine) {
	if len(ways) == 0 {
		ways = []backends.Backend{{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}}
	}
	auth, err := ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: secret, Backends: ways})
	if err != nil {
		panic(err)
	}
	return auth, gin.New()
}

func get(r http.Handler, path string) string {
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return fmt.Sprint(w.Code, " ", w.Body)
}

func showReports(*gin.Context)         {}
func showAdmin(*gin.Context)           {}
func showAccount(*gin.Context)         {}
func ownerOfBadge(*gin.Context) string { return "nobody@camelot.bt" }
