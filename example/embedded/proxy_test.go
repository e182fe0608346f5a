package embedded

import (
	"bytes"
	"encoding/binary"
	"net"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

// arrival is a command that reached the engine of the test and waits there
// for its replies.
type arrival struct {
	name string
	conn net.Conn
}

// fakeEngine stands in for FerretDB and answers when the test says so.
func fakeEngine(t *testing.T) (addr string, arrived <-chan arrival) {
	t.Helper()
	listener := listen(t)
	arrivals := make(chan arrival, 10)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go func() {
				var buf bytes.Buffer
				for {
					command, err := readMessage(conn, &buf)
					if err != nil {
						return
					}
					first, err := bson.Raw(command[headerSize+5:]).IndexErr(0)
					if err != nil {
						return
					}
					arrivals <- arrival{name: first.Key(), conn: conn}
				}
			}()
		}
	}()
	return listener.Addr().String(), arrivals
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("Listen: got error %v, want none", err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// newProxy is a proxy with a fake engine, and a function that connects to it.
func newProxy(t *testing.T) (dial func() net.Conn, arrived <-chan arrival) {
	t.Helper()
	addr, arrived := fakeEngine(t)
	listener := listen(t)
	p := serveProxy(listener, addr)
	t.Cleanup(func() { _ = p.close() })
	return func() net.Conn {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatalf("Dial: got error %v, want none", err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		return conn
	}, arrived
}

func opMsgOf(t *testing.T, flags uint32, doc bson.D) message {
	t.Helper()
	body, err := bson.Marshal(doc)
	if err != nil {
		t.Fatalf("Marshal: got error %v, want none", err)
	}
	m := binary.LittleEndian.AppendUint32(nil, uint32(headerSize+5+len(body)))
	m = append(m, 1, 0, 0, 0, 0, 0, 0, 0)
	m = binary.LittleEndian.AppendUint32(m, opMsg)
	m = binary.LittleEndian.AppendUint32(m, flags)
	m = append(m, sectionBody)
	return append(m, body...)
}

func send(t *testing.T, conn net.Conn, flags uint32, name string) {
	t.Helper()
	if _, err := conn.Write(opMsgOf(t, flags, bson.D{{Key: name, Value: 1}})); err != nil {
		t.Fatalf("send %s: got error %v, want none", name, err)
	}
}

func expect(t *testing.T, arrived <-chan arrival, name string) arrival {
	t.Helper()
	select {
	case a := <-arrived:
		if a.name != name {
			t.Fatalf("at the engine: got %s, want %s", a.name, name)
		}
		return a
	case <-time.After(patience):
		t.Fatalf("at the engine: got nothing, want %s", name)
		panic("not reached")
	}
}

// receive returns the name in the next reply the client reads.
func receive(t *testing.T, conn net.Conn) string {
	t.Helper()
	var buf bytes.Buffer
	reply, err := readMessage(conn, &buf)
	if err != nil {
		t.Fatalf("receive: got error %v, want none", err)
	}
	return bson.Raw(reply[headerSize+5:]).Index(0).Key()
}

func TestOneCommandAtATime(t *testing.T) {
	t.Parallel()
	dial, arrived := newProxy(t)
	first, second, third := dial(), dial(), dial()

	send(t, first, 0, "find")
	find := expect(t, arrived, "find")

	// The insert must wait; that it does shows by the hello, which was sent
	// later and yet is the next to arrive, in all three spellings.
	send(t, second, 0, "insert")
	for _, name := range []string{"hello", "isMaster", "ismaster"} {
		send(t, third, 0, name)
		hello := expect(t, arrived, name)
		send(t, hello.conn, 0, "greeting")
		if got := receive(t, third); got != "greeting" {
			t.Errorf("reply to %s: got %s, want greeting", name, got)
		}
	}
	select {
	case a := <-arrived:
		t.Fatalf("while find is with the engine: got %s there, want nothing", a.name)
	default:
	}

	send(t, find.conn, 0, "found")
	insert := expect(t, arrived, "insert")
	send(t, insert.conn, 0, "inserted")
	if got := receive(t, first); got != "found" {
		t.Errorf("reply to find: got %s, want found", got)
	}
	if got := receive(t, second); got != "inserted" {
		t.Errorf("reply to insert: got %s, want inserted", got)
	}
}

func TestClientDiesDuringItsCommand(t *testing.T) {
	t.Parallel()
	dial, arrived := newProxy(t)
	dying, other := dial(), dial()

	send(t, dying, 0, "update")
	update := expect(t, arrived, "update")
	if err := dying.Close(); err != nil {
		t.Fatal(err)
	}
	send(t, other, 0, "find")
	send(t, update.conn, 0, "updated")

	find := expect(t, arrived, "find")
	send(t, find.conn, 0, "found")
	if got := receive(t, other); got != "found" {
		t.Errorf("reply: got %s, want found", got)
	}
}

func TestEngineHangsUp(t *testing.T) {
	t.Parallel()
	dial, arrived := newProxy(t)
	unlucky, other := dial(), dial()

	send(t, unlucky, 0, "update")
	if err := expect(t, arrived, "update").conn.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := unlucky.Read(make([]byte, 1)); err == nil {
		t.Errorf("client of a lost engine connection: got %d bytes, want the end", n)
	}

	send(t, other, 0, "find")
	send(t, expect(t, arrived, "find").conn, 0, "found")
	if got := receive(t, other); got != "found" {
		t.Errorf("reply: got %s, want found", got)
	}
}

func TestMoreToCome(t *testing.T) {
	t.Parallel()
	dial, arrived := newProxy(t)
	client := dial()

	// A request that wants no reply gets none.
	send(t, client, flagMoreToCome, "insert")
	send(t, client, 0, "find")
	send(t, expect(t, arrived, "insert").conn, 0, "inserted")
	find := expect(t, arrived, "find")

	// A reply that announces another one is not the end of the command.
	send(t, find.conn, flagMoreToCome, "one")
	send(t, find.conn, 0, "two")
	for _, want := range []string{"one", "two"} {
		if got := receive(t, client); got != want {
			t.Errorf("reply to find: got %s, want %s", got, want)
		}
	}
}

func TestIsHello(t *testing.T) {
	t.Parallel()
	otherOpcode := opMsgOf(t, 0, bson.D{{Key: "hello", Value: 1}})
	otherOpcode[12]--
	otherSection := opMsgOf(t, 0, bson.D{{Key: "hello", Value: 1}})
	otherSection[headerSize+4] = 1

	tests := []struct {
		name    string
		message message
		want    bool
	}{
		{"hello", opMsgOf(t, 0, bson.D{{Key: "hello", Value: 1}, {Key: "$db", Value: "admin"}}), true},
		{"command with a field hello", opMsgOf(t, 0, bson.D{{Key: "find", Value: "x"}, {Key: "hello", Value: 1}}), false},
		{"command that begins with hello", opMsgOf(t, 0, bson.D{{Key: "helloThere", Value: 1}}), false},
		{"other case", opMsgOf(t, 0, bson.D{{Key: "Hello", Value: 1}}), false},
		{"empty document", opMsgOf(t, 0, bson.D{}), false},
		{"other opcode", otherOpcode, false},
		{"other section", otherSection, false},
		{"name without an end", opMsgOf(t, 0, bson.D{{Key: "hello", Value: 1}})[:headerSize+14], false},
		{"header only", make(message, headerSize), false},
		{"nothing", nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.message.isHello(); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
