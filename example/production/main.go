// Production is a whole program for production: time-outs, a stop that loses no
// request and no mail, reverse proxies, a page on another origin, real mails. The page
// docs/deployment.md goes through it.
package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user/secrets"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// settings are what differs between installations.
type settings struct {
	Addr     string
	MongoDB  secrets.Secret
	Secret   secrets.Secret // at least 32 random bytes, the same in all instances
	AppURL   string         // the origin of the page, where the links in mails lead, too
	SMTP     secrets.Secret
	MailFrom string
	Proxies  []string // addresses or networks of the reverse proxies
}

func settingsFrom(getenv func(string) string) settings {
	return settings{
		Addr:     getenv("ADDR"),
		MongoDB:  secrets.Secret(getenv("MONGODB_URI")),
		Secret:   secrets.Secret(getenv("SECRET")),
		AppURL:   getenv("APP_URL"),
		SMTP:     secrets.Secret(getenv("SMTP_URL")),
		MailFrom: getenv("MAIL_FROM"),
		Proxies:  strings.Fields(getenv("TRUSTED_PROXIES")),
	}
}

func main() {
	gin.SetMode(gin.ReleaseMode)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s := settingsFrom(os.Getenv)
	listener, err := net.Listen("tcp", s.Addr)
	if err == nil {
		err = run(ctx, s, listener)
	}
	if err != nil {
		slog.Error("the server has ended", "error", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, s settings, listener net.Listener) (err error) {
	defer listener.Close()
	client, err := mongo.Connect(options.Client().ApplyURI(string(s.MongoDB)))
	if err != nil {
		return err
	}
	// Last of all, when neither a request nor a mail needs the database.
	defer func() { err = errors.Join(err, client.Disconnect(context.WithoutCancel(ctx))) }()
	store, err := mongostore.Open(ctx, client.Database("app"))
	if err != nil {
		return err
	}
	config, err := newConfig(s, store)
	if err != nil {
		return err
	}
	auth, err := ginauth.New(config)
	if err != nil {
		return err
	}
	engine, err := newEngine(s, auth, store.Ping)
	if err != nil {
		return err
	}
	return serve(ctx, listener, engine, auth)
}

// graceTime is how long requests and mails may take that have begun when the server
// is to stop. Whatever stops the process (Kubernetes, systemd) has to wait longer.
const graceTime = 20 * time.Second

// serve stops taking requests when ctx ends, lets those finish that have begun, and
// then the mails that were taken.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, auth *ginauth.Auth) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceTime)
	defer cancel()
	return errors.Join(err, server.Shutdown(grace), auth.Shutdown(grace))
}
