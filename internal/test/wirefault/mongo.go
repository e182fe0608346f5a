package wirefault

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// mongoProtocol is MongoDB's wire protocol: a header of four little-endian int32
// (length with the header, request ID, ID answered, opcode), then what the opcode says.
type mongoProtocol struct{}

const (
	mongoHeader  = 16
	maxMongo     = 48_000_000
	opMsg        = 2013
	moreToCome   = 1 << 1
	typeString   = 2
	mongoBodyAt  = mongoHeader + 4 + 1 // after the flags and the kind of the section
	mongoNameAt  = mongoBodyAt + 4 + 1 // after the document's length and the first element's type
	stringHeader = 4
)

func (mongoProtocol) request(r *bufio.Reader) ([]byte, Exchange, error) {
	raw, err := readMongo(r)
	return raw, mongoExchange(raw), err
}

func (mongoProtocol) reply(r *bufio.Reader) (raw []byte, more bool, err error) {
	raw, err = readMongo(r)
	more = len(raw) >= mongoHeader+4 && opcode(raw) == opMsg && binary.LittleEndian.Uint32(raw[mongoHeader:])&moreToCome != 0
	return raw, more, err
}

func readMongo(r *bufio.Reader) ([]byte, error) {
	header, err := r.Peek(mongoHeader)
	if err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(header)
	if size < mongoHeader || size > maxMongo {
		return nil, fmt.Errorf("wirefault: message of %d bytes", size)
	}
	raw := make([]byte, size)
	_, err = io.ReadFull(r, raw)
	return raw, err
}

func opcode(raw []byte) uint32 { return binary.LittleEndian.Uint32(raw[12:]) }

// mongoExchange reads the first element of a command: its name, and its value where
// that is a text. What is no OP_MSG is the first hello of a connection.
func mongoExchange(raw []byte) Exchange {
	if len(raw) < mongoNameAt || opcode(raw) != opMsg {
		return Exchange{Command: "hello"}
	}
	name, value, found := bytes.Cut(raw[mongoNameAt:], []byte{0})
	if !found {
		return Exchange{}
	}
	e := Exchange{Command: string(name)}
	if raw[mongoNameAt-1] == typeString && len(value) > stringHeader {
		target, _, _ := bytes.Cut(value[stringHeader:], []byte{0})
		e.Target = string(target)
	}
	return e
}
