package app

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/passkeys"
)

// relyingParty is whose passkeys the demonstration's are, and where pages can use them.
type relyingParty struct{ id, origin string }

// relyingParty returns the host of PUBLIC_URL. An IP address has no passkeys: there it is
// localhost, at the same port.
func (s Settings) relyingParty() relyingParty {
	u, err := url.Parse(strings.ToLower(strings.TrimSuffix(s.PublicURL, "/")))
	if err != nil {
		return relyingParty{}
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		u.Scheme = "http" // a certificate would not be for localhost
		u.Host = strings.TrimSuffix(net.JoinHostPort("localhost", u.Port()), ":")
	}
	usual := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	if u.Port() == usual {
		u.Host = u.Hostname()
	}
	return relyingParty{u.Hostname(), u.Scheme + "://" + u.Host}
}

// newPasskeys returns nil where browsers have no passkeys: PUBLIC_URL is plain HTTP on
// another machine, or a name without a domain.
func (a *App) newPasskeys(ctx context.Context) (*passkeys.Passkeys, error) {
	party := a.settings.relyingParty()
	if !isLoopback(party.id) && (a.insecure() || !strings.Contains(party.id, ".")) {
		return nil, nil //nolint:nilnil // the comment above says what nil means
	}
	return passkeys.New(ctx, a.Auth, passkeys.Config{
		RPID: party.id, Name: "ginauth's demonstration", Origins: []string{party.origin}, AsSecondFactor: true,
		Cookie: backends.Cookie{Insecure: a.insecure()},
	})
}

// attachPasskeys attaches the routes of passkeys to every backend's group.
func attachPasskeys(r gin.IRouter, keys *passkeys.Passkeys, w ways) {
	if keys == nil {
		return
	}
	for _, b := range w.logins() {
		keys.Login(b).Attach(r.Group("/auth/" + strings.ReplaceAll(b.Name, "_", "-")))
	}
	keys.Own().Attach(r.Group("/users/me"))
	keys.Admin().Attach(r.Group("/users/:id"))
	keys.WellKnown().Attach(r)
}

// passkeysElsewhere returns the origin at which browsers have passkeys, if that is not
// PUBLIC_URL; empty otherwise, and where there are none.
func (a *App) passkeysElsewhere(keys *passkeys.Passkeys) string {
	u, err := url.Parse(a.settings.PublicURL)
	if keys == nil || err != nil || strings.EqualFold(u.Hostname(), a.settings.relyingParty().id) {
		return ""
	}
	return a.settings.relyingParty().origin
}
