package wirefault

import (
	"bufio"
	"io"
	"net"
	"sync"
	"time"
)

// protocol knows where messages begin and end.
type protocol interface {
	// request reads one request.
	request(r *bufio.Reader) (raw []byte, e Exchange, err error)
	// reply reads one reply. After one with more to come the server goes on sending
	// without being asked.
	reply(r *bufio.Reader) (raw []byte, more bool, err error)
}

// link is one client and the connection to the server that serves it.
type link struct {
	proxy                  *Proxy
	client, server         net.Conn
	fromClient, fromServer *bufio.Reader
}

func newLink(p *Proxy, client, server net.Conn) *link {
	return &link{p, client, server, bufio.NewReader(client), bufio.NewReader(server)}
}

// run returns when the connection is to end.
func (l *link) run() {
	for {
		request, exchange, err := l.proxy.protocol.request(l.fromClient)
		if err != nil {
			return
		}
		exchange.Raw = request
		verdict, changed := l.proxy.judge(exchange)
		switch verdict.Fault {
		case Refuse:
			return
		case Silent:
			l.wait(nil, changed)
			return
		}
		reply, more, err := l.ask(request, verdict)
		if err != nil || !l.deliver(reply, verdict, changed) {
			return
		}
		if more {
			l.copyBoth()
			return
		}
	}
}

// ask returns the answer, and whether the server goes on without being asked.
func (l *link) ask(request []byte, verdict Verdict) (reply []byte, more bool, err error) {
	if verdict.Instead != nil {
		return verdict.Instead, false, nil
	}
	if _, err := l.server.Write(request); err != nil {
		return nil, false, err
	}
	return l.proxy.protocol.reply(l.fromServer)
}

// deliver hands the reply to the client as the verdict says, and reports whether the
// connection goes on.
func (l *link) deliver(reply []byte, verdict Verdict, changed <-chan struct{}) bool {
	if verdict.Answered != nil {
		verdict.Answered()
	}
	if verdict.Fault == Lose {
		return false
	}
	if verdict.Hold != nil && !l.wait(verdict.Hold, changed) {
		return false
	}
	if verdict.Fault == Half {
		_, _ = l.client.Write(reply[:len(reply)/2])
		_ = l.client.Close() // the polite way, so that the half arrives
		return false
	}
	if _, err := l.client.Write(reply); err != nil {
		return false
	}
	if verdict.Delivered != nil {
		verdict.Delivered()
	}
	return true
}

// wait reports whether the client still waits when over or changed is closed.
func (l *link) wait(over, changed <-chan struct{}) bool {
	looked, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(looked)
		if _, err := l.fromClient.Peek(1); err != nil {
			close(gone)
		}
	}()
	select {
	case <-over:
	case <-changed:
	case <-gone:
		return false
	}
	// Nobody may still be reading when the next request is read.
	_ = l.client.SetReadDeadline(time.Now())
	<-looked
	_ = l.client.SetReadDeadline(time.Time{})
	return true
}

// copyBoth serves a client that the server sends to unasked, as MongoDB does to those
// that watch it.
func (l *link) copyBoth() {
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(l.client, l.fromServer)
		hangUp(l.client)
	})
	both.Go(func() {
		_, _ = io.Copy(l.server, l.fromClient)
		hangUp(l.server)
	})
	both.Wait()
}
