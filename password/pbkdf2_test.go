package password

import (
	"testing"
	"time"
)

// HMAC fills short keys up with zero bytes, so without a check of its own
// PBKDF2 takes "lancelot\x00" for "lancelot".
func TestHasher_Verify_trailingZeroBytes(t *testing.T) {
	t.Parallel()
	h := newTestHasher(t, Config{Wait: time.Minute})
	for _, encoded := range []string{
		"$pbkdf2$1000$8PHy8/T19vf4.fr7/P3./w$XMrsHDLu3Al2BGE5r/wze5fSkeg",
		"pbkdf2_sha256$1000$B7t0N1agK03H$F6zCyigJDwhyIUZhEcyMpb5hvkLHHTPxOGGoSA99cSE=",
		"$scrypt$ln=10,r=8,p=1$8PHy8/T19vf4+fr7/P3+/w$FqeM4hoEeWnw/O8cX8Yxi9kDpGTmiQLkea/CYxao0BA",
	} {
		checkVerify(t, h, encoded, "lancelot", true, true)
		checkVerify(t, h, encoded, "lancelot\x00", false, false)
		checkVerify(t, h, encoded, "lancelot\x00\x00\x00", false, false)
		checkVerify(t, h, encoded, "lancelot\x00x", false, false)
	}
}
