package app

import (
	"encoding/hex"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/example/demoprovider"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/oidc"
	"github.com/ginauth/ginauth/user/secrets"
)

const (
	demoPath   = "/demo-provider"
	demoName   = "demo"
	demoClient = "ginauth-demo"
)

// way is one provider that people can sign in with.
type way struct {
	Name, Title string
	provider    oauth.Provider
	// transport asks the provider; nil for the usual one.
	transport http.RoundTripper
}

// newDemo returns the demo provider, which runs inside this process, and the way to
// sign in with it. Both are empty where the settings leave it out.
func (a *App) newDemo(keys *secrets.Keys) (*demoprovider.Provider, []way, error) {
	if !a.settings.hasDemoProvider() {
		return nil, nil, nil
	}
	secret := secrets.Secret(hex.EncodeToString(keys.Derive("example:demo-client")[0]))
	issuer := a.settings.PublicURL + demoPath
	demo, err := demoprovider.New(demoprovider.Config{
		Issuer:       issuer,
		ClientID:     demoClient,
		ClientSecret: secret,
		RedirectURLs: []string{a.callbackURL("/auth/" + demoName), a.callbackURL("/auth/" + demoName + "-web"), a.callbackURL("/auth/associate/" + demoName), a.callbackURL("/auth/associate/" + demoName + "-web")},
	})
	if err != nil {
		return nil, nil, err
	}
	return demo, []way{{
		Name:  demoName,
		Title: "Demo provider",
		provider: oidc.New(oidc.Config{
			Name:         demoName,
			Issuer:       issuer,
			ClientID:     demoClient,
			ClientSecret: secret,
			InsecureHTTP: a.insecure(),
		}),
		transport: demo.Transport(http.DefaultTransport),
	}}, nil
}

// realWays are the providers that the environment switches on.
func (a *App) realWays() []way {
	var all []way
	for _, s := range a.settings.Providers {
		for _, k := range known {
			if k.name == s.Name {
				all = append(all, way{Name: k.name, Title: k.title, provider: k.make(s)})
			}
		}
	}
	return all
}

// attachOAuth mounts each provider four times: sign-in for API clients and for browsers,
// and, for both, linking to the account that is logged in.
func (a *App) attachOAuth(r gin.IRouter, w ways, providers []way) {
	for _, p := range providers {
		path := "/auth/" + p.Name
		oauth.Routes(a.Auth, p.provider, w.jwt, a.oauthConfig(p, path)).Attach(r.Group(path))

		path = "/auth/" + p.Name + "-web"
		web := a.oauthConfig(p, path)
		web.RedirectTo = []string{a.settings.PublicURL + "/", a.settings.PublicURL + "/account", a.settings.PublicURL + accountPath}
		oauth.Routes(a.Auth, p.provider, w.cookie, web).Attach(r.Group(path))

		path = "/auth/associate/" + p.Name
		oauth.AssociateRoutes(a.Auth, p.provider, a.oauthConfig(p, path)).Attach(r.Group(path))

		path += "-web"
		linking := a.oauthConfig(p, path)
		linking.RedirectTo = []string{a.settings.PublicURL + accountPath + "/linked"}
		oauth.AssociateRoutes(a.Auth, p.provider, linking).Attach(r.Group(path))
	}
	oauth.AccountsRoutes(a.Auth).Attach(r.Group("/users/me"))
}

// oauthConfig does not link accounts by address for the demo provider, which reports any
// address as verified.
func (a *App) oauthConfig(p way, path string) oauth.Config {
	return oauth.Config{
		RedirectURL:      a.callbackURL(path),
		AssociateByEmail: a.settings.AssociateByEmail == "on" && p.Name != demoName,
		Cookie:           backends.Cookie{Insecure: a.insecure()},
		Transport:        p.transport,
	}
}

func (a *App) callbackURL(group string) string { return a.settings.PublicURL + group + "/callback" }
