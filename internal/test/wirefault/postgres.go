package wirefault

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// postgresProtocol is PostgreSQL's wire protocol, version 3, without TLS and COPY: a byte
// that is the type, a length that includes itself, then what the type says. Only the first
// message of a connection has no type.
type postgresProtocol struct{}

const (
	maxPostgres    = 1 << 26
	postgresHeader = 1 + 4
)

// request reads what a client sends before it waits: a simple query, or the messages of
// the extended protocol up to Sync.
func (postgresProtocol) request(r *bufio.Reader) (raw []byte, e Exchange, err error) {
	for {
		kind, message, err := readPostgres(r)
		if err != nil {
			return nil, Exchange{}, err
		}
		raw = append(raw, message...)
		switch kind {
		case 0:
			return raw, Exchange{Command: "hello", Raw: raw}, nil
		case 'Q':
			return raw, postgresExchange(message[postgresHeader:]), nil
		case 'P': // the statement comes after its name
			if _, text, found := bytes.Cut(message[postgresHeader:], []byte{0}); found {
				e = postgresExchange(text)
			}
		case 'S', 'X', 'p':
			return raw, e, nil
		}
	}
}

// reply reads up to where the server waits: for a request, or for proof of who asks.
func (postgresProtocol) reply(r *bufio.Reader) (raw []byte, more bool, err error) {
	for {
		kind, message, err := readPostgres(r)
		if err != nil && len(raw) > 0 {
			return raw, false, nil // the server has said why, and hung up
		}
		if err != nil {
			return nil, false, err
		}
		raw = append(raw, message...)
		if kind == 'Z' || kind == 'R' && asksForProof(message) {
			return raw, false, nil
		}
	}
}

// asksForProof reports whether a message of authentication waits for the client: 0 is that
// it has succeeded, 12 the end of SASL.
func asksForProof(message []byte) bool {
	if len(message) < postgresHeader+4 {
		return false
	}
	code := binary.BigEndian.Uint32(message[postgresHeader:])
	return code != 0 && code != 12
}

// readPostgres reads one message; its type is 0 for the first of a connection.
func readPostgres(r *bufio.Reader) (kind byte, raw []byte, err error) {
	first, err := r.Peek(1)
	if err != nil {
		return 0, nil, err
	}
	header := postgresHeader
	if kind = first[0]; kind == 0 { // the first byte of a length
		header--
	}
	start, err := r.Peek(header)
	if err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(start[header-4:])
	if size < 4 || size > maxPostgres {
		return 0, nil, fmt.Errorf("wirefault: message of %d bytes", size)
	}
	raw = make([]byte, header-4+int(size))
	_, err = io.ReadFull(r, raw)
	return kind, raw, err
}

// postgresExchange takes the first word of a statement for its command.
func postgresExchange(text []byte) Exchange {
	statement, _, _ := bytes.Cut(text, []byte{0})
	command, target, _ := strings.Cut(strings.TrimSpace(string(statement)), " ")
	if command == "--" || command == ";" {
		command = "ping"
	}
	return Exchange{Command: strings.ToUpper(command), Target: target, Raw: statement}
}
