package contract

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

// probe is a store that counts its calls and lets a test step in before each.
type probe struct {
	fullStore

	mu    sync.Mutex
	calls map[string]int
	step  func(ctx context.Context, method string) error
}

func newProbe(store fullStore) *probe { return &probe{fullStore: store, calls: map[string]int{}} }

// before makes step run before every call from now on. What it returns, if
// anything, is the call's result.
func (p *probe) before(step func(ctx context.Context, method string) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step = step
}

// taken returns how often each method was called since it was asked last.
func (p *probe) taken() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls := maps.Clone(p.calls)
	clear(p.calls)
	return calls
}

// takenBut is taken without a method that is called off the request.
func (p *probe) takenBut(method string) map[string]int {
	calls := p.taken()
	delete(calls, method)
	return calls
}

func (p *probe) note(ctx context.Context, method string) error {
	p.mu.Lock()
	p.calls[method]++
	step := p.step
	p.mu.Unlock()
	if step == nil {
		return nil
	}
	return step(ctx, method)
}

func (p *probe) Create(ctx context.Context, u *user.User) error {
	if err := p.note(ctx, "Create"); err != nil {
		return err
	}
	return p.fullStore.Create(ctx, u)
}

func (p *probe) ByID(ctx context.Context, id user.ID) (*user.User, error) {
	if err := p.note(ctx, "ByID"); err != nil {
		return nil, err
	}
	return p.fullStore.ByID(ctx, id)
}

func (p *probe) ByEmail(ctx context.Context, email email.Email) (*user.User, error) {
	if err := p.note(ctx, "ByEmail"); err != nil {
		return nil, err
	}
	return p.fullStore.ByEmail(ctx, email)
}

func (p *probe) Update(ctx context.Context, id user.ID, update user.Update) (*user.User, error) {
	if err := p.note(ctx, "Update"); err != nil {
		return nil, err
	}
	return p.fullStore.Update(ctx, id, update)
}

func (p *probe) Delete(ctx context.Context, id user.ID, options user.DeleteOptions) error {
	if err := p.note(ctx, "Delete"); err != nil {
		return err
	}
	return p.fullStore.Delete(ctx, id, options)
}

func (p *probe) List(ctx context.Context, query user.ListQuery) (user.Page, error) {
	if err := p.note(ctx, "List"); err != nil {
		return user.Page{}, err
	}
	return p.fullStore.List(ctx, query)
}

func (p *probe) CreateToken(ctx context.Context, t records.Token) error {
	if err := p.note(ctx, "CreateToken"); err != nil {
		return err
	}
	return p.fullStore.CreateToken(ctx, t)
}

func (p *probe) TokenByHash(ctx context.Context, hash string) (records.Token, error) {
	if err := p.note(ctx, "TokenByHash"); err != nil {
		return records.Token{}, err
	}
	return p.fullStore.TokenByHash(ctx, hash)
}

func (p *probe) TokenWithUser(ctx context.Context, hash string) (records.Token, *user.User, error) {
	if err := p.note(ctx, "TokenWithUser"); err != nil {
		return records.Token{}, nil, err
	}
	return p.fullStore.TokenWithUser(ctx, hash)
}

func (p *probe) TouchToken(ctx context.Context, hash string, lastSeen, expiresAt time.Time) error {
	if err := p.note(ctx, "TouchToken"); err != nil {
		return err
	}
	return p.fullStore.TouchToken(ctx, hash, lastSeen, expiresAt)
}

func (p *probe) DeleteToken(ctx context.Context, hash string) error {
	if err := p.note(ctx, "DeleteToken"); err != nil {
		return err
	}
	return p.fullStore.DeleteToken(ctx, hash)
}

func (p *probe) TokensOf(ctx context.Context, id user.ID, query records.TokenQuery) ([]records.Token, error) {
	if err := p.note(ctx, "TokensOf"); err != nil {
		return nil, err
	}
	return p.fullStore.TokensOf(ctx, id, query)
}

func (p *probe) TrimTokens(ctx context.Context, newest records.Token, keep int) error {
	if err := p.note(ctx, "TrimTokens"); err != nil {
		return err
	}
	return p.fullStore.TrimTokens(ctx, newest, keep)
}

func (p *probe) DeleteTokensOf(ctx context.Context, id user.ID, keep string) error {
	if err := p.note(ctx, "DeleteTokensOf"); err != nil {
		return err
	}
	return p.fullStore.DeleteTokensOf(ctx, id, keep)
}

func (p *probe) UnlinkAccountsOf(ctx context.Context, id user.ID, before int64) error {
	if err := p.note(ctx, "UnlinkAccountsOf"); err != nil {
		return err
	}
	return p.fullStore.UnlinkAccountsOf(ctx, id, before)
}
