package oauth

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
)

// accountRoutes are the routes of a user's own accounts.
type accountRoutes struct {
	routes   *routes.Routes
	accounts *Accounts
	demands  routes.Demands
	change   routes.Demands
}

// account is one of them as its owner sees it: never a token.
type account struct {
	ID           string    `json:"id"`
	Provider     string    `json:"provider"`
	AccountID    string    `json:"account_id"`
	AccountEmail string    `json:"account_email"`
	CreatedAt    time.Time `json:"created_at"`
}

func (a *accountRoutes) list(c *gin.Context) error {
	if err := a.routes.Admit(c, a.demands); err != nil {
		return err
	}
	stored, err := a.accounts.Of(c.Request.Context(), routes.ResultFrom(c).User)
	if err != nil {
		return err
	}
	own := make([]account, len(stored))
	for i, s := range stored {
		own[i] = account{
			ID: s.ID, Provider: s.Provider, AccountID: s.AccountID,
			AccountEmail: s.AccountEmail, CreatedAt: s.CreatedAt.UTC(),
		}
	}
	return routes.JSON(c, http.StatusOK, own)
}

func (a *accountRoutes) unlink(c *gin.Context) error {
	if err := a.routes.Admit(c, a.change); err != nil {
		return err
	}
	if err := a.accounts.Unlink(c.Request.Context(), routes.ResultFrom(c).User, c.Param("account")); err != nil {
		return err
	}
	return routes.NoContent(c)
}
