package mails

import (
	"encoding/base64"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

const (
	sinkName     = "mailer@example.com"
	sinkPassword = "p@ss/w:rd" // needs percent-encoding in a URL
)

// escaped are name and password as they stand in a URL.
const escaped = "mailer%40example.com:p%40ss%2Fw%3Ard@"

// mailer returns hooks that send to the server of the URL.
func mailer(t *testing.T, url string) user.Hooks {
	t.Helper()
	m, err := New(Config{
		SMTP: secrets.Secret(url), From: "Round Table <noreply@täfelrunde.example>",
		AppURL: "https://example.com", Now: testNow,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m.Hooks()
}

// scripted serves one connection with answers of the test's own: each step waits
// for a line that begins with want, "" for no line at all, and writes answer.
func scripted(t *testing.T, steps ...[2]string) (address string, lines func() []string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	done := make(chan []string, 1)
	go func() {
		var got []string
		defer func() { done <- got }()
		raw, err := listener.Accept()
		if err != nil {
			return
		}
		defer raw.Close()
		conn := textproto.NewConn(raw)
		for _, step := range steps {
			for step[0] != "" {
				line, err := conn.ReadLine()
				if err != nil {
					return
				}
				got = append(got, line)
				if strings.HasPrefix(line, step[0]) {
					break
				}
			}
			if conn.PrintfLine("%s", step[1]) != nil {
				return
			}
		}
		for { // until the client closes the connection
			line, err := conn.ReadLine()
			if err != nil {
				return
			}
			got = append(got, line)
			if conn.PrintfLine("500 no") != nil {
				return
			}
		}
	}()
	return listener.Addr().String(), sync.OnceValue(func() []string { return <-done })
}

func base64Of(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
