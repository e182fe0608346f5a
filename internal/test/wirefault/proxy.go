package wirefault

import (
	"net"
	"sync"
	"testing"
)

// Proxy stands before one server. Its methods may be called by many goroutines.
type Proxy struct {
	server   string
	protocol protocol
	listener net.Listener
	served   sync.WaitGroup

	mu      sync.Mutex
	rule    Rule
	changed chan struct{} // closed when the rule changes
	cut     bool
	conns   map[net.Conn]net.Conn // client to server; nil once closed
}

// Mongo returns a proxy before the MongoDB at a host and port, which ends with the test.
func Mongo(t testing.TB, server string) *Proxy {
	t.Helper()
	return start(t, server, mongoProtocol{})
}

// Redis returns a proxy before the Redis at a host and port, which ends with the test.
func Redis(t testing.TB, server string) *Proxy {
	t.Helper()
	return start(t, server, redisProtocol{})
}

// Postgres returns a proxy before the PostgreSQL at a host and port, which ends with the
// test. Clients connect without TLS, and send statements by themselves, not by the name of
// a prepared one.
func Postgres(t testing.TB, server string) *Proxy {
	t.Helper()
	return start(t, server, postgresProtocol{})
}

func start(t testing.TB, server string, protocol protocol) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("wirefault: %v", err)
	}
	p := &Proxy{
		server: server, protocol: protocol, listener: listener,
		changed: make(chan struct{}), conns: map[net.Conn]net.Conn{},
	}
	p.served.Go(p.acceptAll)
	t.Cleanup(p.close)
	return p
}

// Addr returns the host and port to connect to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Set makes rule decide from now on; nil lets everything through. Exchanges that
// are held or kept silent under the rule before end now.
func (p *Proxy) Set(rule Rule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rule = rule
	close(p.changed)
	p.changed = make(chan struct{})
}

// Cut ends all connections, and every new one at once, until Mend is called.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for client, server := range p.conns {
		hangUp(client)
		hangUp(server)
	}
}

// Mend takes Cut back.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
}

// Conns returns how many clients are connected.
func (p *Proxy) Conns() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns)
}

func (p *Proxy) close() {
	_ = p.listener.Close()
	p.Set(nil)
	p.mu.Lock()
	for client, server := range p.conns {
		hangUp(client)
		hangUp(server)
	}
	p.conns = nil
	p.mu.Unlock()
	p.served.Wait()
}

func (p *Proxy) acceptAll() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.served.Go(func() { p.serve(client) })
	}
}

func (p *Proxy) serve(client net.Conn) {
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		hangUp(client)
		return
	}
	defer p.drop(client, server)
	if p.keep(client, server) {
		newLink(p, client, server).run()
	}
}

func (p *Proxy) keep(client, server net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut || p.conns == nil {
		return false
	}
	p.conns[client] = server
	return true
}

func (p *Proxy) drop(client, server net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, client)
	hangUp(client)
	hangUp(server)
}

// judge returns what becomes of an exchange, and what is closed when that is out of date.
func (p *Proxy) judge(e Exchange) (Verdict, <-chan struct{}) {
	p.mu.Lock()
	rule, changed := p.rule, p.changed
	p.mu.Unlock()
	if rule == nil {
		return Verdict{}, changed
	}
	return rule(e), changed
}

// hangUp ends a connection the rude way, as a crash does.
func hangUp(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
