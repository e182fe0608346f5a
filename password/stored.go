package password

import (
	"errors"
	"fmt"
)

// Verifier reads stored hashes of a foreign form, for example an older system's. A
// password that matches is hashed again at the login, so a Verifier never makes hashes.
// Its methods may be called concurrently; a panic in them becomes an error of
// [Hasher.Verify].
type Verifier interface {
	// Recognizes reports whether encoded has this Verifier's form. It must be
	// cheap: it is called before the hash waits for its turn.
	Recognizes(encoded string) bool
	// Verify reports whether password belongs to encoded. It takes the place of one hash
	// of the configured memory. An error is neither right nor wrong; it may be (or wrap)
	// [ErrHashParameters] to refuse the work.
	Verify(encoded, password string) (ok bool, err error)
}

// storedHash is a parsed hash whose parameters are within the caps.
type storedHash interface {
	scheme() string
	memoryKiB() uint32
	matches(password string) (bool, error)
}

// CheckHash reports whether a stored hash can be verified by the built-in readers: nil,
// [ErrUnknownHash] or [ErrHashParameters]. It does no hashing and reveals nothing about
// the password.
func CheckHash(encoded string) error {
	_, err := parseHash(encoded)
	return err
}

// parse finds the reader of encoded. Parameters out of bounds are final; only
// forms unknown to the built-in readers reach the Verifiers.
func (h *Hasher) parse(encoded string) (storedHash, error) {
	stored, err := parseHash(encoded)
	if !errors.Is(err, ErrUnknownHash) {
		return stored, err
	}
	for _, v := range h.verifiers {
		mine, err := recognizes(v, encoded)
		if err != nil {
			return nil, err
		}
		if mine {
			return &foreignHash{v, encoded, h.params.memory}, nil
		}
	}
	return nil, ErrUnknownHash
}

func parseHash(encoded string) (storedHash, error) {
	for _, parse := range [...]func(string) (storedHash, error){
		parseArgon2, parseBcrypt, parsePasslibPBKDF2, parseDjangoPBKDF2, parseScrypt,
	} {
		if stored, err := parse(encoded); !errors.Is(err, ErrUnknownHash) {
			return stored, err
		}
	}
	return nil, ErrUnknownHash
}

// foreignHash is a stored hash that an application's Verifier reads.
type foreignHash struct {
	verifier Verifier
	encoded  string
	memory   uint32
}

func (f *foreignHash) scheme() string { return "other" }

func (f *foreignHash) memoryKiB() uint32 { return f.memory }

func (f *foreignHash) matches(password string) (bool, error) {
	ok, err := f.verifier.Verify(f.encoded, password)
	if err != nil {
		return false, fmt.Errorf("password: verify foreign hash: %w", err)
	}
	return ok, nil
}

func recognizes(v Verifier, encoded string) (mine bool, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			mine, err = false, hashPanic(cause)
		}
	}()
	return v.Recognizes(encoded), nil
}
