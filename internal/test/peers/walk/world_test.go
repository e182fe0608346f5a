package walk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/audit/audittest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/internal/test/source"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/telemetry"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/username"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	source.Main(m)
}

const (
	appSecret      = "a-secret-of-the-application-0123456789"
	providerSecret = "a-secret-of-the-provider-0123456789"
	password       = "guinevere-of-cameliard"
	wrongPassword  = "excalibur-in-the-stone"
	newPassword    = "caliburn-of-the-lake"
	agent          = "grail/1"
	requestID      = "r-1"
)

// world is an application with every room, whose events can be read request by request.
type world struct {
	*gin.Engine
	t      *testing.T
	auth   *ginauth.Auth
	memory *usertest.Store
	store  *usertest.FaultyStore
	outbox *mails.Outbox
	log    *testlog.Log
	reader *sdkmetric.ManualReader
	spans  *tracetest.SpanRecorder

	table   []row
	golden  map[string][]string // the events of the steps, as the file has them
	names   map[user.ID]string
	secrets map[string]bool
	// required are the kinds that were tried without being recorded.
	required map[user.EventKind]bool
	sources  int
	read     map[string]bool // mails, by link and code
	pattern  string          // of the route that has answered the last request

	mu       sync.Mutex
	now      time.Time
	events   []user.Event // of this request
	told     []user.Event // all so far
	sunk     []user.Event // those that OnEvent got
	recorded []user.Event // of this request, as OnRequiredEvent got them
	broken   user.EventKind
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// heard keeps the events in the order of the decisions: the sink gets them later.
func (w *world) heard(_ context.Context, e user.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
	w.told = append(w.told, e)
}

func (w *world) record(_ context.Context, e user.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.Kind == w.broken {
		return errors.New("no room")
	}
	w.recorded = append(w.recorded, e)
	return nil
}

// taken returns the events since it was called last, and those that were recorded.
func (w *world) taken() (events, recorded []user.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	events, recorded = w.events, w.recorded
	w.events, w.recorded = nil, nil
	return events, recorded
}

func (w *world) breakSink(kind user.EventKind) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = kind
}

var (
	jwt    = backends.Backend{Name: "jwt", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	cookie = backends.Backend{Name: "cookie", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	app    = backends.Backend{Name: "app", Transport: backends.Bearer{}, Strategy: refresh.Strategy{}}
	key    = backends.Backend{Name: "key", Transport: backends.Header{Name: "X-API-Key"}, Strategy: apikey.Strategy{}}
)

// few are limits that a test can reach. Each request has a source of its own, unless a
// client says otherwise.
var few = limits.Config{
	LoginsPerMinute: 3, RegistrationsPerHour: 3, MailRequestsPerHour: 3, OAuthPerMinute: 3, RefreshesPerMinute: 3, PasskeysPerMinute: 3,
	UnknownKeysPerMinute: 3, MailInterval: time.Nanosecond, MailsPerHour: 1000, MailsPerDay: 1000,
}

func newWorld(t *testing.T, required []user.EventKind) *world {
	t.Helper()
	w := &world{
		Engine: gin.New(), t: t, memory: usertest.NewStore(), outbox: &mails.Outbox{Limit: 100_000}, log: &testlog.Log{},
		reader: sdkmetric.NewManualReader(), spans: tracetest.NewSpanRecorder(),
		names: map[user.ID]string{}, read: map[string]bool{}, secrets: map[string]bool{}, required: map[user.EventKind]bool{}, now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC),
	}
	w.store = usertest.NewFaultyStore(w.memory)
	log, err := audit.NewLog(&audittest.Store{}, audit.Config{})
	if err != nil {
		t.Fatal(err)
	}
	config := ginauth.Config{
		Store: w.store, Secret: appSecret, Backends: []backends.Backend{jwt, cookie, app, key}, Now: w.clock,
		Hooks:  mails.Hooks(mails.Config{Sender: w.outbox, AppURL: "https://camelot.bt"}),
		Logger: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Limits: few,
		Roles:  map[string][]string{"editor": {"posts:write"}, "support": {"users:read"}},
		Policy: user.Policy{
			ConfirmEmailChange: true, ResetOnlyAdministration: true, KeepOneSuperuser: true, TellBanned: true, Usernames: &username.Rules{},
		},
		OnEvent: audit.Tee(log.Sink, func(_ context.Context, e user.Event) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.sunk = append(w.sunk, e)
		}),
		RequiredEvents: required, OnRequiredEvent: w.record, Trace: user.Trace{Event: w.heard},
	}
	w.auth, err = ginauth.New(telemetry.Wrap(config, telemetry.WithDatabase("memory"),
		telemetry.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(w.reader))),
		telemetry.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(w.spans)))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.auth.Shutdown(context.Background()) })
	if err := w.attach(log); err != nil {
		t.Fatal(err)
	}
	return w
}

// avalon is a provider without OpenID Connect. It has whom the code names.
type avalon struct{}

func (avalon) Client() oauth.Client {
	return oauth.Client{
		Name: "avalon", ID: "camelot", Secret: providerSecret,
		Endpoint: oauth2.Endpoint{AuthURL: "https://avalon.bt/authorize", TokenURL: "https://avalon.bt/token"},
	}
}

const providerToken, providerRefresh = "provider-access-token-of-", "provider-refresh-token-of-"

// Account implements [oauth.Provider]: the token of nimue@… is verified, other addresses
// are not.
func (avalon) Account(_ context.Context, grant oauth.Grant) (oauth.Account, error) {
	name, ok := strings.CutPrefix(grant.Token.AccessToken, providerToken)
	if !ok || name == "nobody" {
		return oauth.Account{}, errors.New("avalon is in the mist")
	}
	return oauth.Account{ID: name, Email: name + "@camelot.bt", EmailVerified: true}, nil
}

// RoundTrip is the token endpoint.
func (avalon) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(r.PostForm.Get("code"), providerCode)
	recorder := httptest.NewRecorder()
	recorder.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(recorder, `{"access_token":%q,"token_type":"bearer","refresh_token":%q}`, providerToken+name, providerRefresh+name)
	return recorder.Result(), nil
}

const providerCode = "provider-code-of-"

// answer is what a request got.
type answer struct {
	status int
	body   string
	header http.Header
}

// client is a browser, or an app with a bearer token.
type client struct {
	*world
	token, refresh, key string
	cookies             map[string]string
	source              string // one of its own for each request if it is empty
}

func (w *world) client() *client { return &client{world: w, cookies: map[string]string{}} }

func (c *client) call(method, path, body string) answer {
	r := httptest.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(body))
	c.sources++
	c.wait(10 * time.Millisecond) // no two requests, and no two mails, are at one time
	source := c.source
	if source == "" {
		source = fmt.Sprintf("203.%d.%d.7", c.sources/250, c.sources%250)
	}
	r.RemoteAddr = source + ":1"
	r.Header.Set("User-Agent", agent)
	r.Header.Set("X-Request-Id", requestID)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.key != "" {
		r.Header.Set("X-API-Key", c.key)
	}
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	c.noteSent(r, body)
	recorder := httptest.NewRecorder()
	c.ServeHTTP(recorder, r)
	result := recorder.Result()
	text, err := io.ReadAll(result.Body)
	if err != nil {
		c.t.Error(err)
	}
	for _, one := range result.Cookies() {
		if c.cookies[one.Name] = one.Value; one.MaxAge < 0 {
			delete(c.cookies, one.Name)
		}
	}
	got := answer{recorder.Code, string(text), recorder.Header()}
	c.noteGot(got, result.Cookies())
	var login struct {
		Token   string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if got.status == 200 && decoded(got.body, &login) && login.Token != "" {
		c.token, c.refresh = login.Token, login.Refresh
	}
	return got
}
