package passkeys

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
)

// relatedOrigins is the document of WebAuthn level 3, section 5.11.
type relatedOrigins struct {
	Origins []string `json:"origins"`
}

// WellKnown returns the group of GET /.well-known/webauthn, to attach to the root of the
// host that RPID names: by it browsers let pages of RelatedOrigins use the passkeys.
func (p *Passkeys) WellKnown() routes.Group {
	document := relatedOrigins{append([]string{}, p.config.RelatedOrigins...)}
	route := routes.Route{Method: http.MethodGet, Path: "/.well-known/webauthn", Operation: "related_origins", Doc: routes.Doc{
		Summary:   "Origins on other domains that use the passkeys",
		Local:     true,
		Successes: []routes.Success{{Status: http.StatusOK, Description: "For browsers (WebAuthn level 3, section 5.11).", Body: document}},
	}}
	return p.routes.Group("passkey_origins", p.routes.Handled(route, routes.Operation{}, func(c *gin.Context) error {
		return routes.JSON(c, http.StatusOK, document)
	}))
}
