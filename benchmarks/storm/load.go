package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// patience is how long a client waits for an answer.
const patience = time.Minute

func newClient() *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConns: 2000, MaxIdleConnsPerHost: 2000}}
}

// send returns the status of the answer, 0 for none.
func send(client *http.Client, request *http.Request) (int, error) {
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

// login is one of a storm: four of ten are owners, the others guess, at accounts
// that there are, at some that there are not, and again and again at a single one.
func login(s *server) *http.Request {
	name, with := addressOf(rand.IntN(accounts)), password
	switch n := rand.IntN(10); {
	case n < 4:
	case n < 7:
		with = "wrong"
	case n < 9:
		name, with = fmt.Sprintf("nobody%d@camelot.bt", rand.IntN(accounts)), "wrong"
	default:
		name, with = addressOf(0), "wrong"
	}
	form := url.Values{"username": {name}, "password": {with}}
	request, err := http.NewRequest(http.MethodPost, s.url+"/auth/login", strings.NewReader(form.Encode()))
	if err != nil {
		panic(err) // only for a malformed URL
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return request
}

func sessionCheck(s *server) *http.Request {
	request, err := http.NewRequest(http.MethodGet, s.url+"/hello", http.NoBody)
	if err != nil {
		panic(err) // only for a malformed URL
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	return request
}

// burstOf sends so many logins at once.
func burstOf(s *server, logins int) *answers {
	got, client := newAnswers(), newClient()
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	begin := make(chan struct{})
	for range logins {
		all.Go(func() {
			<-begin
			started := time.Now()
			status, err := send(client, login(s))
			got.add(status, time.Since(started), err)
		})
	}
	close(begin)
	all.Wait()
	return got
}

// steadily sends so many requests in a second until ctx ends, whether or not the
// earlier ones were answered. Times count from when a request was due.
func steadily(ctx context.Context, s *server, rate int, request func(*server) *http.Request) *answers {
	got, client := newAnswers(), newClient()
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	defer all.Wait()
	begun := time.Now()
	for n := 0; ; n++ {
		due := begun.Add(time.Duration(n) * time.Second / time.Duration(rate))
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return got
		}
		all.Go(func() {
			status, err := send(client, request(s))
			got.add(status, time.Since(due), err)
		})
	}
}

// checksFor checks the session for a while, with nothing else going on.
func checksFor(s *server, rate int, length time.Duration) *answers {
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	return steadily(ctx, s, rate, sessionCheck)
}

// stormOf sends logins and checks the session at the same time.
func stormOf(s *server, p plan) (logins, checks *answers) {
	ctx, cancel := context.WithTimeout(context.Background(), p.length)
	defer cancel()
	var both sync.WaitGroup
	both.Go(func() { logins = steadily(ctx, s, p.rate, login) })
	both.Go(func() { checks = steadily(ctx, s, p.checks, sessionCheck) })
	both.Wait()
	return logins, checks
}
