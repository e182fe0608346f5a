package mongotest

import (
	"encoding/binary"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/test/wirefault"
)

// Answering returns db through a client of its own, on a server that gives one answer
// to every command of that name to db, and does nothing. Changes are made to the
// client's options.
func Answering(
	t testing.TB, db *mongo.Database, command string, answer bson.D, changes ...func(*options.ClientOptions),
) *mongo.Database {
	t.Helper()
	return answering(t, db, command, func(bson.Raw) bson.D { return answer }, changes...)
}

func answering(
	t testing.TB, db *mongo.Database, name string, answer func(command bson.Raw) bson.D, changes ...func(*options.ClientOptions),
) *mongo.Database {
	t.Helper()
	proxy := wirefault.Mongo(t, Host(t))
	proxy.Set(func(e wirefault.Exchange) wirefault.Verdict {
		command := commandOf(e.Raw)
		// A driver's own commands go to the database admin.
		if to, _ := command.Lookup("$db").StringValueOK(); e.Command != name || to != db.Name() {
			return wirefault.Verdict{}
		}
		return wirefault.Verdict{Instead: replyTo(t, e.Raw, answer(command))}
	})
	return Through(t, db, proxy.Addr(), changes...)
}

// refusal is the answer of a server that does not do something.
func refusal(code int32) bson.D {
	return bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: code}, {Key: "errmsg", Value: "refused"}}
}

// A message begins with four int32: its length, its ID, the ID of the one it answers and
// the opcode. Flags and the kind of the section come before the command.
const (
	messageHeader  = 16
	messageCommand = messageHeader + 4 + 1
	opMsg          = 2013
)

// commandOf returns the command in a message, nil where it is of an older form.
func commandOf(message []byte) bson.Raw {
	if len(message) < messageCommand || binary.LittleEndian.Uint32(message[12:]) != opMsg {
		return nil
	}
	return message[messageCommand:]
}

// replyTo returns the message with which a server answers another.
func replyTo(t testing.TB, message []byte, answer bson.D) []byte {
	document, err := bson.Marshal(answer)
	if err != nil {
		t.Errorf("mongotest: %v", err)
	}
	reply := append(make([]byte, messageCommand), document...)
	binary.LittleEndian.PutUint32(reply, uint32(len(reply)))
	copy(reply[8:12], message[4:8])
	binary.LittleEndian.PutUint32(reply[12:], opMsg)
	return reply
}
