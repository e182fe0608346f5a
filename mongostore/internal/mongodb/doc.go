// Package mongodb holds how the stores talk to MongoDB: with which guarantees they
// read and write, what its errors mean, and what MongoDB-compatible engines do
// differently.
package mongodb
