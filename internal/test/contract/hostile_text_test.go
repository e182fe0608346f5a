package contract

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// The functions of the cases' templates. Those that return a secret note it.

func (h *hostileWorld) email(name string) string { return h.people[name].email }

func (h *hostileWorld) secret(text string) string {
	h.used = append(h.used, text)
	return text
}

func (h *hostileWorld) token(name, backend string) string {
	token, found := h.tokens[name+" "+backend]
	if !found {
		panic("nobody has the token " + name + " " + backend)
	}
	return h.secret(token)
}

func (h *hostileWorld) session(name string) string {
	return "ginauth_session=" + h.token(name, "session") + "; ginauth_session_bind=" + h.token(name, "bind")
}

// mailToken is a token as mails have them.
func (h *hostileWorld) mailToken(kind mails.Kind, name string) (string, error) {
	u, err := h.in.store.fullStore.ByID(context.Background(), user.ID(h.people[name].id))
	if err != nil {
		return "", err
	}
	manager := h.in.auth.Manager()
	var token string
	switch kind {
	case mails.Reset:
		token, err = manager.ResetToken(u)
	case mails.Verify:
		token, err = manager.VerifyToken(u)
	case mails.ConfirmEmail:
		token, err = manager.EmailChangeToken(u, "new."+u.Email, "")
	}
	return h.secret(token), err
}

// handle is how somebody's first session is called in lists.
func (h *hostileWorld) handle(name string) (string, error) {
	request, err := http.NewRequest("GET", h.url+"/users/me/sessions", nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+h.tokens[name+" jwt"])
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var sessions []struct{ ID string }
	if err := json.NewDecoder(response.Body).Decode(&sessions); err != nil || len(sessions) == 0 {
		return "", fmt.Errorf("%s has no sessions: %w", name, err)
	}
	return sessions[0].ID, nil
}

// account is the ID of somebody's account at a provider.
func (h *hostileWorld) account(name string) (string, error) {
	accounts, err := h.in.store.AccountsOf(context.Background(), user.ID(h.people[name].id))
	if err != nil || len(accounts) == 0 {
		return "", fmt.Errorf("%s has no accounts: %w", name, err)
	}
	return accounts[0].ID, nil
}

// jws signs a header and claims as they are, with HMAC and the key that is derived
// for a purpose. An empty purpose leaves the signature out, "secret" takes the
// application's secret as the key, "public" the published key of the backend asym.
func (h *hostileWorld) jws(purpose, header, claims string) (string, error) {
	purpose, long := strings.CutSuffix(purpose, "/512")
	signed := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	var key []byte
	var err error
	switch purpose {
	case "":
		return h.secret(signed + "."), nil
	case "secret":
		key = []byte(hostileSecret)
	case "public":
		der, _ := x509.MarshalPKIXPublicKey(hostileKey().Public())
		key = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	default:
		key, err = hkdf.Key(sha256.New, []byte(hostileSecret), nil, purpose, 32)
	}
	sum := func() hash.Hash { return sha256.New() }
	if long {
		sum = sha512.New
	}
	mac := hmac.New(sum, key)
	mac.Write([]byte(signed))
	return h.secret(signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))), err
}

// claims are those of an access token of Arthur's with some changed: names and
// JSON in turn, where an empty text takes the claim away.
func (h *hostileWorld) claims(changes ...string) string {
	now := h.in.clock.Now()
	all := [][2]string{
		{"sub", quote(h.people["arthur"].id)}, {"aud", `["ginauth:auth"]`},
		{"iat", fmt.Sprint(now.Unix())}, {"exp", fmt.Sprint(now.Add(time.Hour).Unix())}, {"tv", "0"},
	}
	for i := 0; i < len(changes); i += 2 {
		all = slices.DeleteFunc(all, func(c [2]string) bool { return c[0] == changes[i] })
		if changes[i+1] != "" {
			all = append(all, [2]string{changes[i], changes[i+1]})
		}
	}
	texts := make([]string, len(all))
	for i, c := range all {
		texts[i] = quote(c[0]) + ":" + c[1]
	}
	return "{" + strings.Join(texts, ",") + "}"
}

// flow begins a sign-in, once for each name: "NAME@PATH" or "NAME@PATH@WHO".
func (h *hostileWorld) flow(name string) (hostileFlow, error) {
	if f, begun := h.flows[name]; begun {
		return f, nil
	}
	parts := append(strings.Split(name, "@"), "")
	request, err := http.NewRequest("GET", h.url+parts[1]+"/authorize", nil)
	if err != nil {
		return hostileFlow{}, err
	}
	if who := parts[2]; who != "" {
		request.Header.Set("Authorization", "Bearer "+h.tokens[who+" jwt"])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return hostileFlow{}, err
	}
	defer response.Body.Close()
	var begun struct {
		URL string `json:"authorization_url"`
	}
	err = json.NewDecoder(response.Body).Decode(&begun)
	at, parseErr := url.Parse(begun.URL)
	if err != nil || parseErr != nil || len(response.Cookies()) != 1 {
		return hostileFlow{}, fmt.Errorf("begin %s: %d, %v, %v", name, response.StatusCode, err, parseErr)
	}
	h.flows[name] = hostileFlow{at.Query().Get("state"), response.Cookies()[0].Name, response.Cookies()[0].Value}
	return h.flows[name], nil
}

// text renders a part of a case.
func (h *hostileWorld) text(t *testing.T, part string) string {
	t.Helper()
	if !strings.Contains(part, "${") {
		return part
	}
	now := func(offset int) int64 { return h.in.clock.Now().Unix() + int64(offset) }
	functions := template.FuncMap{
		"id":      func(name string) string { return h.people[name].id },
		"user":    func(name string) string { return h.people[name].json() },
		"token":   h.token,
		"session": h.session,
		"mail":    h.mailToken,
		"handle":  h.handle,
		"account": h.account,
		"jws":     h.jws,
		"claims":  h.claims,
		"secret":  h.secret,
		"now":     now,
		"state":   func(name string) (string, error) { f, err := h.flow(name); return h.secret(f.state), err },
		"crumb":   func(name string) (string, error) { f, err := h.flow(name); return h.secret(f.cookie), err },
		"cookie":  func(name string) (string, error) { f, err := h.flow(name); return f.name, err },
		"cookieOf": func(state string) string {
			sum := sha256.Sum256([]byte(state))
			return "ginauth_oauth_" + base64.RawURLEncoding.EncodeToString(sum[:6])
		},
		"url":    func() string { return h.url },
		"host":   func() string { return strings.TrimPrefix(h.url, "http://") },
		"hash":   records.HashToken,
		"repeat": func(text string, n int) string { return strings.Repeat(text, n) },
		"upper":  strings.ToUpper,
		"cut":    func(text string, from, to int) string { return text[from : len(text)-to] },
		"part":   func(token string, i int) string { return strings.Split(token, ".")[i] },
		"query":  url.QueryEscape,
		"bytes": func(digits string) (string, error) {
			raw, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
			return string(raw), err
		},
	}
	parsed, err := template.New("").Delims("${", "}").Funcs(functions).Parse(part)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := parsed.Execute(&b, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func (h *hostileWorld) texts(t *testing.T, parts []string) []string {
	t.Helper()
	all := make([]string, len(parts))
	for i, part := range parts {
		all[i] = h.text(t, part)
	}
	return all
}
