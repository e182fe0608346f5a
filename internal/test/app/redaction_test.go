package app

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/oidc"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

// hidden is in every place of the values below that holds a secret.
const hidden = "lady-of-the-lake-and-more-of-her"

// told is a value whose JSON is meant to tell the secret: it is what a client or a
// mail gets.
type told struct{ value any }

// Whatever is printed, logged or marshalled by mistake shows no secret, not even
// where it lies inside of something else.
func TestNothingSecretIsShown(t *testing.T) {
	t.Parallel()
	secretOf, text := secrets.Secret(hidden), hidden
	private := ed25519.NewKeyFromSeed([]byte(hidden))
	key := backends.JWTKey{ID: "k", Algorithm: "EdDSA", Private: private}
	jwt := backends.JWT{Secret: secretOf, Keys: []backends.JWTKey{key, {ID: "old", Secret: secretOf}}}
	u := user.User{ID: "7", Email: arthur, HashedPassword: hidden, KeptToken: hidden}
	keys, err := secrets.NewKeys(secretOf, secretOf)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := secrets.NewSealer(secretOf)
	if err != nil {
		t.Fatal(err)
	}
	config := ginauth.Config{
		Store: usertest.NewStore(), Secret: secretOf, PreviousSecrets: []secrets.Secret{secretOf},
		Backends: []backends.Backend{{Name: "api", Transport: backends.Bearer{}, Strategy: jwt}},
		Limits:   limits.Config{Off: true}, Logger: slog.New(slog.DiscardHandler),
	}
	auth, err := ginauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	mailer, err := mails.New(mails.Config{SMTP: "smtp://merlin:" + hidden + "@127.0.0.1:1", From: arthur, AppURL: "https://app.example"})
	if err != nil {
		t.Fatal(err)
	}
	derived := fmt.Sprint(keys.Derive("ginauth:reset")[0])
	values := []any{
		secretOf, []secrets.Secret{secretOf}, map[string]secrets.Secret{"a": secretOf}, config, auth, auth.Manager(), auth.Routes(),
		auth.Routes().Authenticator(), auth.Routes().Authenticator().Backend("api"),
		keys, sealer, auth.Routes().Purpose("ginauth:reset", 1<<40),
		u, user.Page{Users: []*user.User{&u}}, password.Owner{ID: "7", Email: arthur, Profile: &u},
		user.Registration{Password: secretOf}, user.Changes{Password: &secretOf, CurrentPassword: &secretOf},
		user.Update{HashedPassword: &text, If: user.Conditions{HashedPassword: &text}}, user.Conditions{HashedPassword: &text},
		oauth.Identity{AccessToken: secretOf, RefreshToken: secretOf}, oauth.SealedTokens{Sealer: sealer}, oauth.Config{KeepTokens: oauth.SealedTokens{Sealer: sealer}},
		records.OAuthAccount{Provider: "grail", AccessToken: hidden, RefreshToken: hidden},
		key, jwt, config.Backends[0],
		backends.Result{User: &u, Token: hidden},
		told{backends.BearerToken{AccessToken: hidden}},
		backends.Setup{Keys: keys},
		oauth.Client{Secret: secretOf}, oauth.Grant{Token: &oauth2.Token{AccessToken: hidden, RefreshToken: hidden}},
		oauth.GitHub{ClientSecret: secretOf}, oauth.Discord{ClientSecret: secretOf}, oauth.Facebook{ClientSecret: secretOf},
		oidc.Config{ClientSecret: secretOf}, oidc.New(oidc.Config{Name: "x", Issuer: "https://idp.example", ClientID: "x", ClientSecret: secretOf}),
		mails.Config{SMTP: secretOf}, mailer, authtest.New(t),
		told{mails.Message{Token: hidden, URL: hidden, Text: hidden, HTML: hidden}},
		told{mails.Data{Token: hidden, URL: hidden}},
		user.Mail{Token: secretOf, Code: secretOf, UserAgent: hidden},
	}
	for _, value := range values {
		tells, isTold := value.(told)
		if isTold {
			value = tells.value
		}
		for where, shown := range showings(value, isTold) {
			for _, form := range append(formsOf(hidden), formsOf(string(private))...) {
				if strings.Contains(shown, form) {
					t.Errorf("%s of %T shows %.20q…: %.500s", where, value, form, shown)
				}
			}
			if strings.Contains(shown, derived) {
				t.Errorf("%s of %T shows a derived key: %.300s", where, value, shown)
			}
		}
	}
}

// showings are the ways in which a value may be seen: by itself, by a pointer and
// inside of another.
func showings(value any, isTold bool) map[string]string {
	all := map[string]string{}
	inside := struct {
		Name  string
		Value any
	}{"x", value}
	pointer := reflect.New(reflect.TypeOf(value))
	pointer.Elem().Set(reflect.ValueOf(value))
	for name, v := range map[string]any{"value": value, "pointer": pointer.Interface(), "struct": inside, "slice": []any{value}, "map": map[string]any{"x": value}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
			all[verb+" "+name] = fmt.Sprintf(verb, v)
		}
		all["error "+name] = fmt.Errorf("failed with %v", v).Error()
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", v)
		if !isTold || name == "value" { // what is inside of another is marshalled by encoding/json
			slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", v)
		}
		all["log "+name] = log.String()
		if !isTold {
			encoded, _ := json.Marshal(v) // some have parts that cannot be marshalled
			all["JSON "+name] = string(encoded)
		}
	}
	return all
}

// formsOf are the forms in which bytes may be printed.
func formsOf(secret string) []string {
	hash := sha256.Sum256([]byte(secret))
	return []string{
		secret, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
		base64.StdEncoding.EncodeToString([]byte(secret))[:40],
		strings.Trim(fmt.Sprint([]byte(secret)), "[]"), hex.EncodeToString(hash[:]),
	}
}
