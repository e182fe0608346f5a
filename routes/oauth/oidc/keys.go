package oidc

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	gooidc "github.com/coreos/go-oidc/v3/oidc"

	"github.com/ginauth/ginauth/internal/strictjson"
)

// publishedKey is a key that a provider publishes (RFC 7517).
type publishedKey struct {
	text json.RawMessage
	// issuer is whose ID tokens the key signs, where the provider says so, as
	// Microsoft does. It may hold the place of the tenant.
	issuer string
}

// libraryClaims are the claims that the library reads, in any spelling.
var libraryClaims = []string{"iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "at_hash", "_claim_names", "_claim_sources"}

// keySet verifies signatures with the keys a provider publishes.
type keySet struct {
	provider *Provider
	client   *http.Client
	url      string
}

var _ gooidc.KeySet = keySet{}

// VerifySignature implements [gooidc.KeySet]. A signature by none of the kept keys
// may be by a new one: they are fetched again, but at most once a minute. The payload
// is returned in a form that means the same to every reader.
func (k keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	keys, err := k.provider.keys.get(ctx, k.fetch)
	if err != nil {
		return nil, err
	}
	payload, err := k.verifyWith(ctx, keys, jwt)
	if err != nil {
		renewed, ok := k.provider.keys.renew(ctx, k.fetch)
		if !ok {
			return nil, err
		}
		if payload, err = k.verifyWith(ctx, renewed, jwt); err != nil {
			return nil, err
		}
	}
	members, err := strictjson.Members(payload)
	if err != nil {
		return nil, err
	}
	return strictjson.Object(strictjson.Exact(members, libraryClaims...))
}

func (k keySet) fetch(ctx context.Context) ([]publishedKey, error) {
	body, err := fetch(ctx, k.client, k.url)
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := strictjson.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("oidc: key set: %w", err)
	}
	if len(set.Keys) == 0 {
		return nil, errors.New("oidc: key set is empty")
	}
	keys := make([]publishedKey, len(set.Keys))
	for i, text := range set.Keys {
		if keys[i], err = readKey(text); err != nil {
			return nil, fmt.Errorf("oidc: key set: %w", err)
		}
	}
	return keys, nil
}

// readKey leaves out other spellings of what the library reads in any.
func readKey(text json.RawMessage) (publishedKey, error) {
	var key struct {
		Issuer string `json:"issuer"`
	}
	if err := strictjson.Unmarshal(text, &key); err != nil {
		return publishedKey{}, err
	}
	members, err := strictjson.Members(text)
	if err != nil {
		return publishedKey{}, err
	}
	text, err = strictjson.Object(strictjson.Exact(members, "alg"))
	return publishedKey{text, key.Issuer}, err
}

// verifyWith lets the library choose the key by its ID and verify. It reads key sets
// by HTTP only, and would keep one for ever; so it gets the kept ones by way of a
// transport.
func (k keySet) verifyWith(ctx context.Context, keys []publishedKey, jwt string) ([]byte, error) {
	usable, err := k.usable(keys, jwt)
	if err != nil {
		return nil, err
	}
	set, err := json.Marshal(map[string][]json.RawMessage{"keys": usable})
	if err != nil {
		return nil, err
	}
	ctx = gooidc.ClientContext(ctx, &http.Client{Transport: canned(set)})
	return gooidc.NewRemoteKeySet(ctx, "https://keys.invalid").VerifySignature(ctx, jwt)
}

// usable returns the keys that may have signed jwt. One provider of many tenants
// publishes the keys of all its issuers in one set, and a key of one issuer must not
// sign for another.
func (k keySet) usable(keys []publishedKey, jwt string) ([]json.RawMessage, error) {
	var of claims
	if k.provider.habits.tenants {
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[1])
		if err != nil {
			return nil, errors.New("oidc: malformed ID token")
		}
		if err := strictjson.Unmarshal(payload, &of); err != nil {
			return nil, err
		}
	}
	usable := []json.RawMessage{}
	for _, key := range keys {
		if !k.provider.habits.tenants || key.issuer == "" || ofTenant(key.issuer, of.Tenant) == of.Issuer {
			usable = append(usable, key.text)
		}
	}
	return usable, nil
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
