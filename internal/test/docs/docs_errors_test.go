package docs

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/test/source"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/oidc"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

const secret secrets.Secret = "0123456789abcdef0123456789abcdef"

const errorsPage = "docs/errors.md"

var (
	codeLiteral = regexp.MustCompile(`"([A-Z]+(?:_[A-Z0-9]+)+)"`)
	tableRow    = regexp.MustCompile("(?m)^\\| `([A-Z]+ /[^`]*)`†? \\|([^|]*)\\|([^|]*)\\|([^|]*)\\|$")
	statusCode  = regexp.MustCompile(`\b[2-5][0-9][0-9]\b`)
)

// Every code that a route can send is explained.
func TestCodesInDocs(t *testing.T) {
	t.Parallel()
	page := source.Read(t, errorsPage)
	codes := 0
	for _, path := range source.Files(t, ".go") {
		if path := filepath.ToSlash(path); !strings.HasPrefix(path, "routes/") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/internal/") {
			continue
		}
		for _, match := range codeLiteral.FindAllStringSubmatch(source.Read(t, path), -1) {
			codes++
			if !strings.Contains(page, "`"+match[1]+"`") {
				t.Errorf("%s: %s is not in %s", path, match[1], errorsPage)
			}
		}
	}
	if codes == 0 {
		t.Error("there are no codes; the test has seen nothing")
	}
}

// The table of routes has every route with every status it can answer, and no other.
func TestStatusesInDocs(t *testing.T) {
	t.Parallel()
	documented := map[string][]int{}
	for _, row := range tableRow.FindAllStringSubmatch(source.Read(t, errorsPage), -1) {
		documented[row[1]] = statusesOfRow(t, row)
	}
	real := statusesOfRoutes(t)
	for _, route := range slices.Sorted(maps.Keys(real)) {
		if got, want := documented[route], real[route]; !slices.Equal(got, want) {
			t.Errorf("%s: %s has %v, want %v", route, errorsPage, got, want)
		}
	}
	for route := range documented {
		if real[route] == nil {
			t.Errorf("%s: %s has a route that is attached nowhere", route, errorsPage)
		}
	}
}

func statusesOfRow(t *testing.T, row []string) []int {
	t.Helper()
	statuses := map[int]bool{}
	for _, text := range statusCode.FindAllString(row[2]+row[4], -1) {
		status, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		statuses[status] = true
	}
	if strings.TrimSpace(row[3]) != "" {
		statuses[400] = true
	}
	if !strings.HasSuffix(row[1], "/jwks.json") {
		statuses[500], statuses[503] = true, true
	}
	return slices.Sorted(maps.Keys(statuses))
}

// statusesOfRoutes returns what each route can answer in one application or another.
func statusesOfRoutes(t *testing.T) map[string][]int {
	t.Helper()
	all := map[string]map[int]bool{}
	for _, variant := range []documentedApp{{}, {verified: true}, {fullBar: true}, {redirect: true}, {openID: true}} {
		auth, r := variant.build(t)
		for _, route := range r.Routes() {
			name := fmt.Sprint(route.Method, " ", strings.TrimSuffix(route.Path, "/"))
			if all[name] == nil {
				all[name] = map[int]bool{}
			}
			for _, status := range openapi.Statuses(auth, route.Method, route.Path) {
				all[name][status] = true
			}
		}
	}
	sorted := map[string][]int{}
	for name, statuses := range all {
		sorted[name] = slices.Sorted(maps.Keys(statuses))
	}
	return sorted
}

// documentedApp is an application with every group there is.
type documentedApp struct{ verified, fullBar, redirect, openID bool }

func (a documentedApp) build(t *testing.T) (*ginauth.Auth, *gin.Engine) {
	t.Helper()
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{web, api},
		Hooks: mails.Hooks(mails.Config{Sender: &mails.Outbox{}, AppURL: "https://app.example"}),
		Policy: user.Policy{
			ConcealRegistration:     a.fullBar,
			RequireCurrentPassword:  a.fullBar,
			ConfirmEmailChange:      a.fullBar,
			ResetOnlyAdministration: a.fullBar,
			KeepOneSuperuser:        a.fullBar,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var options []ginauth.GroupOption
	if a.verified {
		options = append(options, ginauth.Verified())
	}
	var github oauth.Provider = oauth.GitHub{ClientID: "id", ClientSecret: "secret"}
	if a.openID { // what differs is that the provider is asked for its endpoints
		github = oidc.Google(oidc.Config{ClientID: "id", ClientSecret: "secret"})
	}
	flow := oauth.Config{RedirectURL: "https://app.example/callback"}
	if a.redirect {
		flow.RedirectTo = []string{"/"}
	}
	r := gin.New()
	auth.AuthRoutes(web, options...).Attach(r.Group("/auth/web"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.ResetPasswordRoutes().Attach(r.Group("/auth"))
	auth.VerifyRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes(append(options, ginauth.ListUsers())...).Attach(r.Group("/users"))
	auth.SessionsRoutes(options...).Attach(r.Group("/users/me"))
	auth.UserSessionsRoutes(options...).Attach(r.Group("/users/:id"))
	auth.PublicKeysRoutes(api).Attach(r.Group("/.well-known"))
	oauth.Routes(auth, github, web, flow, options...).Attach(r.Group("/auth/github"))
	oauth.AssociateRoutes(auth, github, flow, options...).Attach(r.Group("/auth/associate/github"))
	oauth.AccountsRoutes(auth, options...).Attach(r.Group("/users/me"))
	return auth, r
}
