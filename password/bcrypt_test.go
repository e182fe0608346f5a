package password

import (
	"testing"
	"time"
)

// The hashes were made by libxcrypt.
func TestHasher_Verify_bcryptReadsOnly72Bytes(t *testing.T) {
	t.Parallel()
	const (
		full   = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-+*/=!?.,;"
		ofFull = "$2b$04$abcdefghijklmnopqrstuuffRCZNDWKeM4trzEQJe3IDklO2M3D0O"
		ofName = "$2b$04$abcdefghijklmnopqrstuuu.f5E50uPwAv7ACh6Rj5KFX.G2kAapq"
		ofNone = "$2b$04$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq"
	)
	h := newTestHasher(t, Config{Wait: time.Minute})
	for _, tt := range []struct {
		name, encoded, password string
		want                    bool
	}{
		{"72 bytes", ofFull, full, true},
		{"73 bytes", ofFull, full + "x", false},
		{"73 bytes, last is zero", ofFull, full + "\x00", false},
		{"1024 bytes", ofFull, full + string(make([]byte, 952)), false},
		{"71 bytes", ofFull, full[:71], false},
		{"name", ofName, "lancelot", true},
		{"name and zero byte", ofName, "lancelot\x00", false},
		{"name repeated as bcrypt does", ofName, "lancelot\x00lancelot", false},
		{"empty", ofNone, "", true},
		{"zero byte", ofNone, "\x00", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkVerify(t, h, tt.encoded, tt.password, tt.want, tt.want)
		})
	}
}
