package routes

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

const (
	defaultListLimit = 50
	maxListLimit     = 100
	limitFault       = "value is not an integer from 1 to 100"
	cursorFault      = "unknown cursor"
)

func (r *Routes) listUsers(admin Demands) Handler {
	return func(c *gin.Context) error {
		if err := r.Admit(c, admin); err != nil {
			return err
		}
		query, err := r.listQuery(c)
		if err != nil {
			return err
		}
		page, err := r.manager.List(c.Request.Context(), query)
		if err != nil {
			return err
		}
		return JSON(c, http.StatusOK, pageOf(c, page))
	}
}

// listQuery reads limit, cursor and q. A cursor is the last ID of the page before.
func (r *Routes) listQuery(c *gin.Context) (user.ListQuery, error) {
	query := user.ListQuery{Limit: defaultListLimit, EmailPrefix: email.KeyPrefix(c.Query("q"))}
	var items []wire.Item
	if text, given := c.GetQuery("limit"); given {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 1 || limit > maxListLimit {
			items = append(items, wire.QueryItem("limit", limitFault))
		}
		query.Limit = limit
	}
	if text, given := c.GetQuery("cursor"); given {
		id, err := r.manager.ParseID(text)
		if err != nil {
			items = append(items, wire.QueryItem("cursor", cursorFault))
		}
		query.After = id
	}
	if len(items) > 0 {
		return query, &wire.InvalidError{Items: items}
	}
	return query, nil
}

// userPage is the answer of a list.
type userPage struct {
	Items []jsontext.Value `json:"items"`
	Next  *user.ID         `json:"next"`
}

func pageOf(c *gin.Context, page user.Page) userPage {
	var answer userPage
	for _, u := range page.Users {
		answer.Items = append(answer.Items, appendShown(c, nil, u))
	}
	if page.More && len(page.Users) > 0 {
		answer.Next = &page.Users[len(page.Users)-1].ID
	}
	return answer
}
