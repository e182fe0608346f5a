package mails_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// delivery is a mail that reached a sink.
type delivery struct {
	from, to string
	utf8     bool   // SMTPUTF8 was asked for
	tls      bool   // the connection was protected
	helo     string // the name the client gave
	login    string // who logged in
	data     string
}

// sink is a mail server that keeps what it gets.
type sink struct {
	// Set before start.
	tls        *tls.Config
	implicit   bool // TLS from the first byte
	utf8       bool // offers SMTPUTF8
	mechanisms []string
	refuse     error         // answers RCPT TO
	hold       chan struct{} // DATA waits until it closes
	reached    chan struct{} // closed when DATA waits

	address string

	mu  sync.Mutex
	got []delivery
}

const (
	sinkName     = "mailer@example.com"
	sinkPassword = "p@ss/w:rd" // needs percent-encoding in a URL
)

// start serves until the test ends.
func (s *sink) start(t *testing.T) *sink {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &sinkSession{sink: s, conn: c}, nil
	}))
	server.AllowInsecureAuth = true
	server.EnableSMTPUTF8 = s.utf8
	server.TLSConfig = s.tls
	server.ErrorLog = log.New(io.Discard, "", 0)
	if s.implicit {
		listener = tls.NewListener(listener, s.tls)
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return s
}

func (s *sink) deliveries() []delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]delivery(nil), s.got...)
}

// only returns the one mail that must have come.
func (s *sink) only(t *testing.T) delivery {
	t.Helper()
	got := s.deliveries()
	if len(got) != 1 {
		t.Fatalf("got %d mails, want 1", len(got))
	}
	return got[0]
}

type sinkSession struct {
	sink *sink
	conn *smtp.Conn
	delivery
}

func (s *sinkSession) AuthMechanisms() []string { return s.sink.mechanisms }

func (s *sinkSession) Auth(mechanism string) (sasl.Server, error) {
	check := func(name, password string) error {
		if name != sinkName || password != sinkPassword {
			return smtp.ErrAuthFailed
		}
		s.login = name
		return nil
	}
	if mechanism == "LOGIN" {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, name, password string) error { return check(name, password) }), nil
}

func (s *sinkSession) Mail(from string, opts *smtp.MailOptions) error {
	if len(s.sink.mechanisms) > 0 && s.login == "" {
		return smtp.ErrAuthRequired
	}
	s.from, s.utf8 = from, opts.UTF8
	return nil
}

func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return s.sink.refuse
}

func (s *sinkSession) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.sink.hold != nil {
		close(s.sink.reached)
		<-s.sink.hold
	}
	s.data = string(data)
	s.helo = s.conn.Hostname()
	_, s.tls = s.conn.TLSConnectionState()
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.got = append(s.sink.got, s.delivery)
	return nil
}

func (*sinkSession) Reset()        {}
func (*sinkSession) Logout() error { return nil }

// loginServer is the server's side of the mechanism LOGIN.
type loginServer struct {
	check func(name, password string) error
	name  string
	step  int
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.name = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.name, string(response))
}

// certificate returns a new certificate for 127.0.0.1 and what trusts it.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "sink"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		&tls.Config{RootCAs: roots}
}
