package routes

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/user"
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
		return raw(c, http.StatusOK, appendPage(c, nil, page))
	}
}

// listQuery reads limit, cursor and q. A cursor is the last ID of the page before.
func (r *Routes) listQuery(c *gin.Context) (user.ListQuery, error) {
	query := user.ListQuery{Limit: defaultListLimit, EmailPrefix: user.EmailKeyPrefix(c.Query("q"))}
	var items []item
	if text, given := c.GetQuery("limit"); given {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 1 || limit > maxListLimit {
			items = append(items, queryItem("limit", limitFault))
		}
		query.Limit = limit
	}
	if text, given := c.GetQuery("cursor"); given {
		id, err := r.manager.ParseID(text)
		if err != nil {
			items = append(items, queryItem("cursor", cursorFault))
		}
		query.After = id
	}
	if len(items) > 0 {
		return query, &invalidError{items}
	}
	return query, nil
}

// queryItem is one 422 item about a query parameter; the wire profiles do not differ in it.
func queryItem(name, message string) item {
	return item{loc: []any{"query", name}, msg: message, typ: "value_error"}
}

func appendPage(c *gin.Context, dst []byte, page user.Page) []byte {
	dst = append(dst, `{"items":[`...)
	for i, u := range page.Users {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendShown(c, dst, u)
	}
	dst = append(dst, `],"next":`...)
	if !page.More || len(page.Users) == 0 {
		return append(dst, "null}"...)
	}
	dst = strconv.AppendQuote(dst, string(page.Users[len(page.Users)-1].ID))
	return append(dst, '}')
}
