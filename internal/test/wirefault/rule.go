package wirefault

import (
	"sync"
	"time"
)

// Exchange is one request of a client, before the server gets it.
type Exchange struct {
	// Command is the command's name: "find", "GET" or "INSERT".
	Command string
	// Target is the collection of a MongoDB command, the first argument of a Redis one, the
	// rest of a PostgreSQL statement.
	Target string
	// Raw is the whole request.
	Raw []byte
}

// IsHello reports whether the request only looks whether the server is there.
func (e Exchange) IsHello() bool {
	switch e.Command {
	case "hello", "isMaster", "ismaster", "ping", "HELLO", "CLIENT", "PING":
		return true
	}
	return false
}

// Fault is what becomes of an exchange.
type Fault int

const (
	// Pass lets it through.
	Pass Fault = iota
	// Refuse ends the connection before the server gets the request.
	Refuse
	// Lose ends the connection when the server has carried out the request; the
	// answer is lost.
	Lose
	// Half ends the connection within the answer.
	Half
	// Silent keeps the request from the server and the connection open, until the
	// client gives up or the proxy gets another rule.
	Silent
)

// Verdict is what a rule decides about an exchange. The zero value lets it through.
type Verdict struct {
	Fault Fault
	// Instead is the answer the client gets, and the server not the request; nil for
	// the server's own.
	Instead []byte
	// Hold keeps the answer back until it is closed, the client gives up, or the
	// proxy gets another rule.
	Hold <-chan struct{}
	// Answered is called when the server has answered, before the client hears of it.
	Answered func()
	// Delivered is called when the client has got the answer.
	Delivered func()
}

// Rule decides about every exchange. It may be called by many goroutines.
type Rule func(Exchange) Verdict

// Always has the same fault happen to every exchange, hello included.
func Always(fault Fault) Rule {
	return func(Exchange) Verdict { return Verdict{Fault: fault} }
}

// Delayed keeps every answer back for d.
func Delayed(d time.Duration) Rule {
	return func(Exchange) Verdict { return Verdict{Hold: after(d)} }
}

// Overtaking lets of any two exchanges that are under way at once the second one be
// answered first. An exchange without a second one is held for patience.
func Overtaking(patience time.Duration) Rule {
	var mu sync.Mutex
	var waiting func() // releases the one that is held
	return func(e Exchange) Verdict {
		if e.IsHello() {
			return Verdict{}
		}
		mu.Lock()
		defer mu.Unlock()
		if release := waiting; release != nil {
			waiting = nil
			return Verdict{Delivered: release}
		}
		held := make(chan struct{})
		release := sync.OnceFunc(func() { close(held) })
		waiting = release
		time.AfterFunc(patience, release)
		return Verdict{Hold: held}
	}
}

// At has the fault happen to the exchange number n, counted from 1, of those that
// match, and reports by hit whether it was reached.
func At(n int, fault Fault, match func(Exchange) bool) (rule Rule, hit func() bool) {
	var mu sync.Mutex
	seen := 0
	rule = func(e Exchange) Verdict {
		if !match(e) {
			return Verdict{}
		}
		mu.Lock()
		defer mu.Unlock()
		seen++
		if seen != n {
			return Verdict{}
		}
		return Verdict{Fault: fault}
	}
	return rule, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return seen >= n
	}
}

func after(d time.Duration) <-chan struct{} {
	over := make(chan struct{})
	time.AfterFunc(d, func() { close(over) })
	return over
}
