package blocklist

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// maxRange is the size of the largest answer that is read; usual are some 50 KiB.
const maxRange = 1 << 20

// HTTP is a [Ranges] that answers by HTTP as the Pwned Passwords API of Have I Been
// Pwned does, whose URL is https://api.pwnedpasswords.com/range/.
type HTTP struct {
	// URL is what the prefix is appended to. Required.
	URL string
	// Client sends the requests. Defaults to one that follows no redirects.
	Client *http.Client
}

var _ Ranges = HTTP{}

var plainClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Range implements [Ranges]. It asks for padding, so that the size of the answer
// does not give the prefix away.
func (h HTTP) Range(ctx context.Context, prefix string) ([]string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL+prefix, nil)
	if err != nil {
		return nil, errors.New("blocklist: HTTP.URL is no URL")
	}
	request.Header.Set("Add-Padding", "true")
	request.Header.Set("User-Agent", "ginauth")
	client := h.Client
	if client == nil {
		client = plainClient
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("blocklist: range look-up: %w", withoutURL(err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("blocklist: range look-up: status %d", response.StatusCode)
	}
	return readLines(response.Body)
}

func readLines(body io.Reader) ([]string, error) {
	limited := &io.LimitedReader{R: body, N: maxRange}
	var lines []string
	scanner := bufio.NewScanner(limited)
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("blocklist: read range: %w", err)
	}
	if limited.N <= 0 { // what is left out might be the one line that matters
		return nil, fmt.Errorf("blocklist: the range has more than %d bytes", maxRange)
	}
	return lines, nil
}

// withoutURL takes away the URL, which ends in the prefix.
func withoutURL(err error) error {
	if urlErr := (*url.Error)(nil); errors.As(err, &urlErr) {
		return urlErr.Err
	}
	return err
}
