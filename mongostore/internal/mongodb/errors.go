package mongodb

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// The codes of the server's errors.
const (
	CodeNamespaceNotFound  = 26
	CodeNamespaceExists    = 48
	CodeIndexOptions       = 85
	CodeIndexKeySpecs      = 86
	CodeCommandUnsupported = 115
	CodeConflictInProgress = 117
	CodeNotImplemented     = 238
	CodeIndexBuildAborted  = 276
	CodeIndexBuildRunning  = 285
	CodeDuplicateKey       = 11000
)

// failure is an operation that failed in a way no interface names. The server's
// own text is left out, as it may quote whole documents and filters.
type failure struct {
	operation string
	err       error
}

// Failed returns the error of an operation that failed in a way no interface names.
func Failed(operation string, err error) error { return &failure{operation, err} }

func (f *failure) Error() string {
	text := f.err.Error()
	if codes := serverCodes(f.err); len(codes) > 0 {
		text = "server error " + strings.Join(codes, ", ")
	}
	return fmt.Sprintf("mongostore: %s: %s", f.operation, text)
}

func (f *failure) Unwrap() error { return f.err }

// serverCodes returns the codes, with their names where known, of an error that
// the server sent; none for one that arose on the way.
func serverCodes(err error) []string {
	var codes []string
	add := func(code int, name string) {
		switch {
		case code == 0: // not from the server
		case name == "":
			codes = append(codes, fmt.Sprint(code))
		default:
			codes = append(codes, fmt.Sprintf("%d (%s)", code, name))
		}
	}
	var command mongo.CommandError
	if errors.As(err, &command) {
		add(int(command.Code), command.Name)
	}
	var write mongo.WriteException
	if errors.As(err, &write) {
		for _, e := range write.WriteErrors {
			add(e.Code, "")
		}
		if write.WriteConcernError != nil {
			add(write.WriteConcernError.Code, write.WriteConcernError.Name)
		}
	}
	return codes
}

// HasCode reports whether the server sent an error with one of the codes.
func HasCode(err error, codes ...int) bool {
	var server mongo.ServerError
	return errors.As(err, &server) && slices.ContainsFunc(codes, server.HasErrorCode)
}

// Duplicate reports whether a write was refused by a unique index, and the first
// field of that index, "" where the server does not say.
func Duplicate(err error) (field string, ok bool) {
	var write mongo.WriteException
	if errors.As(err, &write) {
		for _, e := range write.WriteErrors {
			if e.Code == CodeDuplicateKey {
				return indexField(e.Raw, e.Message), true
			}
		}
		return "", false
	}
	var command mongo.CommandError
	if !errors.As(err, &command) {
		return "", false
	}
	if command.Code == CodeDuplicateKey {
		return indexField(command.Raw, command.Message), true
	}
	return engineDuplicate(command)
}

// indexField reads the field from the key pattern that servers since 4.2 send,
// else from the index's name. The text after the name quotes the document.
func indexField(raw bson.Raw, message string) string {
	if pattern, ok := raw.Lookup("keyPattern").DocumentOK(); ok {
		if first, err := pattern.IndexErr(0); err == nil {
			return first.Key()
		}
	}
	_, rest, _ := strings.Cut(message, " index: ")
	name, _, _ := strings.Cut(rest, " dup key: ")
	return fieldOfIndex(strings.TrimSpace(name))
}

// fieldOfIndex returns the first field of an index with a name of the usual
// form, such as email_key_1.
func fieldOfIndex(name string) string {
	if name == "_id_" {
		return "_id"
	}
	field, _, ok := strings.Cut(name, "_1")
	if !ok {
		return ""
	}
	return field
}
