package wirefault

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// redisProtocol is RESP, versions 2 and 3.
type redisProtocol struct{}

func (redisProtocol) request(r *bufio.Reader) ([]byte, Exchange, error) {
	raw, err := readRedis(r)
	if err != nil {
		return nil, Exchange{}, err
	}
	return raw, redisExchange(raw), nil
}

func (redisProtocol) reply(r *bufio.Reader) (raw []byte, more bool, err error) {
	raw, err = readRedis(r)
	return raw, false, err
}

func readRedis(r *bufio.Reader) ([]byte, error) {
	var raw bytes.Buffer
	err := copyRedis(&raw, r)
	return raw.Bytes(), err
}

// copyRedis copies one value.
func copyRedis(to *bytes.Buffer, r *bufio.Reader) error {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	to.Write(line)
	kind, rest := line[0], strings.TrimSpace(string(line[1:]))
	var values int
	switch kind {
	case '$', '=', '!', '*', '~', '>', '%', '|':
		if values, err = strconv.Atoi(rest); err != nil {
			return fmt.Errorf("wirefault: length %q", rest)
		}
	}
	switch kind {
	case '$', '=', '!': // bytes
		if values >= 0 {
			_, err = io.CopyN(to, r, int64(values)+2)
		}
		return err
	case '%': // pairs
		values *= 2
	case '|': // pairs that say something about the value after them
		values = 2*values + 1
	}
	for range values {
		if err := copyRedis(to, r); err != nil {
			return err
		}
	}
	return nil
}

// redisExchange reads the first two arguments of a command: "*2\r\n$3\r\nGET\r\n$1\r\na\r\n".
func redisExchange(raw []byte) Exchange {
	parts := strings.SplitN(string(raw), "\r\n", 6)
	var e Exchange
	if len(parts) > 2 {
		e.Command = strings.ToUpper(parts[2])
	}
	if len(parts) > 4 {
		e.Target = parts[4]
	}
	return e
}
