package faults

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"
)

// TestModel runs random sequences of operations through real HTTP and compares each
// answer, and whom every token is of, with a small model. A sequence that fails is
// made as short as it goes.
func TestModel(t *testing.T) {
	t.Parallel()
	parameters := gopter.DefaultTestParameters()
	parameters.MinSuccessfulTests, parameters.MinSize, parameters.MaxSize = 40, 30, 70
	if underRace {
		parameters.MinSuccessfulTests = 8
	}
	if long() {
		parameters.MinSuccessfulTests, parameters.MaxSize = 1000, 100
	}
	properties := gopter.NewProperties(parameters)
	operations := 0
	step := gen.UInt32().Map(func(seed uint32) action { return newAction(seed) })
	properties.Property("ginauth does what the model does", prop.ForAll(func(actions []action) (string, error) {
		operations += len(actions)
		return play(t, actions)
	}, gen.SliceOf(step)))
	properties.TestingRun(t)
	t.Logf("%d operations", operations)
}

// action is one random step: what is done, and numbers that choose by whom and with what.
type action struct {
	do      int
	a, b, c int
}

func newAction(seed uint32) action {
	i := int(seed)
	return action{do: i % len(moves), a: i / 64 % 64, b: i / 4096 % 64, c: i / 262144 % 64}
}

// String implements fmt.Stringer, for the report of a sequence that fails.
func (a action) String() string {
	return fmt.Sprintf("%s(%d, %d, %d)", moves[a.do].name, a.a, a.b, a.c)
}

// play runs a sequence. It returns what differs from the model first, "" for nothing.
func play(t *testing.T, actions []action) (string, error) {
	w := newWorld(quiet{t}, memory(t), keepOne)
	defer w.shutdown(t)
	server := httptest.NewServer(w.engine)
	defer server.Close()
	m := &model{w: w, url: server.URL, http: server.Client()}
	m.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	m.begin()
	for i, a := range actions {
		moves[a.do].do(m, a.a, a.b, a.c)
		m.checkTokens()
		if len(m.problems) > 0 {
			return fmt.Sprintf("step %d, %v: %s", i+1, a, strings.Join(m.problems, "; ")), nil
		}
	}
	if err := m.checkMails(); err != "" {
		return err, nil
	}
	return "", nil
}

// quiet keeps the clean-up of a world for its own time: a sequence ends before its test.
type quiet struct{ *testing.T }

func (quiet) Cleanup(func()) {}

// send sends a request through HTTP.
func (m *model) send(method, path, body, bearer, cookie string) answer {
	request, err := http.NewRequestWithContext(context.Background(), method, m.url+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	if cookie != "" {
		request.Header.Set("Cookie", cookie)
	}
	response, err := m.http.Do(request)
	if err != nil {
		m.problem("%s %s: %v", method, path, err)
		return answer{}
	}
	return readAnswer(m.w.t, response)
}

// want compares an answer with what the model expects.
func (m *model) want(what string, a answer, status int, body string) {
	if a.status != status || body != "" && a.body != body {
		m.problem("%s: got %d %s, want %d %s", what, a.status, a.body, status, body)
	}
}

func (m *model) problem(format string, args ...any) {
	m.problems = append(m.problems, fmt.Sprintf(format, args...))
}

// waitMail waits for the next mail, which leaves off the request.
func (m *model) waitMail() mail {
	m.mails++
	if !m.w.mails.wait(m.mails) {
		m.problem("no mail came")
		return mail{}
	}
	return m.w.mails.all()[m.mails-1]
}

// checkMails waits until all mails are out and demands that none was sent for nothing.
func (m *model) checkMails() string {
	if err := m.w.auth.Shutdown(context.Background()); err != nil {
		return err.Error()
	}
	if got := len(m.w.mails.all()); got != m.mails {
		return fmt.Sprintf("got %d mails, want %d", got, m.mails)
	}
	return ""
}
