package usertest

import (
	"context"
	"errors"
	"sync"

	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// ErrFault is what the calls of a [FaultyStore] fail with.
var ErrFault = errors.New("usertest: injected fault")

// Fault is what happens to one call of a store.
type Fault int

// The faults of a [FaultPlan].
const (
	// NoFault lets the call pass.
	NoFault Fault = iota
	// FailBefore fails the call with [ErrFault], and nothing has been done.
	FailBefore
	// FailAfter does what the call says and loses the answer: the caller gets
	// [ErrFault] and cannot know that the call took effect.
	FailAfter
	// Twice does the call and loses the answer, but repeats the call, as a driver
	// does: the caller gets the answer of the repetition.
	Twice
)

// Call is one call of a store.
type Call struct {
	// Method is the name of the method, such as "Create".
	Method string
	// Writes says that the method changes what is stored.
	Writes bool
}

// FaultPlan decides what happens to a call, before it is done. It may block, which holds
// the call up, and look at ctx, which ends when the caller no longer waits. It is called
// concurrently.
type FaultPlan func(ctx context.Context, c Call) Fault

// FaultyStore is a store that fails when a test wants it to, to see what an
// application does then. It has all optional abilities: a call of one that the store
// within lacks fails with errors.ErrUnsupported, except that limits are kept in
// memory where it keeps none.
type FaultyStore struct {
	user.Store
	limits limits.Store

	mu   sync.Mutex
	plan FaultPlan
}

var (
	_ user.Store                 = (*FaultyStore)(nil)
	_ records.RotatingTokenStore = (*FaultyStore)(nil)
	_ user.TokenUserStore        = (*FaultyStore)(nil)
	_ records.PlainTokenStore    = (*FaultyStore)(nil)
	_ records.OAuthStore         = (*FaultyStore)(nil)
	_ records.UsedStore          = (*FaultyStore)(nil)
	_ limits.Store               = (*FaultyStore)(nil)
	_ records.CredentialStore    = (*FaultyStore)(nil)
	_ user.CredentialUserStore   = (*FaultyStore)(nil)
	_ records.PendingStore       = (*FaultyStore)(nil)
	_ records.InvitationStore    = (*FaultyStore)(nil)
	_ user.UsernameStore         = (*FaultyStore)(nil)
	_ records.Ensurer            = (*FaultyStore)(nil)
)

// NewFaultyStore returns store with faults, of which there are none until
// [FaultyStore.Plan] is called.
func NewFaultyStore(store user.Store) *FaultyStore {
	counts, ok := store.(limits.Store)
	if !ok {
		counts = limits.NewMemory()
	}
	return &FaultyStore{Store: store, limits: counts}
}

// Plan makes plan decide on all calls from now on; nil lets all pass. Calls that
// are under way are not affected.
func (s *FaultyStore) Plan(plan FaultPlan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan = plan
}

func (s *FaultyStore) decide(ctx context.Context, c Call) Fault {
	s.mu.Lock()
	plan := s.plan
	s.mu.Unlock()
	if plan == nil {
		return NoFault
	}
	return plan(ctx, c)
}

// faulty does a call as the plan says.
func faulty[T any](ctx context.Context, s *FaultyStore, c Call, call func() (T, error)) (T, error) {
	var none T
	switch s.decide(ctx, c) {
	case FailBefore:
		return none, ErrFault
	case FailAfter:
		_, _ = call()
		return none, ErrFault
	case Twice:
		_, _ = call()
	}
	return call()
}

// read is faulty for a method that changes nothing.
func read[T any](ctx context.Context, s *FaultyStore, method string, call func() (T, error)) (T, error) {
	return faulty(ctx, s, Call{Method: method}, call)
}

// write is faulty for a method that changes what is stored and returns only an error.
func write(ctx context.Context, s *FaultyStore, method string, call func() error) error {
	_, err := faulty(ctx, s, Call{Method: method, Writes: true}, func() (struct{}, error) { return struct{}{}, call() })
	return err
}

// able returns the store within as what has an optional ability.
func able[T any](s *FaultyStore) (T, error) {
	ability, ok := s.Store.(T)
	if !ok {
		return ability, errors.ErrUnsupported
	}
	return ability, nil
}

// withAbility does a call of an optional ability of the store within.
func withAbility[A, T any](ctx context.Context, s *FaultyStore, c Call, call func(A) (T, error)) (T, error) {
	return faulty(ctx, s, c, func() (T, error) {
		ability, err := able[A](s)
		if err != nil {
			var none T
			return none, err
		}
		return call(ability)
	})
}

// changeAbility is withAbility for a method that only returns an error.
func changeAbility[A any](ctx context.Context, s *FaultyStore, method string, call func(A) error) error {
	_, err := withAbility(ctx, s, Call{Method: method, Writes: true}, func(ability A) (struct{}, error) {
		return struct{}{}, call(ability)
	})
	return err
}
