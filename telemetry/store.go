package telemetry

import (
	"context"
	"fmt"
	"sync"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

// store is a store whose calls are measured. It implements every optional interface of
// stores: the wrapped store alone decides which there are, see [records.As], so that one type
// serves them all in place of one for each combination.
type store struct {
	user.Store
	i        *instruments
	database string
	// collections has the collection of each method.
	collections map[string]string

	operations sync.Map // method to *operation
}

var _ records.StoreWrapper = (*store)(nil)

func newStore(wrapped user.Store, i *instruments, o options) *store {
	return &store{Store: wrapped, i: i, database: o.database, collections: collectionOf(o.names)}
}

// Unwrap implements [records.StoreWrapper].
func (s *store) Unwrap() any { return s.Store }

// Format prints the wrapped store, whatever the verb.
func (s *store) Format(state fmt.State, _ rune) { fmt.Fprintf(state, "%v, measured", s.Store) }

func (s *store) operation(method string) *operation {
	if op, known := s.operations.Load(method); known {
		return op.(*operation)
	}
	op, _ := s.operations.LoadOrStore(method, newOperation(method, s.database, s.collections[method]))
	return op.(*operation)
}

// ability returns an optional interface that the wrapped store has: [records.As] gives the
// wrapper out only where it has it.
func ability[T any](s *store) T {
	able, ok := records.As[T](s.Store)
	if !ok {
		panic(fmt.Sprintf("telemetry: the store, a %T, was asked for what it is not: use records.As in place of a type assertion", s.Store))
	}
	return able
}

// Create implements [user.Store].
func (s *store) Create(ctx context.Context, u *user.User) error {
	return do(ctx, s, "Create", func(ctx context.Context) error { return s.Store.Create(ctx, u) })
}

// ByID implements [user.Store].
func (s *store) ByID(ctx context.Context, id user.ID) (*user.User, error) {
	return run(ctx, s, "ByID", func(ctx context.Context) (*user.User, error) { return s.Store.ByID(ctx, id) })
}

// ByEmail implements [user.Store].
func (s *store) ByEmail(ctx context.Context, email email.Email) (*user.User, error) {
	return run(ctx, s, "ByEmail", func(ctx context.Context) (*user.User, error) { return s.Store.ByEmail(ctx, email) })
}

// Update implements [user.Store].
func (s *store) Update(ctx context.Context, id user.ID, update user.Update) (*user.User, error) {
	return run(ctx, s, "Update", func(ctx context.Context) (*user.User, error) { return s.Store.Update(ctx, id, update) })
}

// Delete implements [user.Store].
func (s *store) Delete(ctx context.Context, id user.ID, options user.DeleteOptions) error {
	return do(ctx, s, "Delete", func(ctx context.Context) error { return s.Store.Delete(ctx, id, options) })
}

// List implements [user.Store].
func (s *store) List(ctx context.Context, query user.ListQuery) (user.Page, error) {
	return run(ctx, s, "List", func(ctx context.Context) (user.Page, error) { return s.Store.List(ctx, query) })
}
