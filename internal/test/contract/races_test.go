package contract

import (
	"strconv"
	"strings"
	"sync"
	"testing"
)

// atOnce calls send n times at the same moment and returns how often each answer came.
func atOnce(n int, send func(i int) answer) map[string]int {
	var (
		ready   = make(chan struct{})
		done    sync.WaitGroup
		mu      sync.Mutex
		answers = map[string]int{}
	)
	for i := range n {
		done.Go(func() {
			<-ready
			a := send(i)
			mu.Lock()
			defer mu.Unlock()
			answers[strconv.Itoa(a.status)+" "+a.body]++
		})
	}
	close(ready)
	done.Wait()
	return answers
}

// wantRace wants one answer with the winner's status, and the loser's for all others.
func wantRace(t testing.TB, answers map[string]int, n int, winner, loser string) {
	t.Helper()
	won := 0
	for answer, times := range answers {
		if strings.HasPrefix(answer, winner) {
			won += times
		}
	}
	if won != 1 || answers[loser] != n-1 {
		t.Errorf("got %v, want one %s and %d times %s", answers, winner, n-1, loser)
	}
}

// mixedCase is an address in the i-th mixture of letter cases.
func mixedCase(email string, i int) string {
	text := []byte(email)
	for bit := range 6 {
		if i>>bit&1 == 1 && text[bit] >= 'a' && text[bit] <= 'z' {
			text[bit] -= 'a' - 'A'
		}
	}
	return string(text)
}

func testRaceRegister(t *testing.T, w *world) {
	email := address()
	answers := atOnce(w.many, func(i int) answer {
		return w.client().post(t, "/auth/register", `{"email":"`+mixedCase(email, i)+`","password":"guinevere"}`)
	})
	wantRace(t, answers, w.many, "201 ", "400 "+code("REGISTER_USER_ALREADY_EXISTS"))
	if w.super == nil {
		return
	}
	if a := w.super.get(t, "/users?q="+email); strings.Count(a.body, `"id"`) != 1 {
		t.Errorf("got %s, want one user", a.body)
	}
}

func testRaceReset(t *testing.T, w *world) {
	p := w.register(t)
	token := p.forgot(t, 1)
	passwords := make([]string, w.many)
	answers := atOnce(w.many, func(i int) answer {
		passwords[i] = "guinevere" + strconv.Itoa(i)
		return w.client().reset(t, token, passwords[i])
	})
	wantRace(t, answers, w.many, "200 null", "400 "+badResetToken)
	w.client().reset(t, token, password).want(t, 400, badResetToken)
}

func testRaceVerify(t *testing.T, w *world) {
	p := w.member(t)
	token := p.requestVerify(t, 1)
	p.account.verified = true
	answers := atOnce(w.many, func(int) answer { return w.client().verify(t, token) })
	wantRace(t, answers, w.many, "200 "+p.json(), "400 "+alreadyVerified)
	p.wantMe(t, p)
}
