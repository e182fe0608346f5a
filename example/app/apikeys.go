package app

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/routes/apikeys"
)

// apiKeys are the keys that users make for programs. A key lasts for a year at most.
func (a *App) apiKeys(ctx context.Context) (*apikeys.APIKeys, error) {
	return apikeys.New(ctx, a.Auth, apikeys.Config{
		Scopes: map[string]apikeys.Scope{
			"orders:read":  {Description: "see orders"},
			"orders:write": {Description: "change orders"},
		},
		MaxLifetime: 366 * 24 * time.Hour,
	})
}
