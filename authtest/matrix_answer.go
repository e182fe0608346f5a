package authtest

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"

	"github.com/ginauth/ginauth/routes"
)

// maxBody is how much of a body is kept: more than a refusal has.
const maxBody = 256

// answer takes a response. A stream, which would never end, is cut off as soon as
// its first part is sent: the status is known then.
type answer struct {
	hangUp context.CancelFunc
	gone   chan bool

	mu     sync.Mutex
	header http.Header
	sent   http.Header // as it was when the status was written
	status int
	body   []byte

	hijacked bool
}

var (
	_ http.Flusher  = (*answer)(nil)
	_ http.Hijacker = (*answer)(nil)
	//lint:ignore SA1019 gin's Stream asks for it
	_ http.CloseNotifier = (*answer)(nil)
)

func newAnswer(hangUp context.CancelFunc) *answer {
	return &answer{hangUp: hangUp, gone: make(chan bool, 1), header: http.Header{}}
}

// Header implements [http.ResponseWriter].
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements [http.ResponseWriter].
func (a *answer) WriteHeader(status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.status == 0 && status >= 200 {
		a.status, a.sent = status, a.header.Clone()
	}
}

// Write implements [http.ResponseWriter].
func (a *answer) Write(body []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.body = append(a.body, body[:min(len(body), maxBody-len(a.body))]...)
	return len(body), nil
}

// Flush implements [http.Flusher]: the client has seen enough.
func (a *answer) Flush() {
	a.WriteHeader(http.StatusOK)
	a.hangUp()
	select {
	case a.gone <- true:
	default:
	}
}

// CloseNotify implements [http.CloseNotifier].
func (a *answer) CloseNotify() <-chan bool { return a.gone }

// Hijack implements [http.Hijacker]: there is no connection to take over.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hijacked = a.status == 0
	return nil, nil, errors.New("authtest: the access matrix has no connection to take over")
}

// cell returns the status, marked where ginauth refused the request.
func (a *answer) cell() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.hijacked {
		return hijackCell
	}
	if a.status == 0 {
		return strconv.Itoa(http.StatusOK) // net/http sends it where a handler sends nothing
	}
	if a.isRefusal() {
		return refusedMark + strconv.Itoa(a.status)
	}
	return strconv.Itoa(a.status)
}

// isRefusal reports whether a guard of ginauth answered, or a ginauth route in its place.
func (a *answer) isRefusal() bool {
	if a.sent.Get("Content-Type") != "application/json" || a.sent.Get("Cache-Control") != "no-store" {
		return false
	}
	for _, refusal := range []*routes.Refused{routes.ErrUnauthorized, routes.ErrForbidden, routes.ErrCrossOrigin, routes.ErrInsufficientScope} {
		if a.status == refusal.Status && string(a.body) == `{"detail":"`+refusal.Detail+`"}` {
			return true
		}
	}
	return false
}
