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

	// opList is the list of users, that of package admin where it is attached.
	opList        = operation{"admin", "list"}
	opPlainList   = operation{"users", "list_users"}
	opCreateUser  = operation{"admin", "create"}
	opUser        = operation{"users", "get_user"}
	opUpdateUser  = operation{"users", "update_user"}
	opDeleteUser  = operation{"users", "delete_user"}
	opStartReset  = operation{"users", "start_reset"}
	opBan         = operation{"admin", "ban"}
	opUnban       = operation{"admin", "unban"}
	opVerifyUser  = operation{"admin", "verify"}
	opLogoutUser  = operation{"admin", "logout"}
	opUnlock      = operation{"admin", "unlock"}
	opImpersonate = operation{"admin", "impersonate"}
	opInvitations = operation{"invitations", "list"}
	opInvite      = operation{"invitations", "invite"}
	opRevoke      = operation{"invitations", "revoke"}
	opResend      = operation{"invitations", "resend"}

	opUserSessions      = operation{"user_sessions", "list"}
	opEndUserSession    = operation{"user_sessions", "end"}
	opEndUserSessions   = operation{"user_sessions", "end_all"}
	opUserFactors       = operation{"user_factors", "list"}
	opResetFactors      = operation{"user_factors", "reset"}
	opUserPasskeys      = operation{"user_passkeys", "list"}
	opRemoveUserPasskey = operation{"user_passkeys", "remove"}
	opUserKeys          = operation{"user_api_keys", "list"}
	opRemoveUserKey     = operation{"user_api_keys", "remove"}
	opEndUserKeys       = operation{"user_api_keys", "end_all"}
	opUserEvents        = operation{"user_events", "list"}
)

// offer is a route that is attached.
type offer struct {
	method, path string
	guard        routes.Demands
	doc          routes.Doc
}

// takes returns a parameter of the route's query, if it has it.
func (o offer) takes(name string) (routes.Param, bool) {
	for _, p := range o.doc.Params {
		if p.Name == name && !p.InPath {
			return p, true
		}
	}
	return routes.Param{}, false
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

// ofUsers begins the names of the groups that are attached below the path of one user.
const ofUsers = "user_"

// offersOf finds the operations. Of a group that is attached twice the first one is used;
// groups at a path with parameters are those of administrators.
func offersOf(all []routes.Attached, backend string) offers {
	o := offers{routes: map[operation]offer{}}
	for _, group := range all {
		if strings.ContainsAny(group.Prefix, ":*") && !isOfUser(group) {
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
			one := offer{r.Method, strings.TrimSuffix(group.Prefix, "/") + r.Path, r.Guard, r.Doc}
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
	if plain, ok := o.routes[opPlainList]; ok && !o.has(opList) {
		o.routes[opList] = plain
	}
	return o
}

// isOfUser reports whether a group is one of administrators over a user, named by :id.
func isOfUser(group routes.Attached) bool {
	head, rest, found := strings.Cut(group.Prefix, "/:id")
	return found && strings.HasPrefix(group.Name, ofUsers) && !strings.ContainsAny(head+rest, ":*")
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
