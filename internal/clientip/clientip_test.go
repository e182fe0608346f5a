package clientip_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/internal/clientip"
	"github.com/ginauth/ginauth/limits"
)

func mustNew(t testing.TB, proxies ...string) *clientip.Extractor {
	t.Helper()
	e, err := clientip.New(proxies)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// through asks for the client of a request that went through a Gin engine, which
// trusts every proxy by itself.
func through(t *testing.T, e *clientip.Extractor, remote string, header http.Header) clientip.Client {
	t.Helper()
	var client clientip.Client
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/", func(c *gin.Context) { client = e.From(c.Request) })
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = remote
	for name, values := range header {
		for _, value := range values {
			r.Header.Add(name, value)
		}
	}
	engine.ServeHTTP(httptest.NewRecorder(), r)
	return client
}

// text returns a client's address as [clientip.Extractor.Text] does.
func text(client clientip.Client) string {
	if !client.Addr.IsValid() {
		return ""
	}
	return client.Addr.String()
}

func TestPeer(t *testing.T) {
	t.Parallel()
	e := mustNew(t)
	tests := []struct{ name, remote, want string }{
		{"IPv4", "203.0.113.7:4711", "203.0.113.7"},
		{"IPv6", "[2001:db8::1]:4711", "2001:db8::1"},
		{"IPv6 not canonical", "[2001:0DB8:0:0::0001]:4711", "2001:db8::1"},
		{"IPv4 as IPv6", "[::ffff:203.0.113.7]:4711", "203.0.113.7"},
		{"with a zone", "[fe80::1%eth0]:4711", "fe80::1"},
		{"without a port", "203.0.113.7", "203.0.113.7"},
		{"IPv6 without a port", "2001:db8::1", "2001:db8::1"},
		{"Unix socket", "@", ""},
		{"none", "", ""},
		{"a name", "localhost:80", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := text(through(t, e, test.remote, nil)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestForwardedFor(t *testing.T) {
	t.Parallel()
	e := mustNew(t, "10.0.0.0/8", "192.0.2.1", "2001:db8:ffff::/48", "::ffff:198.51.100.0/120")
	const proxy = "10.0.0.1:4711"
	tests := []struct {
		name, remote string
		lines        []string
		want         string
	}{
		{"peer is no proxy", "203.0.113.7:1", []string{"1.2.3.4"}, "203.0.113.7"},
		{"peer beside the proxy", "192.0.2.2:1", []string{"1.2.3.4"}, "192.0.2.2"},
		{"peer without an address", "@", []string{"1.2.3.4"}, ""},
		{"no header", proxy, nil, "10.0.0.1"},
		{"empty header", proxy, []string{""}, "10.0.0.1"},
		{"one hop", proxy, []string{"1.2.3.4"}, "1.2.3.4"},
		{"IPv4 proxy as IPv6", "[::ffff:10.0.0.1]:1", []string{"1.2.3.4"}, "1.2.3.4"},
		{"IPv6 proxy", "[2001:db8:ffff::1]:1", []string{"1.2.3.4"}, "1.2.3.4"},
		{"IPv6 proxy with a zone", "[2001:db8:ffff::1%eth0]:1", []string{"1.2.3.4"}, "1.2.3.4"},
		{"proxy of a mapped network", "198.51.100.9:1", []string{"1.2.3.4"}, "1.2.3.4"},
		{"single address", "192.0.2.1:1", []string{"1.2.3.4"}, "1.2.3.4"},
		{"what the client wrote is not believed", proxy, []string{"6.6.6.6, 1.2.3.4"}, "1.2.3.4"},
		{"nor an address of a proxy in it", proxy, []string{"10.9.9.9, 1.2.3.4"}, "1.2.3.4"},
		{"two proxies", proxy, []string{"6.6.6.6, 1.2.3.4, 192.0.2.1"}, "1.2.3.4"},
		{"two proxies in two lines", proxy, []string{"6.6.6.6, 1.2.3.4", "192.0.2.1"}, "1.2.3.4"},
		{"each hop in a line", proxy, []string{"6.6.6.6", "1.2.3.4", "192.0.2.1"}, "1.2.3.4"},
		{"first line is not the nearest", proxy, []string{"6.6.6.6", "1.2.3.4"}, "1.2.3.4"},
		{"only proxies", proxy, []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"client is IPv6", proxy, []string{"2001:0DB8::0:1"}, "2001:db8::1"},
		{"IPv4 client as IPv6", proxy, []string{"::ffff:1.2.3.4"}, "1.2.3.4"},
		{"IPv4 client as IPv6 in hexadecimal", proxy, []string{"::ffff:102:304"}, "1.2.3.4"},
		{"client with a zone", proxy, []string{"fe80::1%eth0"}, "fe80::1"},
		{"client with a port", proxy, []string{"1.2.3.4:5678"}, "1.2.3.4"},
		{"IPv6 client with a port", proxy, []string{"[2001:db8::1]:5678"}, "2001:db8::1"},
		{"IPv6 client in brackets", proxy, []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"no spaces", proxy, []string{"6.6.6.6,1.2.3.4,192.0.2.1"}, "1.2.3.4"},
		{"spaces and tabs", proxy, []string{" \t1.2.3.4\t , \t192.0.2.1 "}, "1.2.3.4"},

		{"malformed at the end", proxy, []string{"1.2.3.4, nonsense"}, "10.0.0.1"},
		{"malformed behind a proxy", proxy, []string{"1.2.3.4, nonsense, 192.0.2.1"}, "192.0.2.1"},
		{"malformed before the client", proxy, []string{"nonsense, 1.2.3.4"}, "1.2.3.4"},
		{"empty entry at the end", proxy, []string{"1.2.3.4,"}, "10.0.0.1"},
		{"empty entry behind a proxy", proxy, []string{"1.2.3.4,,192.0.2.1"}, "192.0.2.1"},
		{"empty last line", proxy, []string{"1.2.3.4", ""}, "10.0.0.1"},
		{"unknown", proxy, []string{"unknown"}, "10.0.0.1"},
		{"hidden", proxy, []string{"_proxy"}, "10.0.0.1"},
		{"quoted", proxy, []string{`"1.2.3.4"`}, "10.0.0.1"},
		{"as in Forwarded", proxy, []string{"for=1.2.3.4"}, "10.0.0.1"},
		{"leading zero", proxy, []string{"01.2.3.4"}, "10.0.0.1"},
		{"three parts", proxy, []string{"1.2.3"}, "10.0.0.1"},
		{"a number", proxy, []string{"16909060"}, "10.0.0.1"},
		{"a network", proxy, []string{"1.2.3.4/32"}, "10.0.0.1"},
		{"port out of range", proxy, []string{"1.2.3.4:99999"}, "10.0.0.1"},
		{"IPv4 in brackets", proxy, []string{"[1.2.3.4]"}, "10.0.0.1"},
		{"bracket left open", proxy, []string{"[2001:db8::1"}, "10.0.0.1"},
		{"space inside", proxy, []string{"1.2.3.4 5.6.7.8"}, "10.0.0.1"},
		{"no-break space", proxy, []string{"\u00a01.2.3.4"}, "10.0.0.1"},
		{"digits beyond ASCII", proxy, []string{"１.2.3.4"}, "10.0.0.1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"X-Forwarded-For": test.lines, "X-Real-Ip": {"9.9.9.9"}, "Forwarded": {"for=9.9.9.9"}}
			got := through(t, e, test.remote, header)
			if text(got) != test.want || got.BehindUnknownProxy {
				t.Errorf("got %q and BehindUnknownProxy %v, want %q and false", text(got), got.BehindUnknownProxy, test.want)
			}
		})
	}
}

func TestBehindUnknownProxy(t *testing.T) {
	t.Parallel()
	none, some := mustNew(t), mustNew(t, "192.0.2.1")
	tests := []struct {
		name, remote, header string
		e                    *clientip.Extractor
		want                 bool
	}{
		{"loopback", "127.0.0.1:1", "X-Forwarded-For", none, true},
		{"IPv6 loopback", "[::1]:1", "X-Forwarded-For", none, true},
		{"private", "10.1.2.3:1", "X-Forwarded-For", none, true},
		{"private 172", "172.31.0.1:1", "Forwarded", none, true},
		{"private 192", "192.168.0.1:1", "X-Real-IP", none, true},
		{"IPv6 private", "[fd00::1]:1", "Forwarded", none, true},
		{"private IPv4 as IPv6", "[::ffff:10.1.2.3]:1", "X-Forwarded-For", none, true},
		{"Unix socket", "@", "X-Forwarded-For", none, true},
		{"public", "203.0.113.7:1", "X-Forwarded-For", none, false},
		{"IPv6 public", "[2001:db8::1]:1", "X-Forwarded-For", none, false},
		{"beside the private network", "172.32.0.1:1", "X-Forwarded-For", none, false},
		{"other header", "127.0.0.1:1", "X-Forwarded-Proto", none, false},
		{"a proxy is trusted", "127.0.0.1:1", "X-Forwarded-For", some, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := through(t, test.e, test.remote, http.Header{test.header: {"1.2.3.4"}})
			if got.BehindUnknownProxy != test.want {
				t.Errorf("got %v, want %v", got.BehindUnknownProxy, test.want)
			}
			if text(got) == "1.2.3.4" {
				t.Errorf("got the address of the header")
			}
			if through(t, test.e, test.remote, nil).BehindUnknownProxy {
				t.Errorf("without a header: got true, want false")
			}
		})
	}
}

func TestTrustedProxiesAreChecked(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"10.0.0.1", "10.0.0.0/8", "::1", "2001:db8::/32", "::ffff:10.0.0.1", "::ffff:10.0.0.0/104", "10.0.0.1/32"} {
		if _, err := clientip.New([]string{good}); err != nil {
			t.Errorf("%q: got %v, want no error", good, err)
		}
	}
	bad := []string{
		"", "*", "localhost", "10.0.0.1:80", "10.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.1/8", "2001:db8::1/32",
		"0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96", "::ffff:0.0.0.0/95", "fe80::1%eth0", "fe80::%eth0/10", " 10.0.0.1", "10.0.0.0/255.0.0.0",
	}
	e, err := clientip.New(append([]string{"10.0.0.1"}, bad...))
	if err == nil || e != nil {
		t.Fatalf("got %v and %v, want an error alone", e, err)
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(bad) {
		t.Fatalf("got %d problems, want %d:\n%v", len(lines), len(bad), err)
	}
	for i, line := range lines {
		if want := "TrustedProxies[" + string(rune('0'+(i+1)%10)) + "]: "; i < 9 && !strings.HasPrefix(line, want) {
			t.Errorf("got %q, want it to begin with %q", line, want)
		}
	}
	if want := `TrustedProxies[9]: "10.0.0.1/8" has bits after the network's: want "10.0.0.0/8" for the network`; lines[8] != want {
		t.Errorf("got %q, want %q", lines[8], want)
	}
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	sources := &clientip.Sources{Extractor: mustNew(t)}
	tests := []struct{ remote, want string }{
		{"203.0.113.7:1", "203.0.113.7/32"},
		{"[::ffff:203.0.113.7]:1", "203.0.113.7/32"},
		{"[2001:db8:1:2:3:4:5:6]:1", "2001:db8:1:2::/64"},
		{"2001:db8:1:2::", "2001:db8:1:2::/64"},
		{"[fe80::1%eth0]:1", "fe80::/64"},
		{"127.0.0.1:1", ""},
		{"@", ""},
	}
	for _, test := range tests {
		got := sources.Of(&http.Request{RemoteAddr: test.remote})
		if got != (limits.Source{Network: test.want}) {
			t.Errorf("%s: got %+v, want %s", test.remote, got, test.want)
		}
	}
}

// Whatever stands in the header, the answer is canonical, and what a client writes
// does not change what the proxy wrote after it.
func FuzzForwardedFor(f *testing.F) {
	e := mustNew(f, "10.0.0.0/8")
	for _, seed := range []string{"", "1.2.3.4", ",,", "10.0.0.2", "[::1]:80, 10.0.0.2", "::ffff:1.2.3.4", "fe80::1%a,b", "unknown, 10.1.1.1", "[", "]:"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, written string) {
		r := &http.Request{RemoteAddr: "10.0.0.1:80", Header: http.Header{"X-Forwarded-For": {written}}}
		got := e.From(r)
		if !got.Addr.IsValid() || got.Addr.Is4In6() || got.Addr.Zone() != "" || got.BehindUnknownProxy {
			t.Errorf("%q: got %v", written, got)
		}
		for _, lines := range [][]string{{written + ", 203.0.113.7"}, {written, "203.0.113.7"}, {written, "203.0.113.7, 10.0.0.2"}} {
			r.Header["X-Forwarded-For"] = lines
			if got := e.Text(r); got != "203.0.113.7" {
				t.Errorf("%q: got %s, want 203.0.113.7", lines, got)
			}
		}
	})
}
