package ginauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

// What the examples of the stricter options have in common.

var ctx = context.Background()

// smtpURL is a mail server nobody runs.
const smtpURL secrets.Secret = "smtp://127.0.0.1:1"

// strictApp returns an application with the options of config, and its mails.
func strictApp(config ginauth.Config) (*mails.Outbox, http.Handler) {
	outbox := &mails.Outbox{}
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	config.Store, config.Secret, config.Backends = usertest.NewStore(), secret, []backends.Backend{api}
	config.Hooks = mails.Hooks(mails.Config{Sender: outbox, AppURL: "https://app.example"})
	auth, err := ginauth.New(config)
	if err != nil {
		panic(err)
	}
	r := gin.New()
	auth.AuthRoutes(api).Attach(r.Group("/auth"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.VerifyRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	return outbox, r
}

func post(r http.Handler, path, body string) string {
	return sendTo(r, http.MethodPost, path, body, "")
}

func patch(r http.Handler, path, body, token string) string {
	return sendTo(r, http.MethodPatch, path, body, token)
}

func sendTo(r http.Handler, method, path, body, token string) string {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, request)
	return fmt.Sprint(w.Code, " ", w.Body)
}

// enter registers a user, logs in and returns the token.
func enter(r http.Handler) string {
	const account = `{"email":"king.arthur@camelot.bt","password":"guinevere"}`
	post(r, "/auth/register", account)
	_, body, _ := strings.Cut(post(r, "/auth/login", account), " ")
	var granted struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &granted); err != nil {
		panic(err)
	}
	return granted.Token
}

// emailIn returns the address in an answer that is a user.
func emailIn(answer string) string {
	_, body, _ := strings.Cut(answer, " ")
	var u struct{ Email string }
	if err := json.Unmarshal([]byte(body), &u); err != nil {
		return answer
	}
	return u.Email
}

func wait(outbox *mails.Outbox, kind mails.Kind) (mails.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return outbox.Wait(ctx, func(m mails.Message) bool { return m.Kind == kind })
}

// mailed returns the subject of the mail of a kind.
func mailed(outbox *mails.Outbox, kind mails.Kind) string {
	m, err := wait(outbox, kind)
	if err != nil {
		return err.Error()
	}
	return m.Subject
}

// verify verifies the address of the user who has entered: only such an address is told
// of changes.
func verify(outbox *mails.Outbox, r http.Handler) {
	post(r, "/auth/request-verify-token", `{"email":"king.arthur@camelot.bt"}`)
	m, err := wait(outbox, mails.Verify)
	if err != nil {
		panic(err)
	}
	post(r, "/auth/verify", `{"token":"`+m.Token+`"}`)
}
