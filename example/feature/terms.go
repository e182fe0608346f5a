// Package feature is a feature of an application's own on the house of ginauth: users
// accept the terms of service, and routes can demand that they have. It is the example
// of docs/feature.md.
package feature

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// acceptances is the kind of the feature's records. They go with their user, because
// they are credentials.
const acceptances records.CredentialKind = "terms"

// Terms are the terms of service of an application. They are safe for concurrent use.
type Terms struct {
	routes  *routes.Routes
	store   records.CredentialStore
	version string
}

// New returns the terms in their present version. The error says what the store lacks.
func New(ctx context.Context, auth *ginauth.Auth, version string) (*Terms, error) {
	store := auth.Manager().Store()
	if err := records.Ensure(ctx, store, records.NeedCredentials); err != nil {
		return nil, fmt.Errorf("terms: %w", err)
	}
	credentials, _ := records.As[records.CredentialStore](store) // Ensure has seen it
	return &Terms{auth.Routes(), credentials, version}, nil
}

// acceptance is what GET /terms answers.
type acceptance struct {
	Version  string `json:"version"`
	Accepted bool   `json:"accepted"`
}

// Own returns GET and POST /terms for the current user, usually attached to /users/me.
func (t *Terms) Own() routes.Group {
	own := routes.Demands{User: true, Active: true}
	get := routes.Route{Method: http.MethodGet, Path: "/terms", Operation: "get_terms", Guard: own, Doc: routes.Doc{
		Summary:   "Whether the user has accepted the terms",
		Successes: []routes.Success{{Status: http.StatusOK, Description: "The present version.", Body: acceptance{t.version, true}}},
	}}
	accept := routes.Route{Method: http.MethodPost, Path: "/terms", Operation: "accept_terms", Guard: own, Doc: routes.Doc{
		Summary:   "Accept the terms",
		Body:      &routes.Body{Name: "TermsAcceptance", Fields: []routes.Field{{Name: "version", Required: true, Example: t.version}}},
		Successes: []routes.Success{{Status: http.StatusNoContent, Description: "Accepted."}},
	}}
	return t.routes.Group("terms",
		t.routes.Handled(get, routes.Operation{}, t.get(own)),
		t.routes.Handled(accept, routes.Operation{}, t.accept(own)))
}

func (t *Terms) get(own routes.Demands) routes.Handler {
	return func(c *gin.Context) error {
		if err := t.routes.Admit(c, own); err != nil {
			return err
		}
		accepted, err := t.accepted(c.Request.Context(), ginauth.UserFrom(c))
		if err != nil {
			return err
		}
		return routes.JSON(c, http.StatusOK, acceptance{t.version, accepted})
	}
}

func (t *Terms) accept(own routes.Demands) routes.Handler {
	return func(c *gin.Context) error {
		if err := t.routes.Admit(c, own); err != nil {
			return err
		}
		in, err := t.routes.Input(c)
		if err != nil {
			return err
		}
		if version := in.Text("version"); in.Err() == nil && version != t.version {
			in.Invalid("version", "is not the present version")
		}
		if err := in.Err(); err != nil {
			return err
		}
		if err := t.record(c.Request.Context(), ginauth.UserFrom(c)); err != nil {
			return err
		}
		return routes.NoContent(c)
	}
}

// record stores that u has accepted the terms. The unique key makes a second time the
// same as the first.
func (t *Terms) record(ctx context.Context, u *user.User) error {
	c := records.Credential{
		ID: records.NewCredentialID(), UserID: u.ID, Kind: acceptances, Key: t.key(u),
		OwnerVersion: u.OwnerVersion, Rev: 1, CreatedAt: t.routes.Now().UTC().Truncate(time.Millisecond),
	}
	_, err := records.StoreCall(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, t.store.CreateCredential(ctx, c) })
	if errors.Is(err, user.ErrExists) {
		return nil
	}
	return err
}

// accepted reports whether u, and not a former owner of the account, has accepted.
func (t *Terms) accepted(ctx context.Context, u *user.User) (bool, error) {
	c, err := records.StoreCall(ctx, func(ctx context.Context) (records.Credential, error) {
		return t.store.CredentialByKey(ctx, acceptances, t.key(u))
	})
	if errors.Is(err, user.ErrNotFound) {
		return false, nil
	}
	return err == nil && c.OwnerVersion == u.OwnerVersion, err
}

// key is unique for a user, a version of the terms and an owner of the account.
func (t *Terms) key(u *user.User) string {
	return fmt.Sprintf("%s:%s:%d", u.ID, t.version, u.OwnerVersion)
}

// Accepted returns middleware that refuses users who have not accepted the terms with
// 403 TERMS_NOT_ACCEPTED. It comes after a guard such as [ginauth.Auth.ActiveUser].
func (t *Terms) Accepted() gin.HandlerFunc {
	return func(c *gin.Context) {
		accepted, err := t.accepted(c.Request.Context(), ginauth.UserFrom(c))
		switch {
		case err != nil:
			c.AbortWithStatusJSON(http.StatusServiceUnavailable, gin.H{"detail": "Service Unavailable"})
		case !accepted:
			c.AbortWithStatusJSON(http.StatusForbidden, gin.H{"detail": "TERMS_NOT_ACCEPTED"})
		}
	}
}
