package oauth

import (
	"net/http"
	"strings"
	"time"

	"github.com/ginauth/ginauth/routes"
)

// authorization is what /authorize answers.
type authorization struct {
	URL string `json:"authorization_url"`
}

func (f *flow) authorizeDoc(summary string) routes.Doc {
	doc := routes.Doc{
		Summary:     summary,
		Description: "Answers where to send the browser, and binds what follows to it by a cookie. Every flow has a cookie of its own, so several can be under way in one browser.",
		Params:      []routes.Param{f.scopesParam()},
		Successes: []routes.Success{{
			Status: http.StatusOK, Description: "Where to send the browser.",
			Body: authorization{"https://id.example.com/authorize?response_type=code&client_id=CLIENT_ID&state=STATE"},
			Headers: []routes.Header{{
				Name: "Set-Cookie", Description: "Binds the flow to the browser.", Example: f.config.Cookie.Name + "_XXXXXXXX=TOKEN",
			}},
		}},
		Limited: true,
	}
	if f.remembers {
		doc.Params = append(doc.Params, routes.Param{
			Name: rememberParam, Values: []string{"true"},
			Description: "Stay logged in when the browser is closed. Other values are ignored.",
		})
	}
	if f.redirects() {
		doc.Params = append(doc.Params, routes.Param{
			Name: targetParam, Values: f.config.RedirectTo, Default: f.config.RedirectTo[0], Fault: targetFault,
			Description: "Where the callback redirects to.",
		})
	}
	return doc
}

func (f *flow) scopesParam() routes.Param {
	description := "What to ask the provider for. Others are refused."
	if all := append(f.client.Scopes[:len(f.client.Scopes):len(f.client.Scopes)], f.client.AllowedScopes...); len(all) > 0 {
		description = "What to ask the provider for: " + strings.Join(all, ", ") + ". Others are refused."
	}
	return routes.Param{Name: scopesParam, Repeated: true, Description: description, Fault: scopesFault}
}

// callbackDoc describes a callback that ends with success in JSON mode.
func (f *flow) callbackDoc(summary string, success routes.Success) routes.Doc {
	doc := routes.Doc{
		Summary:     summary,
		Description: "The provider sends the browser here. `error` wins over all else and is passed on.",
		Params: []routes.Param{
			{Name: "code", Description: "The provider's code."},
			{Name: "state", Description: "What /authorize has sent along. It is good once."},
			{Name: "error", Description: "The provider's error.", Example: "access_denied"},
			{Name: "iss", Description: "The provider's issuer (RFC 9207)."},
		},
		Successes: []routes.Success{success},
	}
	if f.redirects() {
		doc.Redirects = true
		doc.Successes = []routes.Success{{
			Status:      http.StatusSeeOther,
			Description: "To the redirect URL of the flow, with `error=<code>` in its query where something failed.",
			Headers:     []routes.Header{{Name: "Location", Description: "The redirect URL.", Example: f.config.RedirectTo[0]}},
		}}
	}
	return doc
}

func listDoc() routes.Doc {
	return routes.Doc{
		Summary: "List one's own accounts at providers", Description: "Oldest first.",
		Successes: []routes.Success{{
			Status: http.StatusOK, Description: "The accounts one can log in with.", Body: []account{sampleAccount()},
		}},
	}
}

func unlinkDoc() routes.Doc {
	return routes.Doc{
		Summary: "Unlink one of one's own accounts at providers",
		Params: []routes.Param{{
			Name: "account", InPath: true, Example: sampleAccount().ID, Description: "The account's `id` from the list.",
		}},
		Successes: []routes.Success{{Status: http.StatusNoContent, Description: "It is unlinked."}},
	}
}

func sampleAccount() account {
	return account{
		ID: "7d0fb8a5-3c1e-4e0a-9a53-0f6f3a9d2c11", Provider: "google", AccountID: "1094",
		AccountEmail: "king.arthur@tintagel.bt", CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
}
