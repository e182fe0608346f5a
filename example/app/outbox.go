package app

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/pages"
	"github.com/ginauth/ginauth/routes"
)

// outboxMail is a mail as /outbox.json shows it.
type outboxMail struct {
	To    string `json:"to"`
	Kind  string `json:"kind"`
	Token string `json:"token"`
	// Code is null in mails without one.
	Code *string   `json:"code"`
	URL  string    `json:"url"`
	At   time.Time `json:"at"`
}

// outboxPolicy is the policy of the page, and of the mails on it, whose frames inherit
// it: no scripts, nothing from elsewhere, and of styles what mails have, attributes.
// What a mail links to does not open in its frame either.
const outboxPolicy = "default-src 'none'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// attachOutbox shows the mails of all users to every client, for demonstrations only.
func attachOutbox(r gin.IRouter, outbox *mails.Outbox, p *pages.Pages) {
	list := func() []outboxMail {
		shown := []outboxMail{}
		for _, m := range outbox.Messages() {
			mail := outboxMail{To: m.To, Kind: string(m.Kind), Token: m.Token, URL: m.URL, At: m.At.UTC()}
			if m.Code != "" {
				mail.Code = &m.Code
			}
			shown = append(shown, mail)
		}
		return shown
	}
	r.GET("/outbox.json", func(c *gin.Context) {
		c.Header("Cache-Control", "no-store")
		if err := routes.JSON(c, http.StatusOK, list()); err != nil {
			c.AbortWithError(http.StatusInternalServerError, err)
		}
	})
	r.GET("/outbox", func(c *gin.Context) {
		c.Header("Content-Security-Policy", outboxPolicy)
		p.HTML(c, http.StatusOK, "outbox", outbox.Messages())
	})
}
