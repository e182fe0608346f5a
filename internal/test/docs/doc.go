// Package docs checks the documentation: its code is compiled, its commands, names,
// links, errors and tests exist, and its tables are complete.
//
// It has tests only, which run in the module's root.
package docs
