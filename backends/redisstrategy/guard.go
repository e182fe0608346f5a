package redisstrategy

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// endsWithContext reports whether calls of client end when their context does.
// go-redis does that only where it is asked to.
func endsWithContext(client redis.UniversalClient) bool {
	if isNil(client) {
		return false
	}
	switch client := client.(type) {
	case *redis.Client:
		return client.Options().ContextTimeoutEnabled
	case *redis.ClusterClient:
		return client.Options().ContextTimeoutEnabled
	case *redis.Ring:
		return client.Options().ContextTimeoutEnabled
	}
	return false
}

// guard runs one call of the client and returns when ctx ends. A call that is
// given up goes on until the client's own time-outs end it; none of the store's
// calls does harm when it takes effect late.
func guard[T any](ctx context.Context, s *Tokens, call func(context.Context) (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if s.endsWithContext {
		return call(ctx)
	}
	type answer struct {
		result T
		err    error
	}
	answers := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if cause := recover(); cause != nil {
				a.err = fmt.Errorf("panic: %v", cause)
			}
			answers <- a
		}()
		a.result, a.err = call(ctx)
	}()
	select {
	case a := <-answers:
		return a.result, a.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
