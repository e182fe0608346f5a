package main

import (
	"encoding/binary"
	"io"
	"net"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// stub is a server that speaks as much of MongoDB's wire protocol as a look-up
// takes, and answers at once: every find finds the one document its collection
// has, every aggregation a token together with its user. Rows over it show what the
// client's side of a look-up costs.
type stub struct {
	found  map[string]bson.Raw
	joined bson.Raw
}

// newStub starts a server on the loopback and returns its URI.
func newStub(found map[string]bson.Raw) string {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	s := &stub{found: found}
	var token bson.D
	if err := bson.Unmarshal(found["access_tokens"], &token); err == nil {
		s.joined = encoded(append(token, bson.E{Key: "owner", Value: bson.A{found["users"]}}))
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(connection)
		}
	}()
	return "mongodb://" + listener.Addr().String() + "/?directConnection=true&maxPoolSize=8"
}

// Codes of the messages (opcodes) that the driver sends, and that answer them.
const (
	opReply = 1
	opQuery = 2004
	opMsg   = 2013
)

func (s *stub) serve(connection net.Conn) {
	defer connection.Close()
	var header [16]byte
	var body, out []byte
	for {
		if _, err := io.ReadFull(connection, header[:]); err != nil {
			return
		}
		length := int(binary.LittleEndian.Uint32(header[:])) - len(header)
		if length < 0 || length > 1<<20 {
			return
		}
		if cap(body) < length {
			body = make([]byte, length)
		}
		body = body[:length]
		if _, err := io.ReadFull(connection, body); err != nil {
			return
		}
		opcode := binary.LittleEndian.Uint32(header[12:])
		out = append(out[:0], make([]byte, 16)...)
		copy(out[8:12], header[4:8]) // responds to
		switch opcode {
		case opQuery: // the first message: flags, collection "admin.$cmd", skip, return, then the command
			binary.LittleEndian.PutUint32(out[12:], opReply)
			out = append(out, make([]byte, 16)...) // flags, cursor, starting from
			out = binary.LittleEndian.AppendUint32(out, 1)
			out = append(out, s.answer(bson.Raw(body[4+len("admin.$cmd")+1+8:]))...)
		case opMsg: // flags, kind 0, then the command
			binary.LittleEndian.PutUint32(out[12:], opMsg)
			out = append(out, 0, 0, 0, 0, 0)
			out = append(out, s.answer(bson.Raw(body[5:]))...)
		default:
			return
		}
		binary.LittleEndian.PutUint32(out, uint32(len(out)))
		if _, err := connection.Write(out); err != nil {
			return
		}
	}
}

func (s *stub) answer(command bson.Raw) bson.Raw {
	first, err := command.IndexErr(0)
	check(err)
	name, _ := first.Value().StringValueOK()
	switch first.Key() {
	case "find":
		return s.cursor(name, s.found[name])
	case "aggregate":
		return s.cursor(name, s.joined)
	case "listIndexes":
		unique := func(fields ...string) bson.D {
			var key bson.D
			for _, field := range fields {
				key = append(key, bson.E{Key: field, Value: int32(1)})
			}
			return bson.D{{Key: "v", Value: int32(2)}, {Key: "name", Value: fields[0]}, {Key: "key", Value: key}, {Key: "unique", Value: true}}
		}
		return s.cursor(name, encoded(unique("email_key")), encoded(unique("provider", "account_id")))
	case "hello", "isMaster", "ismaster":
		return hello
	}
	return ok
}

var (
	ok    = encoded(bson.D{{Key: "ok", Value: 1.0}})
	hello = encoded(bson.D{
		{Key: "helloOk", Value: true},
		{Key: "ismaster", Value: true},
		{Key: "isWritablePrimary", Value: true},
		{Key: "maxBsonObjectSize", Value: int32(16 << 20)},
		{Key: "maxMessageSizeBytes", Value: int32(48_000_000)},
		{Key: "maxWriteBatchSize", Value: int32(100_000)},
		{Key: "minWireVersion", Value: int32(0)},
		{Key: "maxWireVersion", Value: int32(21)},
		{Key: "ok", Value: 1.0},
	})
)

func (s *stub) cursor(collection string, documents ...bson.Raw) bson.Raw {
	batch := bson.A{}
	for _, document := range documents {
		if document != nil {
			batch = append(batch, document)
		}
	}
	return encoded(bson.D{
		{Key: "cursor", Value: bson.D{
			{Key: "firstBatch", Value: batch}, {Key: "id", Value: int64(0)}, {Key: "ns", Value: "benchmarks." + collection},
		}},
		{Key: "ok", Value: 1.0},
	})
}

func encoded(document bson.D) bson.Raw { return must(bson.Marshal(document)) }
