package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/ginauth/ginauth/internal/strictjson"
)

const (
	// maxAnswer is how much of a provider's answer is read, in bytes, decompressed.
	maxAnswer      = 1 << 20
	connectTimeout = 3 * time.Second
)

var (
	errRedirected = errors.New("oauth: provider answered with a redirect")
	errTooLong    = errors.New("oauth: provider's answer is longer than 1 MiB")
)

// forTokens returns client for requests to a token endpoint.
func forTokens(client *http.Client) *http.Client {
	tokens := *client
	tokens.Transport = tokenAnswers{client.Transport}
	return &tokens
}

// newHTTP returns the client for requests to a provider.
func newHTTP(timeout time.Duration, transport http.RoundTripper) *http.Client {
	return &http.Client{
		Timeout:   timeout,
		Transport: limited{transport},
		// A redirect could carry code and secret to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirected },
	}
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout:    connectTimeout,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        90 * time.Second,
		ForceAttemptHTTP2:      true,
	}
}

// limited makes reading more than maxAnswer of an answer an error: a part of it
// must not pass for the whole.
type limited struct{ base http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := l.base.RoundTrip(r)
	if err == nil {
		response.Body = &limitedBody{response.Body, maxAnswer}
	}
	return response, err
}

type limitedBody struct {
	io.ReadCloser
	left int64
}

// Read implements [io.Reader].
func (b *limitedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLong
	}
	return n, err
}

// StatusError says that a provider has answered [Grant.JSON] with another status than 200.
type StatusError struct {
	// Status is the status, such as 403 where the token does not allow to ask.
	Status int
}

// Error returns the status.
func (e *StatusError) Error() string { return fmt.Sprintf("oauth: provider answered %d", e.Status) }

// JSON reads what the provider answers at url, for the grant's access token, into
// value, as encoding/json would, but for this: keys match to the byte, and a key that
// stands twice in one object makes the whole answer an error. So does any JSON that
// value does not take. Another status than 200 is a [*StatusError].
func (g Grant) JSON(ctx context.Context, url string, value any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "ginauth")
	// Whatever the provider calls the token's type: it is one for this header.
	request.Header.Set("Authorization", "Bearer "+g.Token.AccessToken)
	response, err := g.HTTP.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return &StatusError{response.StatusCode}
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if err := strictjson.Unmarshal(body, value); err != nil {
		return fmt.Errorf("oauth: provider's answer: %w", err)
	}
	return nil
}

// told is JSON that also returns the provider's answer.
func (g Grant) told(ctx context.Context, url string, value any) (json.RawMessage, error) {
	var told json.RawMessage
	if err := g.JSON(ctx, url, &told); err != nil {
		return nil, err
	}
	if err := strictjson.Unmarshal(told, value); err != nil {
		return nil, fmt.Errorf("oauth: provider's answer: %w", err)
	}
	return told, nil
}
