// Package uuidv7 makes IDs that sort by time: UUIDs of version 7 (RFC 9562, section 5.7).
package uuidv7

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// New returns an ID of that time. The twelve bits after the milliseconds are a fraction of
// one (section 6.2, method 3), so that IDs that follow each other sort in their order.
func New(now time.Time) string {
	var id [16]byte
	rand.Read(id[:])                                               // never fails: it ends the process instead
	binary.BigEndian.PutUint32(id[:], uint32(now.UnixMilli()>>16)) //nolint:gosec // the upper 32 of 48 bits
	binary.BigEndian.PutUint16(id[4:], uint16(now.UnixMilli()))    //nolint:gosec // the lower 16
	fraction := uint16(now.Nanosecond() % 1e6 * 4096 / 1e6)        //nolint:gosec // below 4096
	binary.BigEndian.PutUint16(id[6:], 0x7000|fraction)
	id[8] = id[8]&0x3f | 0x80
	text := make([]byte, 36)
	hex.Encode(text, id[:4])
	for i, at := range []int{4, 6, 8, 10} {
		start := 9 + 5*i
		text[start-1] = '-'
		hex.Encode(text[start:], id[at:at+2])
	}
	text[23] = '-'
	hex.Encode(text[24:], id[10:])
	return string(text)
}
