package main

import (
	"testing"

	"github.com/ginauth/ginauth/example/internal/program"
)

func TestTranscript(t *testing.T) {
	t.Parallel()
	program.Transcript(t, "../../README.md", program.Start(t))
}
