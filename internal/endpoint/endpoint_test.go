package endpoint

import "testing"

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, url    string
		insecure, ok bool
	}{
		{"https", "https://idp.example.com/token?tenant=1", false, true},
		{"http", "http://idp.example.com/token", false, false},
		{"http allowed", "http://idp.example.com/token", true, true},
		{"localhost", "http://localhost:8080/token", false, true},
		{"IPv4 loopback", "http://127.0.0.9/token", false, true},
		{"IPv6 loopback", "http://[::1]:8080/token", false, true},
		{"not quite localhost", "http://localhost.example.com/", false, false},
		{"not quite loopback", "http://127.0.0.1.example.com/", false, false},
		{"user that looks like a host", "http://127.0.0.1@idp.example.com/", false, false},
		{"empty", "", true, false},
		{"path", "/token", true, false},
		{"no host", "https:///token", true, false},
		{"other scheme", "ftp://idp.example.com/", true, false},
		{"no URL", "https://idp example.com/%", true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := Check("TokenURL", tt.url, tt.insecure); (err == nil) != tt.ok {
				t.Errorf("got %v, want ok %v", err, tt.ok)
			}
		})
	}
}
