// Package wirefault is a proxy for tests that stands between a client and its
// database server and does to single exchanges what networks and dying servers
// do: it cuts them before or after their effect, lets half an answer through,
// is silent, delays, and lets answers overtake each other.
//
// It knows where the messages of MongoDB, Redis and PostgreSQL begin and end. Proxies of bytes,
// such as toxiproxy, cannot tell a lost answer from a lost request, which is the
// difference that matters here.
package wirefault
