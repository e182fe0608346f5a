package pages_test

import (
	"net/http"
	"os"
	"testing/fstest"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/pages"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/oidc"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

// An application with server-rendered pages: one line attaches sign-in, sign-up and the
// account, and RequireLogin guards the rest.
func ExampleRoutes() {
	hooks := mails.Hooks(mails.Config{
		Sender:           mails.NewPrinter(os.Stdout),
		AppURL:           "https://camelot.example",
		VerifyPath:       "/account/verify",
		ResetPath:        "/account/reset",
		ConfirmEmailPath: "/account/confirm-email",
		LoginPath:        "/account/sign-in/link",
		InvitationPath:   "/account/invitation",
		TokenInQuery:     true,
	})
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: "0123456789abcdef0123456789abcdef", Backends: []backends.Backend{web}, Hooks: hooks,
	})
	if err != nil {
		panic(err)
	}
	r := gin.New()

	auth.AuthRoutes(web).Attach(r.Group("/auth/web"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.ResetPasswordRoutes().Attach(r.Group("/auth"))
	auth.VerifyRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	auth.SessionsRoutes().Attach(r.Group("/users/me"))

	pages.Routes(auth, pages.Config{Engine: r, Backend: web, Name: "Camelot"}).Attach(r.Group("/account"))

	r.GET("/castle", pages.RequireLogin(auth), func(c *gin.Context) {
		c.String(200, "Hello, %s", ginauth.UserFrom(c).Email)
	})

	google := oidc.Google(oidc.Config{ClientID: os.Getenv("GOOGLE_CLIENT_ID"), ClientSecret: secrets.Secret(os.Getenv("GOOGLE_CLIENT_SECRET"))})
	oauth.Routes(auth, google, web, oauth.Config{
		RedirectURL: "https://camelot.example/auth/google/callback",
		RedirectTo:  []string{"https://camelot.example/account"},
	}).Attach(r.Group("/auth/google"))
	oauth.AssociateRoutes(auth, google, oauth.Config{
		RedirectURL: "https://camelot.example/auth/link/google/callback",
		RedirectTo:  []string{"https://camelot.example/account/linked"},
	}).Attach(r.Group("/auth/link/google"))
	oauth.AccountsRoutes(auth).Attach(r.Group("/users/me"))
}

// An application's own look: custom properties of style.css, and texts.
func ExampleConfig_files() {
	look := fstest.MapFS{ // usually an embed.FS
		"assets/theme.css": {Data: []byte(`:root { --accent: #7a1f3d; --radius: 2px; --font: Georgia, serif }
@media (prefers-color-scheme: dark) { :root { --accent: #f0a6bd; --on-accent: #3b0a1b } }`)},
		"languages/en.json": {Data: []byte(`{"sign_in.title": "Welcome back, knight"}`)},
	}
	_ = pages.Config{Name: "Camelot", Files: look}
}

// Pages for administrators as well.
func ExampleConfig_administration() {
	r, auth, web := camelot()
	auth.UsersRoutes().Attach(r.Group("/users"))

	pages.Routes(auth, pages.Config{Engine: r, Backend: web, Name: "Camelot", Administration: true}).Attach(r.Group("/account"))
}

// A page of the application's own: templates/great-hall.html of Files.
func ExamplePages_HTML() {
	r, auth, web := camelot()
	shown := pages.Routes(auth, pages.Config{Engine: r, Backend: web, Name: "Camelot", Home: "/", Files: fstest.MapFS{
		"templates/great-hall.html": {Data: []byte(`{{template "top" .}}<p>Come in!</p>{{template "bottom" .}}`)},
		"languages/en.json":         {Data: []byte(`{"great_hall.title": "The great hall"}`)},
	}})
	shown.Attach(r.Group("/account"))

	r.GET("/", auth.CurrentUser(ginauth.Optional()), func(c *gin.Context) {
		shown.HTML(c, http.StatusOK, "great-hall", nil) // nil: what the template has as .Data
	})
}

func camelot() (*gin.Engine, *ginauth.Auth, backends.Backend) {
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: "0123456789abcdef0123456789abcdef", Backends: []backends.Backend{web},
	})
	if err != nil {
		panic(err)
	}
	return gin.New(), auth, web
}
