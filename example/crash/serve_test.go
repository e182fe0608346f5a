//go:build unix

package crash

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

// What the test binary has in its environment when it is to serve.
const (
	serveURI      = "GINAUTH_CRASH_URI"
	serveDatabase = "GINAUTH_CRASH_DATABASE"
	serveTime     = "GINAUTH_CRASH_TIME"
)

// server is an application with refresh tokens in a process of its own, which is this test
// binary again: it starts much faster than the demonstration, which has an engine inside.
type server struct {
	t    *testing.T
	env  []string
	addr string

	mu      sync.Mutex // the proxy before the database kills, too
	command *exec.Cmd
	ended   chan struct{}
}

// start returns when the process serves, with a clock that stands at now.
func (s *server) start(now time.Time) {
	s.t.Helper()
	path, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	command, ended := exec.Command(path), make(chan struct{})
	command.Env = append([]string{serveTime + "=" + now.Format(time.RFC3339Nano)}, s.env...)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.command, s.ended = command, ended
	s.mu.Unlock()
	line, err := bufio.NewReader(output).ReadString('\n')
	go func() {
		defer close(ended)
		_ = command.Wait() // it is killed
	}()
	if err != nil {
		s.t.Fatalf("the process does not serve: %v", err)
	}
	s.addr = strings.TrimSpace(line)
}

// kill ends the process as kill -9 does, and returns when it is gone.
func (s *server) kill() {
	s.mu.Lock()
	command, ended := s.command, s.ended
	s.mu.Unlock()
	if command != nil {
		_ = command.Process.Kill()
		<-ended
	}
}

// serve is the process: it prints its address and serves until it is killed.
func serve() error {
	gin.SetMode(gin.ReleaseMode)
	ctx := context.Background()
	now, err := time.Parse(time.RFC3339Nano, os.Getenv(serveTime))
	if err != nil {
		return err
	}
	client, err := mongo.Connect(options.Client().ApplyURI(os.Getenv(serveURI)))
	if err != nil {
		return err
	}
	logger := slog.New(slog.DiscardHandler)
	store, err := mongostore.Open(ctx, client.Database(os.Getenv(serveDatabase)), mongostore.WithLogger(logger))
	if err != nil {
		return err
	}
	app := backends.Backend{Name: "app", Transport: backends.Bearer{}, Strategy: refresh.Strategy{}}
	auth, err := ginauth.New(ginauth.Config{
		Store: store, Secret: "a secret of at least thirty-two bytes", Backends: []backends.Backend{app},
		Limits: limits.Config{Off: true}, Logger: logger,
		Now: func() time.Time { return now },
	})
	if err != nil {
		return err
	}
	r := gin.New()
	auth.AuthRoutes(app).Attach(r.Group("/auth/app"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	r.POST("/enter", func(c *gin.Context) { enter(c, auth) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	return http.Serve(listener, r)
}

// enter logs in the one user that there is, without hashing a password each time.
func enter(c *gin.Context, auth *ginauth.Auth) {
	const email = "bors@camelot.bt"
	manager := auth.Manager()
	u, err := manager.ByEmail(c, email)
	if err != nil {
		u, err = manager.Create(c, user.Registration{Email: email, Password: password})
	}
	if err == nil {
		backend := auth.Routes().Authenticator().Backend("app")
		err = auth.Routes().Enter(c, backend, user.Login{User: u, Methods: []user.Method{user.MethodApplication}}, routes.Demands{})
	}
	if err != nil {
		c.String(http.StatusInternalServerError, "%v", err)
	}
}
