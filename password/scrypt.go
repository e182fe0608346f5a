package password

import (
	"crypto/subtle"

	"golang.org/x/crypto/scrypt"
)

const (
	// 2 to the power of maxScryptLogN blocks of 128 bytes are 256 MiB.
	maxScryptLogN = 21
	// maxScryptR keeps what scrypt takes besides its big table negligible.
	maxScryptR = 32
)

// scryptHash is a stored scrypt hash.
type scryptHash struct {
	logN, r, p uint32
	salt, key  []byte
}

var _ storedHash = (*scryptHash)(nil)

// parseScrypt reads passlib's "$scrypt$ln=16,r=8,p=1$<salt>$<hash>".
func parseScrypt(encoded string) (storedHash, error) {
	parts, ok := splitHash(encoded, 4)
	if !ok || parts[0] != "scrypt" {
		return nil, ErrUnknownHash
	}
	params, ok := hashParams(parts[1], "ln", "r", "p")
	if !ok {
		return nil, ErrUnknownHash
	}
	salt, saltOK := hashBytes(b64Std, parts[2])
	key, keyOK := hashBytes(b64Std, parts[3])
	if !saltOK || !keyOK {
		return nil, ErrUnknownHash
	}
	h := &scryptHash{params[0], params[1], params[2], salt, key}
	if !h.inBounds() {
		return nil, ErrHashParameters
	}
	return h, nil
}

func (h *scryptHash) inBounds() bool {
	if h.logN < 1 || h.logN > maxScryptLogN || h.r < 1 || h.r > maxScryptR ||
		h.p < 1 || h.p > maxHashThreads || !outputInBounds(h.key) {
		return false
	}
	return h.memoryKiB() <= maxHashMemory
}

// memoryKiB is the size of the table that makes scrypt memory-hard.
func (h *scryptHash) scheme() string { return "scrypt" }

func (h *scryptHash) memoryKiB() uint32 {
	return max(1, h.r<<h.logN/8) // 128 bytes each; at most 32<<21, no overflow
}

func (h *scryptHash) matches(password string) (bool, error) {
	key, err := scrypt.Key([]byte(password), h.salt, 1<<h.logN, int(h.r), int(h.p), len(h.key))
	if err != nil {
		return false, err
	}
	same := subtle.ConstantTimeCompare(key, h.key) == 1
	return same && !sameUnderHMAC(password), nil
}
