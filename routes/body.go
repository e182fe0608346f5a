package routes

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxBodyBytes is the size of the largest body that is read.
const maxBodyBytes = 65_536

// readBody reads the whole body, which is nil if there is none. It blocks until
// the client has sent it; the time that may take is the server's ReadTimeout.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	if r.ContentLength > maxBodyBytes { // and spare a client that waits for 100 Continue the sending
		return nil, errTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBodyBytes+1))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) { // the application has a lower limit
		return nil, errTooLarge
	}
	if len(body) > maxBodyBytes {
		return nil, errTooLarge
	}
	if err != nil { // broken off, or chunks that are none
		return nil, errUndecodable
	}
	return body, nil
}

// mediaType is what a Content-Type means to us.
type mediaType int

const (
	mediaOther mediaType = iota
	mediaJSON
	mediaForm
	mediaMultipart
)

// mediaTypeOf reads the Content-Type. Its parameters are not looked at: JSON is UTF-8
// whatever they say (RFC 8259 8.1). Two headers are treated as none, as a proxy may have
// gone by the other one.
func mediaTypeOf(header http.Header) mediaType {
	values := header["Content-Type"]
	if len(values) != 1 {
		return mediaOther
	}
	essence, _, _ := strings.Cut(values[0], ";")
	essence = lowerASCII(strings.Trim(essence, " \t"))
	switch essence {
	case "application/x-www-form-urlencoded":
		return mediaForm
	case "multipart/form-data":
		return mediaMultipart
	}
	subtype, ok := strings.CutPrefix(essence, "application/")
	if ok && (subtype == "json" || strings.HasSuffix(subtype, "+json") && isToken(subtype)) {
		return mediaJSON
	}
	return mediaOther
}

// boundaryOf returns what separates the parts of a multipart body.
func boundaryOf(header http.Header) (string, error) {
	_, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || parameters["boundary"] == "" {
		return "", errUndecodable
	}
	return parameters["boundary"], nil
}

// isToken reports whether s is a token (RFC 9110 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letterOrDigit := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letterOrDigit && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// lowerASCII leaves all but A–Z alone. The Kelvin sign and the long s have lower-case
// letters of ASCII too, which are not meant.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}
