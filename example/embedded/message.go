package embedded

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// What the wire protocol says about a message: a header of four little-endian
// int32 (length with the header, request ID, ID answered, opcode), then what
// the opcode says. OP_MSG goes on with flag bits and sections.
const (
	headerSize     = 16
	maxMessageSize = 48_000_000

	opMsg = 2013

	flagMoreToCome = 1 << 1
	sectionBody    = 0
)

// readMessage reads one whole message into buf, whose contents it replaces,
// and returns it. It is valid until buf is used again.
//
// The buffer grows with what arrives, not with what the header promises.
func readMessage(r io.Reader, buf *bytes.Buffer) (message, error) {
	buf.Reset()
	if _, err := io.CopyN(buf, r, headerSize); err != nil {
		return nil, err
	}
	size := int32(binary.LittleEndian.Uint32(buf.Bytes()))
	if size < headerSize || size > maxMessageSize {
		return nil, fmt.Errorf("embedded: message of %d bytes, want %d to %d", size, headerSize, maxMessageSize)
	}
	if _, err := io.CopyN(buf, r, int64(size)-headerSize); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// message is one message with its header.
type message []byte

// flags returns the flag bits of an OP_MSG, and none for other messages.
func (m message) flags() uint32 {
	if len(m) < headerSize+4 || binary.LittleEndian.Uint32(m[12:]) != opMsg {
		return 0
	}
	return binary.LittleEndian.Uint32(m[headerSize:])
}

// moreToCome says of a request that its sender wants no reply, and of a reply
// that another one follows.
func (m message) moreToCome() bool {
	return m.flags()&flagMoreToCome != 0
}

// isHello says whether the message is a client's look whether the server is
// there. Drivers send it as an OP_MSG with one section, whose first key is the
// command. What looks otherwise is taken for a command like any other.
func (m message) isHello() bool {
	// Header, flags, kind of the section, length of the document, type of its
	// first element, and then that element's name, which a zero byte ends.
	const kindAt, nameAt = headerSize + 4, headerSize + 4 + 1 + 4 + 1
	if len(m) < nameAt || binary.LittleEndian.Uint32(m[12:]) != opMsg || m[kindAt] != sectionBody {
		return false
	}
	name, _, found := bytes.Cut(m[nameAt:], []byte{0})
	if !found {
		return false
	}
	switch string(name) {
	case "hello", "isMaster", "ismaster":
		return true
	}
	return false
}
