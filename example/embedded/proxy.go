package embedded

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"sync"
	"time"
)

// acceptPause is the time to wait when a client could not be accepted.
const acceptPause = 10 * time.Millisecond

// proxy stands between the clients and the engine and lets one command at a
// time reach the engine.
//
// The engine reads a document, changes it and writes it back, and two commands
// may do so at once: of two updates with the same precondition both can win,
// and of two different fields one can be lost. A MongoDB promises neither.
// With one lock around "send the command, read its reply", an update is as
// atomic here as there. An embedded database serves one small app, so the
// waiting costs little.
type proxy struct {
	engine   string // the engine's address
	listener net.Listener

	turn sync.Mutex // held while a command is with the engine

	mu     sync.Mutex
	conns  map[net.Conn]struct{} // both sides; nil once closed
	served sync.WaitGroup        // the accept loop and every client
}

// serveProxy accepts clients from listener until close is called.
func serveProxy(listener net.Listener, engine string) *proxy {
	p := &proxy{engine: engine, listener: listener, conns: make(map[net.Conn]struct{})}
	p.served.Go(p.acceptAll)
	return p
}

// close ends every connection and returns when nothing is being served.
// A command that is with the engine is completed there; its reply is dropped.
func (p *proxy) close() error {
	err := p.listener.Close()

	p.mu.Lock()
	for conn := range p.conns {
		_ = conn.Close()
	}
	p.conns = nil
	p.mu.Unlock()

	p.served.Wait()
	return err
}

func (p *proxy) acceptAll() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Out of file descriptors, most likely: some will be free soon.
			time.Sleep(acceptPause)
			continue
		}
		p.served.Go(func() { p.serve(client) })
	}
}

// serve gives the client an engine connection of its own, as the engine knows
// its clients by their connections, and serves it until either side hangs up.
func (p *proxy) serve(client net.Conn) {
	if !p.track(client) {
		return
	}
	defer p.drop(client)

	engine, err := net.Dial("tcp", p.engine)
	if err != nil || !p.track(engine) {
		return
	}
	defer p.drop(engine)

	l := link{turn: &p.turn, client: client, engine: engine, fromEngine: bufio.NewReader(engine)}
	l.run()
}

// track notes a connection for close. It reports false, and hangs up, when
// the proxy is closed already.
func (p *proxy) track(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		_ = conn.Close()
		return false
	}
	p.conns[conn] = struct{}{}
	return true
}

func (p *proxy) drop(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
	_ = conn.Close()
}

// link is one client and the engine connection that serves it.
type link struct {
	turn           *sync.Mutex
	client, engine net.Conn
	fromEngine     *bufio.Reader

	request, reply, replies bytes.Buffer
}

// run returns at the first error: a client whose connection or message is broken
// cannot be answered.
func (l *link) run() {
	fromClient := bufio.NewReader(l.client)
	for {
		// Without the lock: a client may be slow to send, or stop half way.
		command, err := readMessage(fromClient, &l.request)
		if err != nil {
			return
		}
		if err := l.exchange(command); err != nil {
			return
		}
		// Without the lock again: it may be as slow to read.
		if _, err := l.client.Write(l.replies.Bytes()); err != nil {
			return
		}
	}
}

// exchange sends the command to the engine and leaves what the client shall
// read in l.replies.
func (l *link) exchange(command message) error {
	// The answer to hello is made without the data, and a client whose hello
	// waits behind a long command takes the server for dead.
	if !command.isHello() {
		l.turn.Lock()
		defer l.turn.Unlock()
	}
	if _, err := l.engine.Write(command); err != nil {
		return err
	}

	l.replies.Reset()
	for more := true; more; {
		reply, err := readMessage(l.fromEngine, &l.reply)
		if err != nil {
			return err
		}
		more = reply.moreToCome()
		// The engine also answers requests that want no answer. Its reply means
		// that the command is done, but the client would take it for the
		// answer to its next command.
		if !command.moreToCome() {
			l.replies.Write(reply)
		}
	}
	return nil
}
