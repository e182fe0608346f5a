package pages

import (
	"net/url"
	"strings"

	"github.com/ginauth/ginauth/routes"
)

// operation is what a route does: its group and its name in it.
type operation struct{ group, name string }

// The operations that pages are made of.
var (
	opLogin          = operation{"auth", "login"}
	opLogout         = operation{"auth", "logout"}
	opFactor         = operation{"auth", "login_factor"}
	opAskFactors     = operation{"auth", "login_factors"}
	opFactorOptions  = operation{"auth", "login_factor_options"}
	opReauthenticate = operation{"auth", "reauthenticate"}
	opAgainOptions   = operation{"auth", "reauthenticate_options"}
	opRegister       = operation{"register", "register"}
	opForgot         = operation{"reset", "forgot_password"}
	opReset          = operation{"reset", "reset_password"}
	opRequestVerify  = operation{"verify", "request_verify_token"}
	opVerify         = operation{"verify", "verify"}
	opConfirmEmail   = operation{"verify", "confirm_email"}
	opMe             = operation{"users", "get_me"}
	opUpdateMe       = operation{"users", "update_me"}
	opSessions       = operation{"sessions", "list"}
	opEndSession     = operation{"sessions", "end"}
	opEndSessions    = operation{"sessions", "end_all"}
	opFactors        = operation{"factors", "list"}
	opEnrol          = operation{"factors", "enrol_totp"}
	opConfirmTOTP    = operation{"factors", "confirm_totp"}
	opRemoveFactor   = operation{"factors", "remove"}
	opCodes          = operation{"factors", "recovery_codes"}
	opAccounts       = operation{"oauth_accounts", "list"}
	opUnlink         = operation{"oauth_accounts", "unlink"}
	opAskMail        = operation{"mail_login_request", "request_login"}
	opLoginMail      = operation{"mail_login", "login_mail"}
	opKeys           = operation{"api_keys", "list"}
	opMakeKey        = operation{"api_keys", "create"}
	opRemoveKey      = operation{"api_keys", "remove"}
	opRenameKey      = operation{"api_keys", "rename"}
	opEvents         = operation{"events", "list"}
	opPasskeys       = operation{"passkeys", "list"}
	opPasskeyOptions = operation{"passkeys", "create_options"}
	opMakePasskey    = operation{"passkeys", "create"}
	opRenamePasskey  = operation{"passkeys", "rename"}
	opRemovePasskey  = operation{"passkeys", "remove"}

	opPasskeyLoginOptions = operation{"passkey_login", "options"}
	opPasskeyLogin        = operation{"passkey_login", "login"}
)

// offer is a route that is attached.
type offer struct {
	method, path string
	doc          routes.Doc
}

// offers are the routes that the pages can use.
type offers struct {
	routes map[operation]offer
	// providers and links are where people log in with a provider, and link an account
	// there: in redirect mode, as in JSON mode the browser would show the answer.
	providers, links []provider
}

type provider struct {
	name  string
	begin offer
}

func (o offers) has(op operation) bool {
	_, ok := o.routes[op]
	return ok
}

// reads reports whether the route of an operation reads a field of a body.
func (o offers) reads(op operation, field string) bool {
	body := o.routes[op].doc.Body
	if body == nil {
		return false
	}
	for _, f := range body.Fields {
		if f.Name == field {
			return true
		}
	}
	return false
}

// current returns the offers of the groups that are attached by now.
func (p *Pages) current() offers {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.routes.Attached()
	if p.offers.routes == nil || len(all) != p.attached {
		p.offers, p.attached = offersOf(all, p.config.Backend.Name), len(all)
	}
	return p.offers
}

// offersOf finds the operations. Of a group that is attached twice the first one is used;
// groups at a path with parameters are those of administrators.
func offersOf(all []routes.Attached, backend string) offers {
	o := offers{routes: map[operation]offer{}}
	for _, group := range all {
		if strings.ContainsAny(group.Prefix, ":*") {
			continue
		}
		redirects := false
		for _, r := range group.Routes {
			redirects = redirects || r.Doc.Redirects
		}
		for _, r := range group.Routes {
			if r.Backend != "" && r.Backend != backend {
				continue
			}
			one := offer{r.Method, strings.TrimSuffix(group.Prefix, "/") + r.Path, r.Doc}
			if r.Provider != "" {
				if redirects && r.Operation == "authorize" {
					o.add(group.Name, provider{r.Provider, one})
				}
				continue
			}
			if op := (operation{group.Name, r.Operation}); !o.has(op) {
				o.routes[op] = one
			}
		}
	}
	return o
}

func (o *offers) add(group string, p provider) {
	if group == "oauth" {
		o.providers = append(o.providers, p)
	} else {
		o.links = append(o.links, p)
	}
}

func find(all []provider, name string) (provider, bool) {
	for _, p := range all {
		if p.name == name {
			return p, true
		}
	}
	return provider{}, false
}

// target returns the redirect URL of a provider's flow that leads to a path, "" for none.
func (p provider) target(path string) string {
	for _, param := range p.begin.doc.Params {
		if param.Name != "redirect_to" {
			continue
		}
		for _, value := range param.Values {
			if u, err := url.Parse(value); err == nil && strings.TrimSuffix(u.Path, "/") == path {
				return value
			}
		}
	}
	return ""
}
