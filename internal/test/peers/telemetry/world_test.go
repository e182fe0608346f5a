package telemetry_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/telemetry"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

const (
	secret   = secrets.Secret("0123456789abcdef0123456789abcdef")
	arthur   = "arthur@camelot.bt"
	password = "guinevere"
)

// world is an application whose metrics and spans can be read.
type world struct {
	*gin.Engine
	t       *testing.T
	auth    *ginauth.Auth
	memory  *usertest.Store
	faulty  *usertest.FaultyStore
	outbox  *mails.Outbox
	reader  *sdkmetric.ManualReader
	spans   *tracetest.SpanRecorder
	secrets []string // what is in no event, log or mail either
	said    []string // what only the client and the application may know

	mu   sync.Mutex
	told strings.Builder // all events, and the log at level Debug
}

func newWorld(t *testing.T, change ...func(*ginauth.Config)) *world {
	t.Helper()
	w := &world{
		Engine: gin.New(), t: t, memory: usertest.NewStore(), outbox: &mails.Outbox{},
		reader: sdkmetric.NewManualReader(), spans: tracetest.NewSpanRecorder(),
	}
	w.faulty = usertest.NewFaultyStore(w.memory)
	app := backends.Backend{Name: "app", Transport: backends.Bearer{}, Strategy: refresh.Strategy{}}
	stored := backends.Backend{Name: "stored", Transport: backends.Bearer{}, Strategy: backends.Database{}}
	config := ginauth.Config{
		Store: w.faulty, Secret: secret, Backends: []backends.Backend{app, stored},
		Hooks:  mails.Hooks(mails.Config{Sender: w.outbox, AppURL: "https://app.example"}),
		Logger: slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})),
		OnEvent: func(_ context.Context, e user.Event) {
			e.ID = ""
			form, err := json.Marshal(e)
			if err != nil {
				t.Error(err)
			}
			_, _ = w.Write(form)
		},
	}
	for _, c := range change {
		c(&config)
	}
	var err error
	w.auth, err = ginauth.New(telemetry.Wrap(config, telemetry.WithDatabase("memory"), telemetry.WithCollectionNames(map[string]string{"access_tokens": "sessions"}),
		telemetry.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(w.reader))),
		telemetry.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(w.spans)))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.auth.Shutdown(context.Background()) })
	w.auth.AuthRoutes(app).Attach(w.Group("/auth"))
	w.auth.AuthRoutes(stored).Attach(w.Group("/auth/stored"))
	w.auth.RegisterRoutes().Attach(w.Group("/auth"))
	w.auth.ResetPasswordRoutes().Attach(w.Group("/auth"))
	w.auth.UsersRoutes().Attach(w.Group("/users"))
	return w
}

// Write takes a line of the log, or an event.
func (w *world) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.told.Write(text)
}

// send returns the status and the body of an answer.
func (w *world) send(method, path, body string, headers ...string) (int, string) {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	text, err := io.ReadAll(answer.Result().Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer.Code, string(text)
}

// want sends a request and compares the status.
func (w *world) want(status int, method, path, body string, headers ...string) string {
	w.t.Helper()
	got, text := w.send(method, path, body, headers...)
	if got != status {
		w.t.Fatalf("%s %s: got %d %s, want %d", method, path, got, text, status)
	}
	return text
}

// points returns every point as "name{key=value …}", sorted, with its value for counters
// and gauges and the count for histograms.
func (w *world) points() map[string]string {
	w.t.Helper()
	var all metricdata.ResourceMetrics
	if err := w.reader.Collect(w.t.Context(), &all); err != nil {
		w.t.Fatal(err)
	}
	points := map[string]string{}
	for _, scope := range all.ScopeMetrics {
		if scope.Scope.Name != telemetry.Scope {
			w.t.Errorf("got the scope %s", scope.Scope.Name)
		}
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					points[m.Name+" "+m.Unit+" "+labels(p.Attributes)] = fmt.Sprint(p.Value)
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					points[m.Name+" "+m.Unit+" "+labels(p.Attributes)] = fmt.Sprint(p.Value)
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					points[m.Name+" "+m.Unit+" "+labels(p.Attributes)] = fmt.Sprint(p.Count)
				}
			default:
				w.t.Errorf("%s is a %T", m.Name, data)
			}
		}
	}
	return points
}

func labels(set attribute.Set) string {
	var texts []string
	for _, one := range set.ToSlice() {
		texts = append(texts, string(one.Key)+"="+one.Value.String())
	}
	slices.Sort(texts)
	return "{" + strings.Join(texts, " ") + "}"
}

var _ http.Handler = (*world)(nil)
