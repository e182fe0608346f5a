package backends_test

import (
	"context"
	"sync"
	"time"

	"github.com/ginauth/ginauth/user/records"
)

// spyStore counts the calls of a store of tokens, and fails where it is told to.
type spyStore struct {
	records.TokenStore

	mu    sync.Mutex
	calls map[string]int
	// fail is the error of a call, before it has an effect.
	fail map[string]error
	// answer changes what TokenByHash finds.
	answer func(records.Token) records.Token
}

func newSpy(store records.TokenStore) *spyStore {
	return &spyStore{TokenStore: store, calls: map[string]int{}, fail: map[string]error{}}
}

func (s *spyStore) call(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[name]++
	return s.fail[name]
}

func (s *spyStore) total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := 0
	for _, count := range s.calls {
		total += count
	}
	return total
}

func (s *spyStore) CreateToken(ctx context.Context, t records.Token) error {
	if err := s.call("create"); err != nil {
		return err
	}
	return s.TokenStore.CreateToken(ctx, t)
}

func (s *spyStore) TokenByHash(ctx context.Context, hash string) (records.Token, error) {
	if err := s.call("find"); err != nil {
		return records.Token{}, err
	}
	t, err := s.TokenStore.TokenByHash(ctx, hash)
	if err == nil && s.answer != nil {
		t = s.answer(t)
	}
	return t, err
}

func (s *spyStore) TouchToken(ctx context.Context, hash string, lastSeen, expiresAt time.Time) error {
	if err := s.call("touch"); err != nil {
		return err
	}
	return s.TokenStore.TouchToken(ctx, hash, lastSeen, expiresAt)
}

func (s *spyStore) DeleteToken(ctx context.Context, hash string) error {
	if err := s.call("delete"); err != nil {
		return err
	}
	return s.TokenStore.DeleteToken(ctx, hash)
}
