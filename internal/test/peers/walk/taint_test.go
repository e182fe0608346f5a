package walk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/ginauth/ginauth/mails"
)

// sentSecrets and gotSecrets are the fields of bodies that are secret.
var (
	sentSecrets = []string{
		"password", "current_password", "token", "code", "login_token", "refresh_token", "invitation", "request", "ceremony",
	}
	gotSecrets = []string{
		"access_token", "refresh_token", "login_token", "secret", "uri", "qr", "recovery_codes", "key", "request", "token", "ceremony",
	}
)

// noteSent keeps what of a request is secret.
func (w *world) noteSent(r *http.Request, body string) {
	var fields any
	if decoded(body, &fields) {
		w.secretsIn(fields, sentSecrets)
	}
	w.secret(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	w.secret(r.Header.Get("X-API-Key"))
	for _, one := range r.Cookies() {
		w.secret(one.Value)
	}
	for _, name := range []string{"code", "state"} {
		w.secret(r.URL.Query().Get(name))
	}
}

// noteGot keeps what of an answer is secret.
func (w *world) noteGot(a answer, cookies []*http.Cookie) {
	var fields any
	if decoded(a.body, &fields) {
		w.secretsIn(fields, gotSecrets)
	}
	for _, one := range cookies {
		w.secret(one.Value)
	}
}

func (w *world) secretsIn(value any, names []string) {
	switch value := value.(type) {
	case map[string]any:
		for name, one := range value {
			for _, secret := range names {
				if name == secret {
					w.secretTexts(one)
				}
			}
			w.secretsIn(one, names)
		}
	case []any:
		for _, one := range value {
			w.secretsIn(one, names)
		}
	}
}

func (w *world) secretTexts(value any) {
	switch value := value.(type) {
	case string:
		w.secret(value)
	case []any:
		for _, one := range value {
			w.secretTexts(one)
		}
	}
}

// secret keeps a text that is to be nowhere. Words of a few letters are in many places.
func (w *world) secret(text string) {
	if len(text) >= 6 && !strings.HasPrefix(text, "https://") {
		w.secrets[text] = true
	}
}

// checkSecrets searches for all that was secret in all that was written.
func (w *world) checkSecrets() {
	w.t.Helper()
	messages := w.outbox.Messages()
	for _, m := range messages {
		w.secret(m.Token)
		w.secret(m.Code)
	}
	for _, u := range w.people() {
		w.secret(u.HashedPassword)
	}
	for _, text := range []string{appSecret, providerSecret, providerToken, providerRefresh, providerCode, password, wrongPassword, newPassword} {
		w.secret(text)
	}
	places := map[string]string{"the log": w.log.String(), "an event": w.eventsText(), "a metric": w.metrics(), "a span": w.spansText()}
	for name, least := range map[string]int{"the log": 100_000, "an event": 50_000, "a metric": 5_000, "a span": 100_000} {
		if len(places[name]) < least {
			w.t.Errorf("%s: there are %d bytes only", name, len(places[name]))
		}
	}
	if len(w.secrets) < 200 || len(messages) < 30 {
		w.t.Errorf("got %d secrets and %d mails: the walk was short", len(w.secrets), len(messages))
	}
	for secret := range w.secrets {
		for name, text := range places {
			if has(text, secret) {
				w.t.Errorf("%.40q is in %s", secret, name)
			}
		}
		for _, m := range messages {
			if m.Token != secret && m.Code != secret && has(mailText(m), secret) {
				w.t.Errorf("%.40q is in a %s mail", secret, m.Kind)
			}
		}
	}
	w.checkPrivate(places)
}

// checkPrivate searches metrics and spans for people, and the log for addresses.
func (w *world) checkPrivate(places map[string]string) {
	w.t.Helper()
	for _, name := range []string{"a metric", "a span"} {
		for _, text := range []string{"camelot", "203.0.", "198.51.", agent} {
			if strings.Contains(places[name], text) {
				w.t.Errorf("%q is in %s", text, name)
			}
		}
		for id := range w.names {
			if strings.Contains(places[name], string(id)) {
				w.t.Errorf("a user's ID is in %s", name)
			}
		}
	}
	if strings.Contains(places["the log"], "@camelot.bt") {
		w.t.Error("an address is in the log")
	}
}

func mailText(m mails.Message) string { return m.Subject + "\n" + m.Text + "\n" + m.HTML }

// has reports whether a text contains a secret. A short one must stand by itself: six
// digits are in many numbers.
func has(text, secret string) bool {
	if len(secret) >= 16 {
		return strings.Contains(text, secret) || strings.Contains(text, url.QueryEscape(secret))
	}
	for at := 0; ; {
		next := strings.Index(text[at:], secret)
		if next < 0 {
			return false
		}
		at += next
		end := at + len(secret)
		if (at == 0 || !inWord(text[at-1])) && (end == len(text) || !inWord(text[end])) {
			return true
		}
		at = end
	}
}

func inWord(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '-' || b == '.' || b == '_'
}

// eventsText is all events with all their fields, as a sink can see them.
func (w *world) eventsText() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all strings.Builder
	for _, e := range w.told {
		text, err := json.Marshal(e)
		if err != nil {
			w.t.Error(err)
		}
		all.Write(append(text, '\n'))
	}
	return all.String()
}

// metrics is every point with its attributes.
func (w *world) metrics() string {
	w.t.Helper()
	var data metricdata.ResourceMetrics
	if err := w.reader.Collect(w.t.Context(), &data); err != nil {
		w.t.Fatal(err)
	}
	var all strings.Builder
	point := func(name string, attributes attribute.Set) {
		fmt.Fprintln(&all, name, attributes.Encoded(attribute.DefaultEncoder()))
	}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					point(m.Name, p.Attributes)
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					point(m.Name, p.Attributes)
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					point(m.Name, p.Attributes)
				}
			default:
				w.t.Errorf("%s is a %T", m.Name, data)
			}
		}
	}
	return all.String()
}

func (w *world) spansText() string {
	var all strings.Builder
	for _, span := range w.spans.Ended() {
		fmt.Fprintln(&all, span.Name(), span.Attributes(), span.Events(), span.Status(), span.Links())
	}
	return all.String()
}
