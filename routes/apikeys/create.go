package apikeys

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// apiKeyCreated is a new key: the only answer with its secret.
type apiKeyCreated struct {
	apiKeyItem
	Key string `json:"key"`
}

func (o own) createRoute() routes.Route {
	key := sample()
	key.LastUsedAt = nil
	return routes.Route{Method: http.MethodPost, Path: "/api-keys", Operation: "create", Event: EventAPIKeyMade, Guard: o.change, Doc: routes.Doc{
		Summary:     "Make an API key",
		Description: "Scopes: " + o.scopeTexts() + ". A key without scopes opens nothing.",
		Body: &routes.Body{Name: "CreateAPIKeyRequest", Fields: []routes.Field{
			{Name: nameField, Required: true, Example: "Warehouse", Description: "1 to 64 characters."},
			{Name: scopesField, Type: "array", Nullable: true, Example: []string{o.scopes[0]}, Description: "Defaults to none."},
			{Name: expiresField, Format: "date-time", Nullable: true, Description: o.expiresText()},
		}},
		Successes: []routes.Success{{
			Status: http.StatusCreated, Description: "The key, shown this once.", Body: apiKeyCreated{key, "gak_AbC12345_…"},
		}},
		Refusals: []routes.Refused{*errLimit, *routes.ErrForbidden},
		Vetoed:   o.routes.Manager().Vetoes().Credential,
	}}
}

func (k *APIKeys) scopeTexts() string {
	texts := make([]string, len(k.scopes))
	for i, name := range k.scopes {
		texts[i] = "`" + name + "`"
		if text := k.config.Scopes[name].Description; text != "" {
			texts[i] += " (" + text + ")"
		}
	}
	return strings.Join(texts, ", ")
}

func (k *APIKeys) expiresText() string {
	if k.config.MaxLifetime == 0 {
		return "A time (RFC 3339) in the future. Defaults to no end."
	}
	return "A time (RFC 3339) in the future, not later than " + k.config.MaxLifetime.String() + " from now, which is the default."
}

// create is POST /api-keys.
func (o own) create(c *gin.Context) error {
	if _, err := o.who(c); err != nil {
		return err
	}
	in, err := o.routes.Input(c)
	if err != nil {
		return err
	}
	draft := o.draft(in)
	if err := in.Err(); err != nil {
		return err
	}
	// The body may have been long on its way: a session that was ended meanwhile must not
	// leave a key behind.
	u, err := o.who(c)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(draft.Scopes, func(scope string) bool { return !o.may(u, scope) }) {
		return routes.ErrForbidden
	}
	ctx := c.Request.Context()
	if err := o.vetoed(ctx, u, user.CredentialChange{Name: draft.Name, Scopes: draft.Scopes}); err != nil {
		return err
	}
	key, made, err := o.make(ctx, u, draft, func() error {
		_, err := o.who(c)
		return err
	})
	if err != nil {
		return err
	}
	o.routes.Manager().Notify(ctx, user.MailAPIKeyMade, u)
	shown, _ := o.listed(u, made)
	return routes.JSON(c, http.StatusCreated, apiKeyCreated{shown, string(key)})
}

// draft reads what the client wants. What else is in the body is not looked at: the owner
// is the user who asks.
func (o own) draft(in *routes.Input) apikey.Draft {
	draft := apikey.Draft{Name: mustName(in)}
	for i, scope := range in.OptionalTexts(scopesField) {
		if !slices.Contains(o.scopes, scope) {
			in.InvalidAt(scopesField, i, "unknown scope")
		} else if !slices.Contains(draft.Scopes, scope) {
			draft.Scopes = append(draft.Scopes, scope)
		}
	}
	draft.ExpiresAt = o.expiry(in)
	return draft
}

// expiry returns the end of a new key, zero for none.
func (o own) expiry(in *routes.Input) (end time.Time) {
	now := o.routes.Now().UTC().Truncate(time.Millisecond)
	var latest time.Time
	if o.config.MaxLifetime > 0 {
		latest = now.Add(o.config.MaxLifetime)
	}
	if !in.Has(expiresField) {
		return latest
	}
	text := in.OptionalText(expiresField)
	if text == "" && in.Err() != nil {
		return end // it is no text
	}
	end, err := time.Parse(time.RFC3339, text)
	switch end = end.UTC().Truncate(time.Millisecond); {
	case err != nil:
		in.Invalid(expiresField, "must be a time as in RFC 3339")
	case !end.After(now):
		in.Invalid(expiresField, "must be in the future")
	case !latest.IsZero() && end.After(latest):
		in.Invalid(expiresField, "must not be later than "+latest.Format(time.RFC3339))
	case end.Year() > 9999:
		in.Invalid(expiresField, "must not be later than the year 9999")
	}
	return end
}

// make stores a new key of u, unless there are too many or admits refuses. What is left of
// keys that are not valid any more is removed on this occasion.
func (k *APIKeys) make(ctx context.Context, u *user.User, draft apikey.Draft, admits func() error) (key secrets.Secret, made records.Credential, err error) {
	all, err := k.keysOf(ctx, u)
	if err != nil {
		return "", made, err
	}
	valid := k.valid(u, all)
	k.dropEnded(ctx, u, all)
	if len(valid) >= k.config.MaxKeys {
		return "", made, errLimit
	}
	if key, made, err = k.tokens.Make(ctx, u, draft); err != nil {
		return "", made, err
	}
	err = k.decide(ctx, madeEvent(u, made, draft.Scopes), func() error { return k.keep(ctx, u, made, admits) })
	return key, made, err
}

// keep stores a key, and takes it back if there are too many now: others may have been
// stored at the same time. Each is stored before it is counted, so there are never too
// many in the end. It also takes it back if admits says that the session was ended
// meanwhile, which the key would outlive.
func (k *APIKeys) keep(ctx context.Context, u *user.User, made records.Credential, admits func() error) error {
	if err := k.stored(ctx, func(ctx context.Context) error { return k.store.CreateCredential(ctx, made) }); err != nil {
		return err
	}
	all, err := k.keysOf(ctx, u)
	if err == nil {
		err = admits()
	}
	if err == nil && len(k.valid(u, all)) > k.config.MaxKeys {
		err = errLimit
	}
	if err != nil {
		k.drop(ctx, u, []records.Credential{made})
	}
	return err
}

// valid returns the keys of u that are valid.
func (k *APIKeys) valid(u *user.User, all []records.Credential) []records.Credential {
	return slices.DeleteFunc(slices.Clone(all), func(c records.Credential) bool {
		_, valid := k.tokens.Valid(u, c)
		return !valid
	})
}
