package app

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/example/embedded"
	"github.com/ginauth/ginauth/user/secrets"
)

// screen is what a running demonstration prints to.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
	// ready is closed when the last line of the greeting is there.
	ready chan struct{}
	once  sync.Once
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	if strings.Contains(s.text.String(), "Stop it with Ctrl-C.") {
		s.once.Do(func() { close(s.ready) })
	}
	return len(p), nil
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// running is a demonstration that was started as main starts it.
type running struct {
	*client
	screen *screen
	ended  chan error
	stop   context.CancelFunc
}

var webPage = regexp.MustCompile(`Web page +(http\S+)/\n`)

// start runs the demonstration with its data in dir until stopped or the test ends.
func start(t *testing.T, dir string, change ...func(*Settings)) *running {
	t.Helper()
	s := Settings{Addr: "127.0.0.1:0", DataDir: dir, Wire: "v9", Limits: "off", AssociateByEmail: "off"}
	for _, c := range change {
		c(&s)
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &running{screen: &screen{ready: make(chan struct{})}, ended: make(chan error, 1), stop: stop}
	go func() { r.ended <- Run(ctx, s, r.screen) }()
	t.Cleanup(func() {
		stop()
		if r.ended != nil {
			<-r.ended
		}
	})
	select {
	case <-r.screen.ready:
	case err := <-r.ended:
		r.ended = nil
		t.Fatalf("start: got error %v", err)
	}
	found := webPage.FindStringSubmatch(r.screen.String())
	if found == nil {
		t.Fatalf("greeting: got no address of the web page: %s", r.screen)
	}
	r.client = (&world{t: t, url: found[1]}).client()
	return r
}

// end stops the demonstration and waits.
func (r *running) end() {
	r.t.Helper()
	r.stop()
	err := <-r.ended
	r.ended = nil
	if err != nil {
		r.t.Fatalf("stop: got error %v, want none", err)
	}
}

func TestDataSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, dir)
	if got := first.screen.String(); !strings.Contains(got, "Warning: SECRET is not set.") {
		t.Errorf("first start: got %s, want a warning that a secret was generated", got)
	}
	for _, want := range []string{first.url + "/docs\n", first.url + "/outbox ", "embedded, data in " + dir, "Demo provider "} {
		if got := first.screen.String(); !strings.Contains(got, want) {
			t.Errorf("greeting: got %s, want %s in it", got, want)
		}
	}
	first.wantStatus("POST", "/auth/register", `{"email":"king.arthur@camelot.bt","password":"guinevere","first_name":"Arthur"}`, http.StatusCreated)
	first.logIn("jwt", arthur)
	cookie := first.world.client().logIn("cookie", arthur)
	redis := first.world.client().logIn("redis", arthur)
	ended := first.world.client().logIn("redis", arthur)
	ended.wantStatus("POST", "/auth/redis/logout", nil, http.StatusOK)
	first.end()

	second := start(t, dir)
	if got := second.screen.String(); strings.Contains(got, "Warning") {
		t.Errorf("second start: got %s, want no warning", got)
	}
	second.logIn("cookie", arthur)
	second.bearer = first.bearer
	me := decode[userJSON](t, second.wantStatus("GET", "/users/me", nil, http.StatusOK))
	if me.Email != arthur || me.FirstName == nil || *me.FirstName != "Arthur" {
		t.Errorf("after the restart: got %+v, want King Arthur", me)
	}
	visitor := second.world.client()
	visitor.bearer = redis.bearer
	if got := visitor.wantStatus("GET", "/users/me/sessions", nil, http.StatusOK).body; strings.Count(got, `"backend":"redis"`) != 1 {
		t.Errorf("after the restart: got sessions %s, want one of redis", got)
	}
	visitor.bearer = ended.bearer
	visitor.wantStatus("GET", "/users/me", nil, http.StatusUnauthorized)

	second.http.Jar = cookie.http.Jar // the host is the same, ports do not matter to cookies
	second.bearer = ""
	second.wantStatus("GET", "/users/me", nil, http.StatusOK)
}

func TestTwoOnTheSameData(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, dir)
	err := Run(t.Context(), Settings{Addr: "127.0.0.1:0", DataDir: dir, Wire: "v9", Limits: "off"}, io.Discard)
	if !errors.Is(err, embedded.ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("second start: got error %v, want that %s is in use", err, dir)
	}
	first.wantStatus("GET", "/healthz", nil, http.StatusOK)
}

func TestAddressInUse(t *testing.T) {
	t.Parallel()
	first := start(t, t.TempDir())
	u, err := url.Parse(first.url)
	if err != nil {
		t.Fatal(err)
	}
	err = Run(t.Context(), Settings{Addr: u.Host, DataDir: t.TempDir(), Wire: "v9"}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), u.Host) {
		t.Errorf("second start: got error %v, want one about %s", err, u.Host)
	}
}

func TestSuperuser(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	configured := func(s *Settings) { s.SuperuserEmail, s.SuperuserPassword = arthur, guinevere }
	check := func(r *running) {
		t.Helper()
		me := decode[userJSON](t, r.logIn("verified", arthur).wantStatus("GET", "/users/me", nil, http.StatusOK))
		if !me.IsSuperuser || !me.IsVerified || !me.IsActive || me.Plan != "free" {
			t.Errorf("got %+v, want an active, verified superuser on the plan free", me)
		}
	}
	first := start(t, dir, configured)
	if got := first.screen.String(); !strings.Contains(got, "Superuser         "+arthur) {
		t.Errorf("greeting: got %s, want the superuser in it", got)
	}
	check(first)
	me := decode[userJSON](t, first.wantStatus("GET", "/users/me", nil, http.StatusOK))
	// Who was demoted is promoted by the next start.
	first.wantStatus("PATCH", "/users/"+me.ID, `{"is_superuser":false,"is_active":false}`, http.StatusOK)
	first.end()
	check(start(t, dir, configured))
}

func TestSuperuserMistake(t *testing.T) {
	t.Parallel()
	err := Run(t.Context(), Settings{
		Addr: "127.0.0.1:0", DataDir: t.TempDir(), Wire: "v9", SuperuserEmail: "nobody", SuperuserPassword: "hidden",
	}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "create the superuser") || strings.Contains(err.Error(), "hidden") {
		t.Errorf("got error %v, want one about the superuser without the password", err)
	}
}

func TestMongoDBIsNotThere(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	_ = listener.Close()
	err = Run(t.Context(), Settings{
		Addr: "127.0.0.1:0", DataDir: t.TempDir(), Wire: "v9", MongoURI: secrets.Secret("mongodb://" + addr + "/app?serverSelectionTimeoutMS=100"),
	}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), addr) {
		t.Errorf("got error %v, want one about %s", err, addr)
	}
}

// A request that has begun when the server is stopped gets its answer.
func TestRequestsEndBeforeTheServer(t *testing.T) {
	t.Parallel()
	r := start(t, t.TempDir())
	u, err := url.Parse(r.url)
	if err != nil {
		t.Fatal(err)
	}
	connection, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	const body = `{"email":"king.arthur@camelot.bt","password":"guinevere"}`
	_, err = io.WriteString(connection, "POST /auth/register HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"+
		"Content-Length: 57\r\nExpect: 100-continue\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(connection)
	if line, err := reader.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q, error %v, want that the server waits for the body", line, err)
	}
	if _, err := reader.ReadString('\n'); err != nil { // the empty line after it
		t.Fatal(err)
	}

	r.stop()
	for { // until no new connection is accepted
		other, err := net.Dial("tcp", u.Host)
		if err != nil {
			break
		}
		_ = other.Close()
	}
	if _, err := io.WriteString(connection, body); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatalf("answer: got error %v, want one", err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		t.Errorf("answer: got %d, want 201", response.StatusCode)
	}
	r.end()
}

func TestVisibleAddr(t *testing.T) {
	t.Parallel()
	tests := []struct{ configured, want string }{
		{"127.0.0.1:0", "127.0.0.1:8080"},
		{"localhost:8080", "localhost:8080"},
		{":8080", "localhost:8080"},
		{"0.0.0.0:8080", "localhost:8080"},
		{"[::]:8080", "localhost:8080"},
		{"[::1]:8080", "[::1]:8080"},
		{"camelot.bt:http", "camelot.bt:8080"},
	}
	for _, test := range tests {
		if got := visibleAddr(test.configured, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}); got != test.want {
			t.Errorf("%s: got %s, want %s", test.configured, got, test.want)
		}
	}
}
