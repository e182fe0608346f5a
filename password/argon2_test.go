package password

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestHasher_Hash(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		config Config
		prefix string
	}{
		{"default", Config{}, "$argon2id$v=19$m=19456,t=2,p=1$"},
		{"one pass", Config{Memory: 47104, Time: 1}, "$argon2id$v=19$m=47104,t=1,p=1$"},
		{"three passes", Config{Memory: 12288, Time: 3, Threads: 4}, "$argon2id$v=19$m=12288,t=3,p=4$"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.config.Wait = time.Minute
			h := newTestHasher(t, tt.config)
			first := mustHash(t, h, "guinevere")
			second := mustHash(t, h, "guinevere")
			if !strings.HasPrefix(first, tt.prefix) {
				t.Errorf("got %s, want prefix %s", first, tt.prefix)
			}
			// 22 and 43 characters are 16 and 32 bytes.
			parts := strings.Split(first, "$")
			if len(parts) != 6 || len(parts[4]) != 22 || len(parts[5]) != 43 {
				t.Errorf("got %s, want 22 characters of salt and 43 of output", first)
			}
			if first == second {
				t.Errorf("got the same hash twice, want a new salt: %s", first)
			}
			checkVerify(t, h, first, "guinevere", true, false)
			checkVerify(t, h, first, "Guinevere", false, false)
		})
	}
}

// Passwords are bytes: nothing is cut, trimmed or folded.
func TestHasher_Hash_wholePassword(t *testing.T) {
	t.Parallel()
	h := newTestHasher(t, Config{Wait: time.Minute})
	long := strings.Repeat("x", 1024)
	for _, tt := range []struct{ name, password, other string }{
		{"empty", "", " "},
		{"last of 1024 bytes", long, long[:1023] + "y"},
		{"space", "guinevere ", "guinevere"},
		{"zero byte at the end", "guinevere\x00", "guinevere"},
		{"zero byte inside", "guine\x00vere", "guine\x00VERE"},
		{"composition", "caf\u00e9", "cafe\u0301"},
		{"invalid UTF-8", "\xff\xfe", "\xff\xfd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			encoded := mustHash(t, h, tt.password)
			checkVerify(t, h, encoded, tt.password, true, false)
			checkVerify(t, h, encoded, tt.other, false, false)
		})
	}
}

func TestHasher_Verify_outdated(t *testing.T) {
	t.Parallel()
	now := argon2Params{memory: 12288, time: 3, threads: 1}
	h := newTestHasher(t, Config{Memory: now.memory, Time: now.time, Threads: now.threads, Wait: time.Minute})
	for _, tt := range []struct {
		name     string
		change   func(*argon2Hash)
		outdated bool
	}{
		{"current", func(*argon2Hash) {}, false},
		{"less memory", func(a *argon2Hash) { a.memory = 12280 }, true},
		{"more memory", func(a *argon2Hash) { a.memory = 12296 }, true},
		{"less time", func(a *argon2Hash) { a.time = 2 }, true},
		{"more threads", func(a *argon2Hash) { a.threads = 2 }, true},
		{"argon2i", func(a *argon2Hash) { a.variant = argon2i }, true},
		{"shorter salt", func(a *argon2Hash) { a.salt = a.salt[:15] }, true},
		{"longer salt", func(a *argon2Hash) { a.salt = append(a.salt, 1) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := &argon2Hash{variant: argon2id, argon2Params: now, salt: []byte("0123456789abcdef")}
			tt.change(a)
			a.key = a.derive("lancelot", 32)
			checkVerify(t, h, a.encode(), "lancelot", true, tt.outdated)
			checkVerify(t, h, a.encode(), "Lancelot", false, false)
			a.key = a.derive("lancelot", 31)
			checkVerify(t, h, a.encode(), "lancelot", true, true)
		})
	}
}

// The hash of nobody is verified on the way every current hash goes.
func TestHasher_nobody(t *testing.T) {
	t.Parallel()
	config := Config{Memory: 12288, Time: 3, Threads: 2}
	h, other := newTestHasher(t, config), newTestHasher(t, config)
	stored, err := parseHash(h.nobody)
	if err != nil {
		t.Fatalf("got error %v, want none", err)
	}
	if a, ok := stored.(*argon2Hash); !ok || !a.isNew(argon2Params{12288, 3, 2}) {
		t.Errorf("got %s, want the form of a new hash", h.nobody)
	}
	if h.nobody == other.nobody {
		t.Errorf("got the same dummy twice, want random ones: %s", h.nobody)
	}
	if err := h.VerifyNobody(context.Background(), "guinevere"); err != nil {
		t.Errorf("VerifyNobody: got %v, want nil", err)
	}
}
