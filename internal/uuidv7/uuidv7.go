// Package uuidv7 makes IDs that sort by time: UUIDs of version 7 (RFC 9562, section 5.7).
package uuidv7

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"sync"
	"time"
)

// Source makes IDs and reads the random bytes of many at once, so that those of the next
// IDs lie in memory: they are no secret. The zero value is ready, and safe for concurrent
// use.
type Source struct {
	mu     sync.Mutex
	random [64 * 8]byte
	left   int // bytes of random that are not used
}

// Next returns an ID of that time.
func (ids *Source) Next(now time.Time) string {
	ids.mu.Lock()
	if ids.left == 0 {
		rand.Read(ids.random[:]) // never fails: it ends the process instead
		ids.left = len(ids.random)
	}
	ids.left -= 8
	random := [8]byte(ids.random[ids.left:])
	ids.mu.Unlock()
	return format(now, random)
}

// New returns an ID of that time.
func New(now time.Time) string {
	var random [8]byte
	rand.Read(random[:])
	return format(now, random)
}

// format returns a UUID of version 7 (RFC 9562, section 5.7) of that time. The twelve
// bits after the milliseconds are a fraction of one (section 6.2, method 3), so that the
// events of a user sort in their order.
func format(now time.Time, random [8]byte) string {
	var id [16]byte
	binary.BigEndian.PutUint32(id[:], uint32(now.UnixMilli()>>16)) //nolint:gosec // the upper 32 of 48 bits
	binary.BigEndian.PutUint16(id[4:], uint16(now.UnixMilli()))    //nolint:gosec // the lower 16
	fraction := uint16(now.Nanosecond() % 1e6 * 4096 / 1e6)        //nolint:gosec // below 4096
	binary.BigEndian.PutUint16(id[6:], 0x7000|fraction)
	copy(id[8:], random[:])
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
