package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// redisFile keeps the data of the embedded Redis, which has no persistence of its own:
// a restart of the demonstration does not end logins.
type redisFile struct {
	// Hashes are the tokens, Sets the indexes by user.
	Hashes map[string]map[string]string  `json:"hashes"`
	Sets   map[string]map[string]float64 `json:"sets"`
	// Left is the remaining lifetime of keys that expire.
	Left map[string]time.Duration `json:"left"`
}

// loadRedis fills server with what was saved in the file, if it is there. The file
// is removed then: a login that ends from now on must stay ended, even if the
// demonstration is killed before it saves again.
func loadRedis(server *miniredis.Miniredis, path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var file redisFile
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("%s: %w; without the file the embedded redis starts empty", path, err)
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	for key, fields := range file.Hashes {
		for name, value := range fields {
			server.HSet(key, name, value)
		}
	}
	for key, members := range file.Sets {
		for member, score := range members {
			if _, err := server.ZAdd(key, score, member); err != nil {
				return err
			}
		}
	}
	for key, left := range file.Left {
		server.SetTTL(key, left)
	}
	return nil
}

// saveRedis writes what is in server into the file.
func saveRedis(server *miniredis.Miniredis, path string) error {
	file := redisFile{Hashes: map[string]map[string]string{}, Sets: map[string]map[string]float64{}, Left: map[string]time.Duration{}}
	for _, key := range server.Keys() {
		switch server.Type(key) {
		case "hash":
			names, err := server.HKeys(key)
			if err != nil {
				return err
			}
			file.Hashes[key] = map[string]string{}
			for _, name := range names {
				file.Hashes[key][name] = server.HGet(key, name)
			}
		case "zset":
			members, err := server.SortedSet(key)
			if err != nil {
				return err
			}
			file.Sets[key] = members
		}
		if left := server.TTL(key); left > 0 {
			file.Left[key] = left
		}
	}
	text, err := json.Marshal(file)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}
