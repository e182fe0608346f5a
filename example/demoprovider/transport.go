package demoprovider

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

// Transport returns a transport that asks the provider directly, without the
// network, as its issuer's address need not lead from this process to itself: there
// may be a proxy, a container or a port mapping in between. Requests to other
// addresses go to next.
func (p *Provider) Transport(next http.RoundTripper) http.RoundTripper {
	return transport{provider: p, next: next}
}

type transport struct {
	provider *Provider
	next     http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.String(), t.provider.config.Issuer+"/") {
		return t.next.RoundTrip(r)
	}
	if r.Body == nil {
		r = r.Clone(r.Context())
		r.Body = http.NoBody
	}
	defer func() { _ = r.Body.Close() }()
	served := r.Clone(r.Context())
	served.RequestURI = r.URL.RequestURI()
	answer := &answer{header: http.Header{}}
	t.provider.ServeHTTP(answer, served)
	answer.WriteHeader(http.StatusOK) // unless it has been written
	return &http.Response{
		Status:        http.StatusText(answer.status),
		StatusCode:    answer.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        answer.header,
		Body:          io.NopCloser(&answer.body),
		ContentLength: int64(answer.body.Len()),
		Request:       r,
	}, nil
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements [http.ResponseWriter].
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write implements [http.ResponseWriter].
func (a *answer) Write(data []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(data)
}
