package factors

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// passkeyKind is that of passkeys, which are listed beside: they answer the same question.
const passkeyKind records.CredentialKind = "passkey"

// factorItem is a factor as its owner sees it.
type factorItem struct {
	ID         string     `json:"id"`
	Type       string     `json:"type"`
	Name       string     `json:"name"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
	// Active is false for a key whose confirmation ended in the middle: no login asks
	// for it. It is not shown otherwise.
	Active *bool `json:"active,omitzero"`
}

type factorList struct {
	Factors   []factorItem `json:"factors"`
	CodesLeft int          `json:"recovery_codes_left"`
}

func listDoc(summary string) routes.Doc {
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	return routes.Doc{
		Summary: summary,
		Description: "Types are `totp`, `passkey` and `device`, a trusted browser. `\"active\":false` says that an app was confirmed, but that no login asks " +
			"for it: the request was cut short, and has to be repeated with a new code.",
		Successes: []routes.Success{{Status: http.StatusOK, Description: "No secret is among them.", Body: factorList{
			[]factorItem{{"7Q3V9X0A2BCD4EFGHJKMNPQRST", "totp", "Phone", at, &at, nil}}, recoverySet,
		}}},
	}
}

func (o own) listRoute() routes.Route {
	return routes.Route{Method: http.MethodGet, Path: "/factors", Operation: "list", Guard: o.see, Doc: listDoc("List one's own factors")}
}

// list is GET /factors.
func (o own) list(c *gin.Context) error {
	if err := o.routes.Admit(c, o.see); err != nil {
		return err
	}
	return o.show(c, routes.ResultFrom(c).User)
}

// show answers with the factors that u can use.
func (f *Factors) show(c *gin.Context, u *user.User) error {
	all := factorList{Factors: []factorItem{}}
	err := f.stored(c.Request.Context(), func(ctx context.Context) (err error) {
		if all.CodesLeft, err = f.codesLeft(ctx, u); err != nil {
			return err
		}
		credentials, err := f.store.CredentialsOf(ctx, u.ID, totpKind, passkeyKind, deviceKind)
		if err != nil {
			return err
		}
		for _, one := range credentials {
			if shown, ok := f.listed(u, one); ok {
				all.Factors = append(all.Factors, shown)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !u.SecondFactor {
		all.CodesLeft = 0
	}
	return routes.JSON(c, http.StatusOK, all)
}

// listed returns c as its owner sees it, and whether it is to be seen.
func (f *Factors) listed(u *user.User, c records.Credential) (factorItem, bool) {
	shown := factorItem{c.ID, string(c.Kind), c.Name, c.CreatedAt.UTC(), timeOrNull(c.LastUsedAt), nil}
	switch {
	case !f.isValid(u, c), c.Key == newKey(u.ID):
		return shown, false
	case c.Kind == deviceKind:
		return shown, isCurrent(u, c)
	case c.Kind == totpKind:
		if key, err := f.readKey(c); err == nil && !key.ConfirmedAt.IsZero() {
			shown.CreatedAt = key.ConfirmedAt.UTC()
		}
		if !u.SecondFactor {
			shown.Active = new(bool)
		}
	}
	return shown, true
}
