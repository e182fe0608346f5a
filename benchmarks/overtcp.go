package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user/usertest"
)

// tcpRequests is how many requests a server answers in one turn.
const tcpRequests = 1000

// wire is one connection to a server, and the request it sends again and again.
type wire struct {
	connection net.Conn
	reader     *bufio.Reader
	request    []byte
}

// dial starts a server for the handler and connects to it.
func dial(handler http.Handler, request *http.Request) *wire {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	go func() { _ = http.Serve(listener, handler) }()
	var text bytes.Buffer
	check(request.Write(&text))
	connection := must(net.Dial("tcp", listener.Addr().String()))
	return &wire{connection, bufio.NewReader(connection), text.Bytes()}
}

// ask sends the request and reads the answer, which has no body.
func (w *wire) ask() {
	must(w.connection.Write(w.request))
	status := must(w.reader.ReadSlice('\n'))
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 204 ")) {
		panic(fmt.Sprintf("got %q, want status 204", status))
	}
	for len(must(w.reader.ReadSlice('\n'))) > 2 {
	}
}

// tcpRows compares what a client waits for, by the clock on the wall.
func tcpRows(out *report) {
	store := usertest.NewStore()
	u := addUser(store, "arthur@camelot.bt")
	auth := newAuth(ginauth.Config{Store: store})
	token, _ := logIn(auth, api(), u)
	wires := []*wire{
		dial(guarded(auth.ActiveUser()), bearer(token)),
		dial(guarded(byHand(jwtKey(), inMemory(store))), bearer(token)),
		dial(guarded(ginJWT(jwtKey(), inMemory(store))), bearer(token)),
		dial(guarded(), bearer(token)),
	}
	names := []string{"ginauth", "by hand", "gin-jwt, user loaded", "Gin alone"}
	middle, late := make([]timing, len(wires)), make([]timing, len(wires))
	for i := range wires {
		middle[i] = timing{name: names[i] + ", p50", allocs: -1}
		late[i] = timing{name: names[i] + ", p99", allocs: -1}
	}
	for round := range out.rounds {
		for k := range wires {
			i := (round + k) % len(wires)
			p50, p99 := wires[i].turn()
			middle[i].times, late[i].times = append(middle[i].times, p50), append(late[i].times, p99)
		}
	}
	for i := range wires[1:] {
		target := ""
		if i == 0 {
			target = "≤ 1.05"
		}
		out.add("guard, JWT, user from memory, through TCP", target, middle[0], middle[i+1])
		out.add("guard, JWT, user from memory, through TCP", target, late[0], late[i+1])
	}
}

// turn returns percentiles of the times of some requests, in nanoseconds.
func (w *wire) turn() (p50, p99 float64) {
	times := make([]float64, tcpRequests)
	for i := range times {
		start := time.Now()
		w.ask()
		times[i] = float64(time.Since(start))
	}
	slices.Sort(times)
	return quantile(times, 0.5), quantile(times, 0.99)
}
