package limits

import (
	"context"
	"time"
)

// Store keeps the records of the abuse limits for all instances of an application: a
// short text for each account, client network and recipient with a count. [github.com/ginauth/ginauth/user/usertest.TestLimitStore]
// checks every clause of these comments.
//
// A record is changed only by comparing and swapping it in one atomic step, so
// that of two instances that both see the last free attempt one gets it. That
// takes no more of a database than one conditional write of one document.
//
// All methods are safe for concurrent use and end soon after ctx does. Any error
// means that the store could not answer. Keys have at most 100 bytes of ASCII,
// records at most 8 KiB of UTF-8; neither holds an address in clear.
type Store interface {
	// Limit returns the record that was stored last under key, or an empty text
	// if there is none.
	Limit(ctx context.Context, key string) (record string, err error)

	// SwapLimit puts after in the place of before and reports true, or changes
	// nothing and reports false if the record under key is another one. An
	// empty text stands for no record, before and after. Of any number of
	// concurrent calls with one before exactly one succeeds.
	//
	// The record may vanish by itself when keep has passed since the call, but
	// not before; only a store whose room is bounded may drop those that were
	// not used for the longest time.
	SwapLimit(ctx context.Context, key, before, after string, keep time.Duration) (swapped bool, err error)
}
