package sessions_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/internal/test/transporttest"
)

// A store that does not answer is never taken for nobody being logged in, and
// nothing is lost when it is back.
func TestSessionStoreDown(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	engine := sessionApp(t, redisStore(t, server), sessions.Transport{})
	b, stranger := transporttest.NewBrowser(t, engine), transporttest.NewBrowser(t, engine)
	b.Body(http.MethodPost, "/cart/grail", 200)
	b.Body(http.MethodPost, "/web/login/TOKEN", 200)

	failures := map[string]func(){
		"answers errors": func() { server.SetError("LOADING Redis is loading the dataset in memory") },
		"is gone":        func() { server.SetError(""); server.Close() },
	}
	for _, failure := range []string{"answers errors", "is gone"} {
		failures[failure]()
		for _, request := range []string{"GET /web/token", "POST /web/login/OTHER", "POST /admin/login/OTHER", "POST /web/logout"} {
			method, path, _ := strings.Cut(request, " ")
			response := b.Do(method, path)
			if got := response.StatusCode; got != http.StatusServiceUnavailable {
				t.Errorf("%s, %s: got status %d, want 503", failure, request, got)
			}
			if got := response.Header["Set-Cookie"]; len(got) != 0 {
				t.Errorf("%s, %s: got cookies %q, want none", failure, request, got)
			}
		}
		assertToken(t, stranger, "web", "") // known without the store
		stranger.Body(http.MethodPost, "/web/login/OTHER", http.StatusServiceUnavailable)
	}

	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	assertToken(t, b, "web", "TOKEN")
	if got := b.Body(http.MethodGet, "/cart", 200); got != "grail" {
		t.Errorf("got cart %q, want grail", got)
	}
}

// A session that the store has forgotten is nobody's, and no obstacle to a login.
func TestSessionForgottenByTheStore(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	engine := sessionApp(t, redisStore(t, server), sessions.Transport{})
	mountBoth(t, engine)
	b := transporttest.NewBrowser(t, engine)
	b.Body(http.MethodPost, "/web/login/TOKEN", 200)
	server.FlushAll()
	assertToken(t, b, "web", "")
	b.Body(http.MethodPost, "/web/logout", 200)
	b.Body(http.MethodPost, "/web/login/AGAIN", 200)
	assertToken(t, b, "web", "AGAIN")
	server.FlushAll()
	b.Body(http.MethodPost, "/both", 200)
	assertToken(t, b, "web", "one")
	assertToken(t, b, "admin", "two")
}

// failingStore is a memory store that fails as it is told.
type failingStore struct {
	ginsessions.Store
	loads []error // of the next loads, nil for those that work
	save  error
	saved int
}

func (s *failingStore) Get(r *http.Request, name string) (*gorilla.Session, error) {
	return gorilla.GetRegistry(r).Get(s, name)
}

func (s *failingStore) New(r *http.Request, name string) (*gorilla.Session, error) {
	if len(s.loads) > 0 {
		err := s.loads[0]
		s.loads = s.loads[1:]
		if err != nil {
			session := gorilla.NewSession(s, name)
			session.IsNew = true
			return session, err
		}
	}
	return s.Store.New(r, name)
}

func (s *failingStore) Save(r *http.Request, w http.ResponseWriter, session *gorilla.Session) error {
	if s.save != nil {
		return s.save
	}
	s.saved++
	return s.Store.Save(r, w, session)
}

// undecoded is an error as github.com/gorilla/securecookie has them.
type undecoded bool

func (undecoded) Error() string    { return "securecookie: the value is not valid" }
func (u undecoded) IsDecode() bool { return bool(u) }

func TestSessionLoadErrors(t *testing.T) {
	t.Parallel()
	const nobody, nobodyKnows = 200, 503
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"cookie of other keys", undecoded(true), nobody},
		{"store without keys", undecoded(false), nobodyKnows},
		{"no file", fmt.Errorf("open: %w", fs.ErrNotExist), nobody},
		{"no permission", fs.ErrPermission, nobodyKnows},
		{"unknown type in the record", errors.New(`gob: name not registered for interface: "app.Cart"`), nobody},
		{"malformed record", fmt.Errorf("load: %w", json.Unmarshal([]byte("{"), &map[string]any{})), nobody},
		{"record of another shape", json.Unmarshal([]byte("[]"), &map[string]any{}), nobody},
		{"memcache without the record", errors.New("memcache: cache miss"), nobody},
		{"memcachier without the record", errors.New("mc: not found"), nobody},
		{"memcache down", errors.New("memcache: connect timeout to 127.0.0.1:11211"), nobodyKnows},
		{"connection closed", io.EOF, nobodyKnows},
		{"anything else", errors.New("whatever"), nobodyKnows},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			store := &failingStore{Store: memstore.NewStore(storeKey)}
			b := transporttest.NewBrowser(t, sessionApp(t, store, sessions.Transport{}))
			b.Body(http.MethodPost, "/web/login/TOKEN", 200)
			for _, request := range []string{"GET /web/token", "POST /web/logout", "POST /web/login/AGAIN"} {
				store.loads = []error{test.err, test.err}
				method, path, _ := strings.Cut(request, " ")
				if got := b.Body(method, path, test.want); strings.Contains(got, "TOKEN") {
					t.Errorf("%s: got %q, want no token", request, got)
				}
			}
		})
	}
}

// The session of the request is empty then: to save it would lose what it holds.
func TestSessionLoadedOnlyWhenAskedAgain(t *testing.T) {
	t.Parallel()
	store := &failingStore{Store: memstore.NewStore(storeKey)}
	b := transporttest.NewBrowser(t, sessionApp(t, store, sessions.Transport{}))
	b.Body(http.MethodPost, "/cart/grail", 200)
	b.Body(http.MethodPost, "/web/login/TOKEN", 200)
	for _, request := range []string{"GET /web/token", "POST /web/logout", "POST /web/login/AGAIN"} {
		store.loads = []error{io.EOF, nil}
		method, path, _ := strings.Cut(request, " ")
		b.Body(method, path, 503)
	}
	assertToken(t, b, "web", "TOKEN")
	if got := b.Body(http.MethodGet, "/cart", 200); got != "grail" {
		t.Errorf("got cart %q, want grail", got)
	}
}

// A session that is found is not asked for twice.
func TestSessionIsLoadedOnce(t *testing.T) {
	t.Parallel()
	store := &failingStore{Store: memstore.NewStore(storeKey)}
	engine := sessionApp(t, store, sessions.Transport{})
	b := transporttest.NewBrowser(t, engine)
	b.Body(http.MethodPost, "/web/login/TOKEN", 200)
	store.loads = make([]error, 5)
	assertToken(t, b, "web", "TOKEN")
	if got := 5 - len(store.loads); got != 1 {
		t.Errorf("got %d loads, want 1", got)
	}
	store.loads = make([]error, 5)
	assertToken(t, transporttest.NewBrowser(t, engine), "web", "")
	if got := 5 - len(store.loads); got != 0 {
		t.Errorf("without cookies: got %d loads, want 0", got)
	}
}

func TestSessionThatCannotBeSaved(t *testing.T) {
	t.Parallel()
	store := &failingStore{Store: memstore.NewStore(storeKey)}
	engine := sessionApp(t, store, sessions.Transport{})
	carrier := transporttest.Carrier(t, sessions.Transport{}, "web")
	during := errors.New("too much") // while the transport saves
	engine.POST("/fail/:what", func(c *gin.Context) {
		store.save = during
		var err error
		if c.Param("what") == "login" {
			_, err = carrier.Write(c, backends.Issued{Access: "LOST"})
		} else {
			err = carrier.Clear(c)
		}
		store.save = nil
		if !errors.Is(err, during) {
			t.Errorf("got %v, want %v", err, during)
		}
		ginsessions.Default(c).Set("seen", "yes")
		if err := ginsessions.Default(c).Save(); err != nil {
			t.Error(err)
		}
		transporttest.Answer(c, err)
	})
	b := transporttest.NewBrowser(t, engine)
	b.Body(http.MethodPost, "/cart/grail", 200)
	b.Body(http.MethodPost, "/admin/login/OTHER", 200)
	b.Body(http.MethodPost, "/web/login/TOKEN", 200)
	for _, what := range []string{"login", "logout"} {
		response := b.Do(http.MethodPost, "/fail/"+what)
		if got := response.StatusCode; got != 503 {
			t.Errorf("%s: got status %d, want 503", what, got)
		}
		assertToken(t, b, "web", "TOKEN")
		assertToken(t, b, "admin", "OTHER")
	}
	b.Body(http.MethodPost, "/admin/logout", 200)
	if got := b.Do(http.MethodPost, "/fail/logout").StatusCode; got != 503 { // now of the whole session
		t.Errorf("got status %d, want 503", got)
	}
	assertToken(t, b, "web", "TOKEN")
	if got := b.Body(http.MethodGet, "/cart", 200); got != "grail" {
		t.Errorf("got cart %q, want grail", got)
	}
}

func TestSessionOptionsThatDisagree(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		options ginsessions.Options
		want    string
	}{
		{"agree", ginsessions.Options{Path: "/", MaxAge: 60}, ""},
		{"other path", ginsessions.Options{MaxAge: 60}, `"store":"Path \"\", Domain \"\"","backend":"Path \"/\", Domain \"\""`},
		{"other domain", ginsessions.Options{Path: "/", Domain: "camelot.test"}, `"store":"Path \"/\", Domain \"camelot.test\"","backend":"Path \"/\", Domain \"\""`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			set := transporttest.Setup("web")
			set.Logger = slog.New(slog.NewJSONHandler(&log, nil))
			carrier, err := sessions.Transport{}.SetUp(set)
			if err != nil {
				t.Fatal(err)
			}
			store := memstore.NewStore(storeKey)
			store.Options(test.options)
			engine := transporttest.NewEngine()
			engine.Use(ginsessions.Sessions("session", store))
			transporttest.Mount(engine, carrier)
			for range 2 {
				transporttest.NewBrowser(t, engine).Body(http.MethodPost, "/login/TOKEN", 200)
			}
			lines := strings.Count(log.String(), "\n")
			if test.want == "" {
				if lines != 0 {
					t.Errorf("got log %s, want none", &log)
				}
				return
			}
			if lines != 1 || !strings.Contains(log.String(), test.want) {
				t.Errorf("got log %s, want one line with %s", &log, test.want)
			}
		})
	}
}

// A store that deletes on every save would take the login with it.
func TestSessionStoreThatKeepsNothing(t *testing.T) {
	t.Parallel()
	store := memstore.NewStore(storeKey)
	store.Options(ginsessions.Options{Path: "/", MaxAge: -1})
	b := transporttest.NewBrowser(t, sessionApp(t, store, sessions.Transport{}))
	if got := b.Body(http.MethodPost, "/web/login/TOKEN", 500); !strings.Contains(got, "keeps nothing") {
		t.Errorf("got %q, want it to say that the store keeps nothing", got)
	}
	if got := len(b.All()); got != 0 {
		t.Errorf("got %d cookies, want 0", got)
	}
}
