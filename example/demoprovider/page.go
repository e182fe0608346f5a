package demoprovider

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The paths of the page, below that of the issuer.
const (
	signInPath = "/sign-in"
	cancelPath = "/cancel"
	stylePath  = "/style.css"
)

const (
	maxForm = 16 << 10 // bytes
	maxText = 255      // bytes of an address or subject
)

//go:embed page.html
var pageText string

//go:embed style.css
var style []byte

var page = template.Must(template.New("page").Parse(pageText))

// shown is what the page shows. Without an Action there is no form.
type shown struct {
	Stylesheet, Client    string
	Action, Cancel, Alert string
	Email, Subject        string
	Verified              bool
}

// signIn shows the page, and takes its form.
func (p *Provider) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	pending, found := p.storage.requests.look(r.FormValue("id"))
	if !found {
		p.show(w, http.StatusBadRequest, shown{Alert: "This sign-in is unknown or too old. Go back to the application and begin again."})
		return
	}
	form := shown{
		Action: withID(p.prefix+signInPath, pending.id),
		Cancel: withID(p.prefix+cancelPath, pending.id),
		Email:  pending.LoginHint,
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		p.show(w, http.StatusOK, form)
		return
	case http.MethodPost:
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	form.Email, form.Subject = r.PostFormValue("email"), r.PostFormValue("sub")
	form.Verified = r.PostFormValue("email_verified") != ""
	who, problem := newAccount(form)
	if problem != "" {
		form.Alert = problem
		p.show(w, http.StatusBadRequest, form)
		return
	}
	p.answer(w, r, pending, who)
}

// answer sends the browser back with a code for the account.
func (p *Provider) answer(w http.ResponseWriter, r *http.Request, pending request, who account) {
	pending.account, pending.signedIn = who, time.Now()
	p.storage.requests.put(pending.id, pending)
	target, err := op.BuildAuthResponseCallbackURL(r.Context(), pending, p.op)
	if err != nil {
		op.AuthRequestError(w, r, pending, err, p.op)
		return
	}
	leave(w, r, target)
}

// cancel sends the browser back with the error access_denied.
func (p *Provider) cancel(w http.ResponseWriter, r *http.Request) {
	pending, found := p.storage.requests.take(r.FormValue("id"))
	if !found {
		p.signIn(w, r) // says so
		return
	}
	refusal := oidc.ErrAccessDenied()
	refusal.State = pending.State
	target, err := op.AuthResponseURL(pending.RedirectURI, pending.ResponseType, pending.ResponseMode, refusal, p.op.Encoder())
	if err != nil {
		op.AuthRequestError(w, r, pending, err, p.op)
		return
	}
	leave(w, r, target)
}

func leave(w http.ResponseWriter, r *http.Request, target string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// newAccount returns the account of the form, or a problem to show on the page.
func newAccount(form shown) (who account, problem string) {
	a := account{
		subject:       strings.TrimSpace(form.Subject),
		email:         strings.TrimSpace(form.Email),
		emailVerified: form.Verified,
	}
	switch {
	case a.subject == "" && a.email == "":
		return account{}, "Enter an e-mail address, or a subject for an account without one."
	case len(a.subject) > maxText || len(a.email) > maxText:
		return account{}, "That is too long."
	case strings.ContainsFunc(a.subject+a.email, unicode.IsControl):
		return account{}, "That has characters nobody can see."
	case a.email == "":
		a.emailVerified = false
	}
	if a.subject == "" {
		a.subject = subjectOf(a.email)
	}
	return a, ""
}

// subjectOf returns the subject of an account for which none was chosen: always the
// same for one address, also after a restart.
func subjectOf(email string) string {
	sum := sha256.Sum256([]byte("ginauth demo provider:" + strings.ToLower(email)))
	return hex.EncodeToString(sum[:10])
}

func (p *Provider) show(w http.ResponseWriter, status int, s shown) {
	s.Stylesheet, s.Client = p.prefix+stylePath, p.config.ClientID
	var body bytes.Buffer
	if err := page.Execute(&body, s); err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // the client may have gone, which does not matter
}

func serveStyle(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(style)
}

// pagePolicy allows the page its own style and its form. Browsers also compare
// where the form's answer redirects to: the client.
func pagePolicy(c Config) string {
	targets := []string{"'self'"}
	for _, redirect := range c.RedirectURLs {
		if u, err := url.Parse(redirect); err == nil && !slices.Contains(targets, u.Scheme+"://"+u.Host) {
			targets = append(targets, u.Scheme+"://"+u.Host)
		}
	}
	return "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action " +
		strings.Join(targets, " ")
}

func withID(base, id string) string { return base + "?id=" + url.QueryEscape(id) }
