package sqlstore

import (
	"log/slog"

	"github.com/ginauth/ginauth/profile"
)

// Option is a choice of [Open].
type Option func(*settings)

type settings struct {
	profile    *profile.Type
	profileErr error
	unmigrated bool
	untidied   bool
	logger     *slog.Logger
}

// WithProfile makes P the struct type of the application's own fields, which are stored
// together as JSON under the names of their json tags. [profile.TypeOf] says what P
// must be; [Open] returns its error.
func WithProfile[P any]() Option {
	described, err := profile.TypeOf[P]()
	return func(s *settings) { s.profile, s.profileErr = described, err }
}

// WithoutMigrations makes [Open] change no table. It returns an error where the database
// has not the very version of this package; [Schema] has the statements to run.
func WithoutMigrations() Option {
	return func(s *settings) { s.unmigrated = true }
}

// WithoutTidying makes the store leave what has expired where it is, for applications that
// call [Store.Tidy] themselves.
func WithoutTidying() Option {
	return func(s *settings) { s.untidied = true }
}

// WithLogger takes warnings of [Open]. Defaults to slog.Default().
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) { s.logger = logger }
}
