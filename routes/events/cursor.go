package events

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/ginauth/ginauth/audit"
)

const (
	cursorTime = 8
	cursorMAC  = 16
	// maxCursor is the greatest length of a cursor, in bytes.
	maxCursor = 512
)

var cursorText = base64.RawURLEncoding.Strict()

// cursors are positions in a list, as clients get them: authenticated together with the
// filters, so that none is of another list, another user or of one's own making.
type cursors struct{ keys [][]byte }

// of returns the cursor of the page after p.
func (s cursors) of(p audit.Position, filter [sha256.Size]byte) string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(p.At.UnixMilli())) //nolint:gosec // back again in read
	raw = append(raw, p.ID...)
	return cursorText.EncodeToString(append(raw, mac(s.keys[0], raw, filter)...))
}

func (s cursors) read(text string, filter [sha256.Size]byte) (p audit.Position, ok bool) {
	if len(text) > maxCursor {
		return p, false
	}
	raw, err := cursorText.DecodeString(text)
	if err != nil || len(raw) <= cursorTime+cursorMAC {
		return p, false
	}
	raw, sum := raw[:len(raw)-cursorMAC], raw[len(raw)-cursorMAC:]
	for _, key := range s.keys {
		if hmac.Equal(mac(key, raw, filter), sum) {
			at := time.UnixMilli(int64(binary.BigEndian.Uint64(raw))).UTC() //nolint:gosec // as made
			return audit.Position{At: at, ID: string(raw[cursorTime:])}, true
		}
	}
	return p, false
}

func mac(key, raw []byte, filter [sha256.Size]byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(filter[:])
	h.Write(raw)
	return h.Sum(nil)[:cursorMAC]
}
