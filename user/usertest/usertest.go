// Package usertest holds what a store of users is tested with: the suites
// [TestStore], [TestTokenUserStore], [TestOAuthStore], [TestCredentialStore],
// [TestCredentialUserStore], [TestPendingStore] and [TestLimitStore], which check every
// clause of the comments on [user.Store], [user.TokenUserStore], [records.OAuthStore],
// [records.UsedStore], [records.CredentialStore], [user.CredentialUserStore],
// [records.PendingStore] and [limits.Store], and [Store], which keeps everything in memory,
// for the tests of applications.
//
// The test of a store is its set-up and one call:
//
//	func TestStore(t *testing.T) {
//		usertest.TestStore(t, func(t *testing.T) user.Store { return open(t) })
//	}
//
// [FaultyStore] makes any store fail where a test wants it, to see what an
// application does then.
//
// A program that stores anything for longer than it runs has no use for this
// package.
package usertest
