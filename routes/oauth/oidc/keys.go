package oidc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
)

// keySet verifies signatures with the keys a provider publishes.
type keySet struct {
	provider *Provider
	client   *http.Client
	url      string
}

var _ gooidc.KeySet = keySet{}

// VerifySignature implements [gooidc.KeySet]. A signature by none of the kept keys
// may be by a new one: they are fetched again, but at most once a minute.
func (k keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	keys, err := k.provider.keys.get(ctx, k.fetch)
	if err != nil {
		return nil, err
	}
	payload, err := verifyWith(ctx, keys, jwt)
	if err == nil {
		return payload, nil
	}
	if keys, ok := k.provider.keys.renew(ctx, k.fetch); ok {
		return verifyWith(ctx, keys, jwt)
	}
	return nil, err
}

func (k keySet) fetch(ctx context.Context) ([]byte, error) {
	body, err := fetch(ctx, k.client, k.url)
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("oidc: key set: %w", err)
	}
	if len(set.Keys) == 0 {
		return nil, errors.New("oidc: key set is empty")
	}
	return body, nil
}

// verifyWith lets the library choose the key by its ID and verify. It reads key sets
// by HTTP only, and would keep one for ever; so it gets the kept one by way of a
// transport.
func verifyWith(ctx context.Context, keys []byte, jwt string) ([]byte, error) {
	ctx = gooidc.ClientContext(ctx, &http.Client{Transport: canned(keys)})
	return gooidc.NewRemoteKeySet(ctx, "https://keys.invalid").VerifySignature(ctx, jwt)
}

// canned answers every request with itself.
type canned []byte

// RoundTrip implements [http.RoundTripper].
func (b canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(b)),
		ContentLength: int64(len(b)),
		Request:       r,
	}, nil
}
