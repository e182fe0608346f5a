package pages

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// call sends a request to the route of an operation, in the name of the browser whose
// request is served. params are the values of its path's parameters, by their names; a nil
// body is none. The cookies that the answer sets go to the browser.
func (v *visit) call(op operation, params map[string]string, body map[string]any) answer {
	one, ok := v.offers.routes[op]
	if !ok {
		return answer{status: http.StatusNotFound}
	}
	return v.request(one, params, nil, body)
}

func (v *visit) request(one offer, params map[string]string, query url.Values, body map[string]any) answer {
	request := v.c.Request.Clone(v.c.Request.Context())
	request.Method, request.RequestURI, request.Pattern = one.method, "", ""
	request.URL = &url.URL{Path: one.path, RawQuery: query.Encode()}
	for name, value := range params {
		// An ID that is no single segment of a path is none of ours.
		if value == "" || strings.Contains(value, "/") {
			return answer{status: http.StatusNotFound}
		}
		request.URL.Path = strings.Replace(request.URL.Path, ":"+name, value, 1)
	}
	var content []byte
	request.Header = forwarded(v.c.Request.Header)
	if body != nil {
		content, _ = json.Marshal(body) // of strings, numbers and booleans
		request.Header.Set("Content-Type", "application/json")
	}
	request.Body, request.ContentLength = http.NoBody, int64(len(content))
	if body != nil {
		request.Body = readCloser{bytes.NewReader(content)}
	}
	request.Form, request.PostForm, request.MultipartForm, request.TransferEncoding = nil, nil, nil, nil
	recorded := &recorder{header: http.Header{}}
	v.config.Engine.ServeHTTP(recorded, request)
	for _, cookie := range recorded.header.Values("Set-Cookie") {
		v.c.Writer.Header().Add("Set-Cookie", cookie)
	}
	return recorded.answer()
}

// forwarded returns the headers of a page's request that are the browser's, whatever it
// asks for. Credentials that are no cookies are left out: a page is for a browser.
func forwarded(from http.Header) http.Header {
	header := from.Clone()
	for _, name := range []string{
		"Accept-Encoding", "Authorization", "Content-Encoding", "Content-Length", "Content-Type", "If-Match", "If-Modified-Since",
		"If-None-Match", "If-Unmodified-Since", "Range", "X-Api-Key",
	} {
		header.Del(name)
	}
	header.Set("Accept", "application/json")
	return header
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// recorder keeps a response. It must not be used concurrently.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements [http.ResponseWriter].
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
}

// Write implements [http.ResponseWriter].
func (r *recorder) Write(content []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(content)
}

func (r *recorder) answer() answer {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return answer{status: r.status, header: r.header, body: r.body.Bytes()}
}

// answer is what a route has answered.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// into reads the body of a success.
func (a answer) into(value any) error { return json.Unmarshal(a.body, value) }

// detail is what an error says, as far as pages need it.
type detail struct {
	code    string
	reason  any // of a refused password
	factors []string
	items   []item
}

// item is one entry of a 422.
type item struct {
	Loc  []any  `json:"loc"`
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

// field returns the name of the field that is wrong, "" for the body as a whole.
func (i item) field() string {
	if len(i.Loc) < 2 {
		return ""
	}
	name, _ := i.Loc[1].(string)
	return name
}

// detail reads the body of an error. What cannot be read has no code.
func (a answer) detail() detail {
	var body struct {
		Detail json.RawMessage `json:"detail"`
	}
	var d detail
	if json.Unmarshal(a.body, &body) != nil {
		return d
	}
	if json.Unmarshal(body.Detail, &d.code) == nil {
		return d
	}
	if json.Unmarshal(body.Detail, &d.items) == nil {
		return d
	}
	var coded struct {
		Code    string   `json:"code"`
		Reason  any      `json:"reason"`
		Factors []string `json:"factors"`
	}
	if json.Unmarshal(body.Detail, &coded) == nil {
		d.code, d.reason, d.factors = coded.Code, coded.Reason, coded.Factors
	}
	return d
}
