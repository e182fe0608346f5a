package password

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"hash"
	"strings"
)

const (
	// maxPBKDF2Rounds takes several seconds; 600,000 are usual.
	maxPBKDF2Rounds = 10_000_000
	// pbkdf2Memory is that of the states of two hash functions, rounded up.
	pbkdf2Memory = 8
)

// pbkdf2Hash is a stored PBKDF2 hash. Its key has the length of the hash
// function's output, as all writers read here have it.
type pbkdf2Hash struct {
	digest    func() hash.Hash
	rounds    int
	salt, key []byte
}

var _ storedHash = (*pbkdf2Hash)(nil)

// parsePasslibPBKDF2 reads "$pbkdf2-sha256$29000$<salt>$<hash>".
func parsePasslibPBKDF2(encoded string) (storedHash, error) {
	parts, ok := splitHash(encoded, 4)
	if !ok {
		return nil, ErrUnknownHash
	}
	var digest func() hash.Hash
	switch parts[0] {
	case "pbkdf2":
		digest = sha1.New
	case "pbkdf2-sha256":
		digest = sha256.New
	case "pbkdf2-sha512":
		digest = sha512.New
	default:
		return nil, ErrUnknownHash
	}
	salt, ok := hashBytes(b64Passlib, parts[2])
	if !ok {
		return nil, ErrUnknownHash
	}
	return newPBKDF2Hash(digest, parts[1], salt, b64Passlib, parts[3])
}

// parseDjangoPBKDF2 reads "pbkdf2_sha256$600000$<salt>$<hash>", in which the
// salt is plain text and the hash padded base64.
func parseDjangoPBKDF2(encoded string) (storedHash, error) {
	var digest func() hash.Hash
	rest, ok := strings.CutPrefix(encoded, "pbkdf2_sha256")
	if ok {
		digest = sha256.New
	} else if rest, ok = strings.CutPrefix(encoded, "pbkdf2_sha1"); ok {
		digest = sha1.New
	} else {
		return nil, ErrUnknownHash
	}
	parts, ok := splitHash(rest, 3)
	if !ok || parts[1] == "" {
		return nil, ErrUnknownHash
	}
	return newPBKDF2Hash(digest, parts[0], []byte(parts[1]), b64Django, parts[2])
}

func newPBKDF2Hash(digest func() hash.Hash, rounds string, salt []byte, enc *base64.Encoding, key string) (storedHash, error) {
	n, ok := hashNumber(rounds)
	if !ok {
		return nil, ErrUnknownHash
	}
	k, ok := hashBytes(enc, key)
	if !ok {
		return nil, ErrUnknownHash
	}
	if n < 1 || n > maxPBKDF2Rounds || len(k) != digest().Size() {
		return nil, ErrHashParameters
	}
	return &pbkdf2Hash{digest, int(n), salt, k}, nil
}

func (*pbkdf2Hash) scheme() string { return "pbkdf2" }

func (*pbkdf2Hash) memoryKiB() uint32 { return pbkdf2Memory }

func (h *pbkdf2Hash) matches(password string) (bool, error) {
	key, err := pbkdf2.Key(h.digest, password, h.salt, h.rounds, len(h.key))
	if err != nil {
		return false, err // FIPS mode refuses short salts and SHA-1
	}
	same := subtle.ConstantTimeCompare(key, h.key) == 1
	return same && !sameUnderHMAC(password), nil
}
