package strictjwt_test

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/internal/strictjwt"
)

// answering is a key that always returns the same signature.
type answering struct {
	signature []byte
	err       error
}

func (answering) Public() crypto.PublicKey { return nil }

func (a answering) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return a.signature, a.err
}

func numbers(t *testing.T, r, s *big.Int) []byte {
	t.Helper()
	encoded, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// TestECDSASignaturesHaveOneLength has numbers that are shorter than usual.
func TestECDSASignaturesHaveOneLength(t *testing.T) {
	t.Parallel()
	greatest := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	tests := []struct {
		name string
		key  answering
		want []byte // nil: an error
	}{
		{"short numbers", answering{signature: numbers(t, big.NewInt(1), big.NewInt(0x203))},
			append(append(make([]byte, 31), 1), append(make([]byte, 30), 2, 3)...)},
		{"greatest numbers", answering{signature: numbers(t, greatest, greatest)}, bytes.Repeat([]byte{0xff}, 64)},
		{"too great", answering{signature: numbers(t, new(big.Int).Add(greatest, big.NewInt(1)), big.NewInt(1))}, nil},
		{"zero", answering{signature: numbers(t, big.NewInt(1), big.NewInt(0))}, nil},
		{"negative", answering{signature: numbers(t, big.NewInt(-1), big.NewInt(1))}, nil},
		{"more after it", answering{signature: append(numbers(t, big.NewInt(1), big.NewInt(1)), 0)}, nil},
		{"empty", answering{}, nil},
		{"failure", answering{err: errors.New("no such key")}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			token, err := strictjwt.SignPayload(strictjwt.NewKey("", jwt.SigningMethodES256, test.key, nil), []byte("{}"))
			if (err != nil) != (test.want == nil) {
				t.Fatalf("got %q, error %v, want signature %x", token, err, test.want)
			}
			if err != nil {
				return
			}
			if got := decode(t, token[strings.LastIndexByte(token, '.')+1:]); !bytes.Equal(got, test.want) {
				t.Errorf("got signature %x, want %x", got, test.want)
			}
		})
	}
}
