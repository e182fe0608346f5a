package mails

import (
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"strconv"

	"github.com/ginauth/ginauth/user/secrets"
)

// security is how a connection is protected.
type security int

const (
	startTLS security = iota
	implicitTLS
	noTLS
)

// server is a mail server and how to connect to it.
type server struct {
	host, port string
	security   security
	loopback   bool
	name       string // empty where the server asks for no password
	password   secrets.Secret
}

// parseServer reads Config.SMTP. Its errors repeat no part of the URL: in a malformed
// one any part may be the password.
func parseServer(smtp secrets.Secret) (server, error) {
	if smtp == "" {
		return server{}, errors.New("Config.SMTP is missing (or Config.Sender)")
	}
	u, err := url.Parse(string(smtp))
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return server{}, errors.New("Config.SMTP is not of the form smtp://name:password@host:port or smtps://…, with special characters percent-encoded")
	}
	if u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return server{}, errors.New("Config.SMTP has more than scheme, name, password, host, port and the option tls")
	}
	s := server{host: u.Hostname(), port: u.Port(), loopback: isLoopback(u.Hostname())}
	return s, errors.Join(s.setSecurity(u), s.setPort(), s.setPassword(u.User))
}

func (s *server) setSecurity(u *url.URL) error {
	options, err := url.ParseQuery(u.RawQuery)
	value := options.Get("tls")
	known := len(options) == 0 || len(options) == 1 && len(options["tls"]) == 1
	switch {
	case err != nil, !known, value != "" && u.Scheme == "smtps":
		return errors.New("Config.SMTP has an option, want none or, with smtp://, tls=none or tls=starttls")
	case u.Scheme == "smtps":
		s.security = implicitTLS
	case value == "starttls", len(options) == 0 && !s.loopback:
		s.security = startTLS
	case value == "none", len(options) == 0:
		s.security = noTLS
	default:
		return errors.New("Config.SMTP has another tls than none and starttls")
	}
	return nil
}

func (s *server) setPort() error {
	switch {
	case s.port != "":
		if n, err := strconv.ParseUint(s.port, 10, 16); err != nil || n == 0 {
			return errors.New("Config.SMTP has a port that is not between 1 and 65535")
		}
	case s.security == implicitTLS:
		s.port = "465"
	default:
		s.port = "587"
	}
	return nil
}

func (s *server) setPassword(info *url.Userinfo) error {
	if info == nil {
		return nil
	}
	password, found := info.Password()
	if info.Username() == "" || !found || password == "" {
		return errors.New("Config.SMTP has a name or a password, want both or neither")
	}
	s.name, s.password = info.Username(), secrets.Secret(password)
	return nil
}

func (s server) address() string { return net.JoinHostPort(s.host, s.port) }

// tlsConfig completes a copy of own, which may be nil.
func (s server) tlsConfig(own *tls.Config) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if own != nil {
		config = own.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = s.host
	}
	return config
}
