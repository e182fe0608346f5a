package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	passwords "github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/usertest"
)

const (
	accounts = 2000
	password = "correct horse battery staple"
)

func addressOf(n int) string { return fmt.Sprintf("knight%d@camelot.bt", n) }

// serve is the server: ginauth as it is configured by default, with its limits, over
// a store in memory; hashes is how many are computed at once, "0" for the default. It begins at the first line of in, tells its address and a
// good token to out, and ends with in.
func serve(hashes string, in io.Reader, out io.Writer) error {
	atOnce, err := strconv.ParseUint(hashes, 10, 8)
	if err != nil {
		return err
	}
	input := bufio.NewReader(in)
	if _, err := input.ReadString('\n'); err != nil {
		return err
	}
	gin.SetMode(gin.ReleaseMode)
	store := usertest.NewStore()
	if err := enroll(store); err != nil {
		return err
	}
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.Database{}}
	auth, err := ginauth.New(ginauth.Config{
		Store:    store,
		Secret:   "a storm needs a secret of at least 32 bytes",
		Backends: []backends.Backend{api},
		Hasher:   passwords.Config{MemoryBudget: uint32(atOnce) * 19 * 1024},
		Logger:   slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	engine := gin.New()
	auth.AuthRoutes(api).Attach(engine.Group("/auth"))
	engine.GET("/hello", auth.ActiveUser(), func(c *gin.Context) { c.String(http.StatusOK, ginauth.UserFrom(c).Email) })

	token, err := sessionOf(auth, store)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(listener, engine) }() // ends with the process
	fmt.Fprintf(out, "http://%s %s\n", listener.Addr(), token)
	_, err = io.Copy(io.Discard, input)
	return err
}

// enroll stores the accounts, which have one password and so one hash.
func enroll(store user.Store) error {
	hasher, err := passwords.New(passwords.Config{})
	if err != nil {
		return err
	}
	hash, err := hasher.Hash(context.Background(), password)
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	for n := range accounts {
		u := &user.User{
			ID: store.NewID(), Email: addressOf(n), EmailKey: addressOf(n), HashedPassword: hash,
			IsActive: true, IsVerified: true, CreatedAt: now, UpdatedAt: now,
		}
		if err := store.Create(context.Background(), u); err != nil {
			return err
		}
	}
	return nil
}

// sessionOf logs the last account in without its password.
func sessionOf(auth *ginauth.Auth, store user.Store) (string, error) {
	u, err := store.ByEmail(context.Background(), email.Email{Key: addressOf(accounts - 1)})
	if err != nil {
		return "", err
	}
	tokens := auth.Routes().Authenticator().Backend("api").Tokens
	issued, err := tokens.Write(context.Background(), user.Login{User: u})
	return issued.Access, err
}
