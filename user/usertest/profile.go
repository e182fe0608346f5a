package usertest

import (
	"time"
)

// Profile is the application's own struct in the suites. It has one field of
// every sort that is easily got wrong.
type Profile struct {
	// FirstName can be nil, which clears it.
	FirstName *string `json:"first_name" bson:"first_name" binding:"omitempty,max=80"`
	// Plan cannot be written by clients.
	Plan string `json:"plan" bson:"plan" ginauth:"readonly"`
	// Address is a struct in the struct.
	Address Address `json:"address" bson:"address"`
	// Tags and Scores are shared by careless copies.
	Tags   []string         `json:"tags" bson:"tags"`
	Scores map[string]int64 `json:"scores" bson:"scores"`
	// JoinedAt is a time, in UTC with milliseconds.
	JoinedAt time.Time `json:"joined_at" bson:"joined_at"`
	// Note is stored but never sent; its key is the name of the Go field.
	Note string `json:"-" bson:"note"`
}

// Address is a part of [Profile].
type Address struct {
	City  *string  `json:"city" bson:"city"`
	Lines []string `json:"lines" bson:"lines"`
}
