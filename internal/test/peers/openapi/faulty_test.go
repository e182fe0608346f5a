package openapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user/usertest"
)

// fault is how the stores of a world fail.
type fault int32

const (
	sound  fault = iota
	broken       // every call to the store of users is an error
	mad          // every call panics
	torn         // somebody else has changed every limit in the meantime
)

func (w *world) fail(how fault) {
	w.limits.fault.Store(int32(how))
	switch how {
	case broken:
		w.store.Plan(func(context.Context, usertest.Call) usertest.Fault { return usertest.FailBefore })
	case mad:
		w.store.Plan(func(context.Context, usertest.Call) usertest.Fault { panic("the moat is on fire") })
	default:
		w.store.Plan(nil)
	}
}

// faultyLimits are kept where they can fail, too.
type faultyLimits struct {
	*limits.Memory
	fault atomic.Int32
}

func (l *faultyLimits) SwapLimit(ctx context.Context, key, before, after string, keep time.Duration) (bool, error) {
	switch fault(l.fault.Load()) {
	case mad:
		panic("the moat is on fire")
	case torn:
		return false, nil
	}
	return l.Memory.SwapLimit(ctx, key, before, after, keep)
}

// tintagel is where people have accounts: GitHub, as far as its answers go, and a
// provider of OpenID Connect. Every code is another account's.
type tintagel struct {
	down     atomic.Bool
	accounts atomic.Int64
}

var errDown = errors.New("tintagel does not answer")

// RoundTrip implements [http.RoundTripper].
func (p *tintagel) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.down.Load() {
		return nil, errDown
	}
	body := `{"access_token":"x","token_type":"bearer"}`
	switch {
	case strings.HasSuffix(r.URL.Path, "/user"):
		body = fmt.Sprintf(`{"id":%d}`, p.accounts.Add(1))
	case strings.HasSuffix(r.URL.Path, "/emails"):
		body = fmt.Sprintf(`[{"email":"knight%d@camelot.bt","primary":true,"verified":true}]`, p.accounts.Load())
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}, nil
}

// openID is the provider of OpenID Connect.
type openID struct{ at *tintagel }

var _ oauth.OpenID = openID{}

func (openID) Client() oauth.Client { return oauth.Client{Name: "tintagel", ID: "client"} }

func (p openID) Discover(context.Context, *http.Client) (oauth.Discovery, error) {
	if p.at.down.Load() {
		return oauth.Discovery{}, errDown
	}
	return oauth.Discovery{Endpoint: oauth2.Endpoint{AuthURL: "https://tintagel.bt/authorize", TokenURL: "https://tintagel.bt/token"}}, nil
}

func (p openID) Account(context.Context, oauth.Grant) (oauth.Account, error) {
	id := p.at.accounts.Add(1)
	return oauth.Account{ID: fmt.Sprint(id), Email: fmt.Sprintf("lady%d@camelot.bt", id), EmailVerified: true}, nil
}
