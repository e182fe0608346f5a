package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"
	"golang.org/x/crypto/argon2"

	"github.com/ginauth/ginauth"
	passwords "github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// inTurn is how many hashes each processor computes in one turn.
const inTurn = 3

// onAllCores does something on each processor at the same time, again and again.
func onAllCores(do func(core int)) func() {
	return func() {
		var all sync.WaitGroup
		for core := range runtime.GOMAXPROCS(0) {
			all.Go(func() {
				for range inTurn {
					do(core)
				}
			})
		}
		all.Wait()
	}
}

func post(path, contentType, body string) *http.Request {
	request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	request.Header.Set("Content-Type", contentType)
	request.RemoteAddr = "127.0.0.1:1234" // the limits by source leave the machine itself alone
	return request
}

// passwordRows compares logins and registrations with the bare hash, on all cores:
// as all of them are busy, the rates are to each other as the times are.
func passwordRows(out *report) {
	store := usertest.NewStore()
	hasher := must(passwords.New(passwords.Config{}))
	hash := must(hasher.Hash(context.Background(), password))
	for core := range runtime.GOMAXPROCS(0) {
		u := addUser(store, fmt.Sprintf("knight%d@camelot.bt", core))
		must(store.Update(context.Background(), u.ID, user.Update{HashedPassword: &hash, UpdatedAt: u.UpdatedAt}))
	}
	auth := newAuth(ginauth.Config{Store: store})
	engine := gin.New()
	auth.AuthRoutes(api()).Attach(engine.Group("/auth"))
	auth.RegisterRoutes().Attach(engine.Group("/auth"))

	send := func(request *http.Request, want int) { serve(engine, request, want)() }
	var registered atomic.Int64
	salt := []byte("0123456789abcdef")
	timings := compareOnce(out.rounds,
		contestant{"bare hash, all cores", onAllCores(func(int) { argon2.IDKey([]byte(password), salt, 2, 19*1024, 1, 32) })},
		contestant{"ginauth", onAllCores(func(core int) {
			form := url.Values{"username": {fmt.Sprintf("knight%d@camelot.bt", core)}, "password": {password}}
			send(post("/auth/login", "application/x-www-form-urlencoded", form.Encode()), http.StatusOK)
		})},
		contestant{"ginauth", onAllCores(func(int) {
			body := fmt.Sprintf(`{"email":"page%d@camelot.bt","password":%q}`, registered.Add(1), password)
			send(post("/auth/register", "application/json", body), http.StatusCreated)
		})})
	for _, t := range timings {
		for round := range t.times {
			t.times[round] /= float64(inTurn * runtime.GOMAXPROCS(0)) // the time of one
		}
	}
	out.add("login", "≤ 1.03, a rate of 0.97", timings[1], timings[0])
	out.add("register", "", timings[2], timings[0])
}
