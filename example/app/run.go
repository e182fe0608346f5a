package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"
)

// How long a stopping server lets running requests and waiting mails finish.
const graceTime = 10 * time.Second

// Run serves the demonstration until ctx ends, and prints its addresses to out.
func Run(ctx context.Context, s Settings, out io.Writer) error {
	if err := os.MkdirAll(s.DataDir, 0o700); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	if s.PublicURL == "" {
		s.PublicURL = "http://" + visibleAddr(s.Addr, listener.Addr())
	}
	s.PublicURL = strings.TrimRight(s.PublicURL, "/")
	a, err := New(ctx, s, out)
	if err != nil {
		return err
	}
	return errors.Join(serve(ctx, listener, a, s, out), a.Close())
}

// visibleAddr returns the address for a browser on this machine: the configured host, or localhost where the server listens on all addresses, and the real port.
func visibleAddr(configured string, listening net.Addr) string {
	_, port, err := net.SplitHostPort(listening.String())
	host, _, err2 := net.SplitHostPort(configured)
	if err != nil || err2 != nil {
		return configured
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

func serve(ctx context.Context, listener net.Listener, a *App, s Settings, out io.Writer) error {
	server := &http.Server{
		Handler:           a.Engine,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	greet(out, s, a)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	fmt.Fprintln(out, "Stopping …")
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceTime)
	defer cancel()
	return errors.Join(server.Shutdown(grace), a.Auth.Shutdown(grace))
}

func greet(out io.Writer, s Settings, a *App) {
	fmt.Fprintf(out, "\nginauth's demonstration is running.\n\n")
	fmt.Fprintf(out, "  Web page          %s/\n", s.PublicURL)
	fmt.Fprintf(out, "  API documents     %s/docs\n", s.PublicURL)
	if a.Outbox != nil {
		fmt.Fprintf(out, "  Mails             %s/outbox   (SMTP_URL sends real ones)\n", s.PublicURL)
	} else if s.SMTPURL == "" {
		fmt.Fprintf(out, "  Mails             none: the outbox is for loopback addresses   (SMTP_URL sends real ones, EXPOSE_DEMO=yes lets everybody read them)\n")
	}
	fmt.Fprintf(out, "  Sign-in with      %s   (GITHUB_CLIENT_ID and so on switch on real ones)\n", describe(len(a.providers) > 0, strings.Join(a.providers, ", "), "no provider"))
	if s.DatabaseURL != "" {
		fmt.Fprintf(out, "  Database          as DATABASE_URL says\n")
	} else {
		fmt.Fprintf(out, "  MongoDB           %s\n", describe(s.MongoURI == "", "embedded, data in "+s.DataDir+"   (MONGODB_URI names a real one)", "as MONGODB_URI says"))
	}
	fmt.Fprintf(out, "  Redis             %s\n", describe(s.RedisURL == "", "embedded, saved in "+s.DataDir+" at the end   (REDIS_URL names a real one)", "as REDIS_URL says"))
	if s.SuperuserEmail != "" {
		fmt.Fprintf(out, "  Superuser         %s\n", s.SuperuserEmail)
	}
	if warning := s.warning(); warning != "" {
		fmt.Fprintf(out, "\n%s", warning)
	}
	fmt.Fprintf(out, "\nTry it:\n\n")
	fmt.Fprintf(out, "  curl %s/auth/register --json '{\"email\":\"king.arthur@camelot.bt\",\"password\":\"guinevere\"}'\n", s.PublicURL)
	fmt.Fprintf(out, "  curl %s/auth/jwt/login -d username=king.arthur@camelot.bt -d password=guinevere\n", s.PublicURL)
	fmt.Fprintf(out, "  curl %s/users/me -H 'Authorization: Bearer <access_token>'\n\n", s.PublicURL)
	fmt.Fprintf(out, "Stop it with Ctrl-C.\n")
}

func describe(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}
