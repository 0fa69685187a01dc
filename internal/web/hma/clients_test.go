package hma_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/web/hma"
)

// wire sends a request over a connection, as a client does, and returns status
// and body.
func wire(t *testing.T, method, address, auth, kind, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if auth != "" {
		r.Header.Set("Authorization", auth)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// scan does what policyserv does with a file: hash it, look every hash up, and
// take the keys of whatever object comes back for banks. held is true for what
// policyserv then treats as prohibited because it could not tell.
func scan(t *testing.T, base, key, field, data string) (banks []string, held bool) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	f, err := w.CreateFormFile(field, "x")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write([]byte(data))
	_ = w.Close()
	join := func(path string) string {
		out, err := url.JoinPath(base, path)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	status, body := wire(t, "POST", join("/h/hash"), "Bearer "+key, w.FormDataContentType(), form.String())
	hashes := map[string]string{}
	if status != http.StatusOK || json.Unmarshal([]byte(body), &hashes) != nil {
		return nil, true
	}
	for typ, hash := range hashes {
		_, body := wire(t, "GET", join("/m/lookup")+"?signal_type="+url.QueryEscape(typ)+"&signal="+url.QueryEscape(hash), "Bearer "+key, "", "")
		found := map[string]any{}
		if json.Unmarshal([]byte(body), &found) != nil {
			return nil, true
		}
		for name := range found {
			banks = append(banks, name)
		}
	}
	return banks, false
}

// onlyKey lets the key "right" match.
func onlyKey(r *http.Request, scope string) error {
	if r.Header.Get("Authorization") == "Bearer right" && scope == "match" {
		return nil
	}
	return jaga.Errorf(jaga.CodeDenied, "no")
}

func TestPolicyserv(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.bank("KNOWN")
		c.form("/c/bank/KNOWN/content", photo(1)).is(t, 200, "")
		sums := `{"video_md5":"` + strings.Repeat("ab", 16) + `"}`
		c.signal("KNOWN", sums)
		opt := hma.Options{Banks: c.banks, Engine: c.eng, Decoder: decoder(), May: onlyKey}
		srv := httptest.NewServer(hma.New(opt))
		defer srv.Close()
		prefixed := httptest.NewServer(http.StripPrefix("/behind/a/proxy", hma.New(opt)))
		defer prefixed.Close()
		for name, tt := range map[string]struct {
			base, key, field, data string
			banks                  string
			held                   bool
		}{
			"known":             {srv.URL, "right", "photo", photo(1).data, "[KNOWN]", false},
			"unknown":           {srv.URL + "/", "right", "photo", photo(2).data, "[]", false},
			"behind a prefix":   {prefixed.URL + "/behind/a/proxy", "right", "photo", photo(1).data, "[KNOWN]", false},
			"wrong key":         {srv.URL, "wrong", "photo", photo(2).data, "[]", true},
			"a PDF":             {srv.URL, "right", "photo", "%PDF-1.7", "[]", true},
			"a video":           {srv.URL, "right", "video", "any bytes", "[]", true},
			"too little detail": {srv.URL, "right", "photo", flat().data, "[message]", false}, // as with HMA
		} {
			t.Run(name, func(t *testing.T) {
				banks, held := scan(t, tt.base, tt.key, tt.field, tt.data)
				if fmt.Sprint(banks) != tt.banks || held != tt.held {
					t.Errorf("banks %v, held %v", banks, held)
				}
			})
		}
		// A key that stops working between the two calls, and an index that is
		// gone, must not look like "no match".
		for name, opt := range map[string]hma.Options{
			"key revoked": {Banks: c.banks, Engine: c.eng, Decoder: decoder(), May: func(r *http.Request, _ string) error {
				if r.Method == http.MethodGet {
					return jaga.Errorf(jaga.CodeDenied, "no")
				}
				return nil
			}},
			"a fault": {Banks: c.banks, Engine: c.eng, Decoder: decoder(), May: func(r *http.Request, _ string) error {
				if r.Method == http.MethodGet {
					panic("a fault")
				}
				return nil
			}},
		} {
			srv := httptest.NewServer(hma.New(opt))
			if banks, held := scan(t, srv.URL, "right", "photo", photo(2).data); !held {
				t.Errorf("%s: let pass, banks %v", name, banks)
			}
			srv.Close()
		}
		unloaded(c)
		srv = httptest.NewServer(c.h)
		defer srv.Close()
		if banks, held := scan(t, srv.URL, "right", "photo", photo(1).data); !held {
			t.Errorf("no index: let pass, banks %v", banks)
		}
	})
}

// Coop's calls: its address ends in a slash, and it joins by hand.
func TestCoop(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		files, _ := remote(t)
		fetching(t, c)
		srv := httptest.NewServer(c.h)
		defer srv.Close()
		base := srv.URL + "/"
		const js = "application/json"
		step := func(method, path, kind, body string, status int, want string) {
			t.Helper()
			got, answer := wire(t, method, base+path, "", kind, body)
			if got != status || want != "" && strings.TrimSpace(answer) != want {
				t.Fatalf("%s %s: %d %s, want %d %s", method, path, got, answer, status, want)
			}
		}
		// The page on which a bank is made.
		step("GET", "/c/exchanges/apis", "", "", 200, `[]`)
		step("POST", "/c/banks", js, `{"name":"COOP_ORG1_FIRST","enabled_ratio":"1"}`, 201, shownBank("COOP_ORG1_FIRST", "1.0"))
		// The list of banks, and the page of one: a JSON type and no body.
		step("GET", "/c/bank/COOP_ORG1_FIRST", js, "", 200, shownBank("COOP_ORG1_FIRST", "1.0"))
		step("GET", "/c/exchange/COOP_ORG1_FIRST", "", "", 404, "")
		step("GET", "/c/exchange/COOP_ORG1_FIRST/status", "", "", 404, "")
		step("PUT", "/c/bank/COOP_ORG1_FIRST", js, `{"enabled_ratio":0.5}`, 200, shownBank("COOP_ORG1_FIRST", "0.5"))
		// Renaming is a new bank and the end of the old one.
		step("POST", "/c/banks", js, `{"name":"COOP_ORG1_SECOND","enabled_ratio":"0.5"}`, 201, "")
		step("DELETE", "/c/bank/COOP_ORG1_FIRST", "", "", 200, "")
		step("GET", "/c/bank/COOP_ORG1_FIRST", js, "", 404, "")
		step("PUT", "/c/bank/COOP_ORG1_SECOND", js, `{"enabled_ratio":1}`, 200, "")
		// An exchange cannot be had, which Coop shows; nothing is made.
		step("POST", "/c/exchanges", js, `{"bank":"COOP_ORG1_EX","api":"ncmec","api_json":{"environment":"x"}}`, 400, "")
		step("GET", "/c/bank/COOP_ORG1_EX", js, "", 404, "")

		// An item with a picture: hashes by url, then look-ups.
		step("POST", "/c/bank/COOP_ORG1_SECOND/content?url="+url.QueryEscape(files+"/photo"), "", "", 200, "")
		status, body := wire(t, "GET", base+"/h/hash?url="+url.QueryEscape(files+"/photo"), "", "", "")
		var hashes map[string]string
		if err := json.Unmarshal([]byte(body), &hashes); err != nil || status != 200 || len(hashes["pdq"]) != 64 {
			t.Fatalf("%d %s", status, body)
		}
		_, body = wire(t, "GET", base+"/m/lookup?signal="+hashes["pdq"]+"&signal_type=pdq", "", "", "")
		var found map[string][]struct{ Distance string }
		if err := json.Unmarshal([]byte(body), &found); err != nil || len(found["COOP_ORG1_SECOND"]) != 1 {
			t.Fatalf("%s", body)
		}
		// What could not be looked up is an error to it, not "no match".
		step("GET", "/m/lookup?signal=x&signal_type=pdq", "", "", 400, "")
		step("GET", "/h/hash?url="+url.QueryEscape(files+"/missing"), "", "", 400, "")

		// While the index loads, its banks are there: on a 404 it would drop them.
		unloaded(c)
		other := httptest.NewServer(c.h)
		defer other.Close()
		base = other.URL + "/"
		step("GET", "/c/bank/COOP_ORG1_SECOND", js, "", 200, "")
		step("GET", "/m/lookup?signal="+hashes["pdq"]+"&signal_type=pdq", "", "", 503, "")
	})
}
