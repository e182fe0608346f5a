package apikeys

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// apiKeyItem is a key as its owner sees it.
type apiKeyItem struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Prefix     string     `json:"prefix"`
	Scopes     []string   `json:"scopes"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
}

func listDoc(summary string) routes.Doc {
	return routes.Doc{
		Summary:     summary,
		Description: "Newest first. `prefix` is the beginning of the key; `scopes` are those that are still declared.",
		Successes:   []routes.Success{{Status: http.StatusOK, Description: "The keys that are valid, without their secrets.", Body: []apiKeyItem{sample()}}},
	}
}

// show answers with the valid keys of u.
func (k *APIKeys) show(c *gin.Context, u *user.User) error {
	all, err := k.keysOf(c.Request.Context(), u)
	if err != nil {
		return err
	}
	keys := []apiKeyItem{}
	for _, one := range slices.Backward(all) {
		if shown, valid := k.listed(u, one); valid {
			keys = append(keys, shown)
		}
	}
	return routes.JSON(c, http.StatusOK, keys)
}

// keysOf returns the keys of u, valid or not, oldest first.
func (k *APIKeys) keysOf(ctx context.Context, u *user.User) (all []records.Credential, err error) {
	err = k.stored(ctx, func(ctx context.Context) (err error) {
		all, err = k.store.CredentialsOf(ctx, u.ID, apikey.Kind)
		return err
	})
	return all, err
}

// listed returns c as its owner sees it, and whether it is valid.
func (k *APIKeys) listed(u *user.User, c records.Credential) (apiKeyItem, bool) {
	key, valid := k.tokens.Valid(u, c)
	return apiKeyItem{c.ID, c.Name, key.Short, key.Scopes, c.CreatedAt.UTC(), timeOrNull(c.ExpiresAt), timeOrNull(c.LastUsedAt)}, valid
}

// timeOrNull is how a time is shown that may not be there.
func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
