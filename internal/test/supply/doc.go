// Package supply checks what the library is made of: which package imports which, the
// versions of dependencies, the workflow, and rules that all its sources keep.
//
// It has tests only, which run in the module's root.
package supply
