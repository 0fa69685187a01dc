package hma_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/web/hma"
)

// urlencoded posts a form as a page without files does.
func (c *client) urlencoded(t *testing.T, path string, pairs ...string) answer {
	t.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return c.raw(t, path, "application/x-www-form-urlencoded", v.Encode())
}

func TestConsole(t *testing.T) {
	t.Parallel()
	c := offline(t)
	for _, path := range []string{"/ui", "/ui/", "//ui//", "/ui/banks", "/ui/exchanges", "/ui/match", "/ui/documentation"} {
		a := c.send(httptest.NewRequest("GET", path, nil))
		if a.status != http.StatusFound || a.header.Get("Location") != "/" {
			t.Errorf("%s: %d to %q", path, a.status, a.header.Get("Location"))
		}
	}
	for path, status := range map[string]int{"/ui/unknown": 404, "/ui/create_bank": 404, "/ui/query": 405, "/ui/bank/A": 404} {
		c.send(httptest.NewRequest("GET", path, nil)).refused(t, status, "page")
	}
}

func TestUIQuery(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.bank("NEAR")
		c.call("POST", "/c/banks", `{"name":"OFF","enabled_ratio":0}`).is(t, 201, "")
		far := c.signal("NEAR", `{"pdq":"`+hashQ+`"}`)
		off := c.signal("OFF", `{"pdq":"`+hashP+`","note":"case 7"}`)
		same := c.signal("NEAR", `{"pdq":"`+hashP+`"}`)
		match := func(bank string, id int64, distance, more string) string {
			return fmt.Sprintf(`{"bank_name":%q,"content_id":%d,"distance":%q,"signal_type":"pdq","signal_value":%q%s}`, bank, id, distance, hashP, more)
		}
		on := match("NEAR", same, "0", "") + ","
		whole := `{"hashes":` + pdqBody(hashP) + `,"banks":["NEAR","OFF"],"matches":[` + on + match("OFF", off, "0", `,"note":"case 7"`) + "," + match("NEAR", far, "2", "") + `]}`
		half := `{"hashes":` + pdqBody(hashP) + `,"banks":["NEAR"],"matches":[` + on + match("NEAR", far, "2", "") + `]}`
		ask := []string{"signal_type", "pdq", "signal_value", hashP}
		c.urlencoded(t, "/ui/query_hash", ask...).is(t, 200, whole)
		c.urlencoded(t, "/ui/query_hash", append(ask, "bypass_enabled_ratio", "True")...).is(t, 200, whole)
		c.urlencoded(t, "/ui/query_hash", append(ask, "bypass_enabled_ratio", "false")...).is(t, 200, half)
		c.form("/ui/query_hash", part{"signal_type", "", "pdq"}, part{"signal_value", "", hashP}).is(t, 200, whole)

		// A file, and what is noted of it.
		c.form("/c/bank/NEAR/content", photo(1), part{"metadata", "", `{"content_id":"e1"}`}).has(t, "id", "signals")
		a := c.form("/ui/query", photo(1), part{"bypass_enabled_ratio", "", "false"}).has(t, "hashes", "banks", "matches")
		if m := string(a["matches"]); !strings.Contains(m, `"metadata":{"content_id":"e1"}`) || !strings.Contains(m, `"distance":"0"`) {
			t.Errorf("matches %s", m)
		}
		none := c.form("/ui/query", photo(2)).has(t, "hashes", "banks", "matches")
		if string(none["matches"]) != `[]` || string(none["banks"]) != `[]` {
			t.Errorf("%s", none)
		}

		// One bank only.
		find := `{"signal_type":"pdq","signal_value":"` + hashP + `"}`
		c.call("POST", "/ui/bank/OFF/content/find", find).is(t, 200, fmt.Sprintf(
			`{"bank_name":"OFF","content_ids":[%d],"matches":[{"content_id":%d,"distance":"0","signal_type":"pdq","signal_value":%q}]}`, off, off, hashP))
		c.call("POST", "/ui/bank/NEAR/content/find", find).is(t, 200, "")

		for _, a := range []answer{
			c.form("/ui/query"), c.form("/ui/query", flat()), c.form("/ui/query", part{"photo", "x", "text"}),
			c.urlencoded(t, "/ui/query_hash"), c.urlencoded(t, "/ui/query_hash", "signal_type", "pdq", "signal_value", "x"),
			c.urlencoded(t, "/ui/query_hash", "signal_type", "tlsh", "signal_value", "x"), c.form("/ui/query_hash", photo(1)),
			c.urlencoded(t, "/ui/query_url", "url", "http://example.org/"), c.raw(t, "/ui/query_hash", "text/plain", "x"),
			c.raw(t, "/ui/query_hash", "application/x-www-form-urlencoded", "a=%zz"), c.raw(t, "/ui/query_hash", "multipart/form-data", "x"),
			c.call("POST", "/ui/bank/NEAR/content/find", `{}`), c.call("POST", "/ui/bank/NEAR/content/find", `{"url":"http://example.org/"}`),
			c.form("/ui/query_hash", make([]part, 101)...),
		} {
			a.refused(t, 400, "page")
		}
		c.raw(t, "/ui/query_hash", "application/x-www-form-urlencoded", strings.Repeat("a", 2<<20)).refused(t, 413, "page")
		c.urlencoded(t, "/ui/query_url", "url", "http://example.org/", "content_type", "photo").refused(t, 403, "page")
		c.call("POST", "/ui/bank/NONE/content/find", find).refused(t, 404, "page")
		c.call("POST", "/ui/bank/NEAR/content/find", `{"url":5}`).refused(t, 422, "list")
		c.call("POST", "/ui/bank/NEAR/content/find", `[]`).refused(t, 422, "list")

		address, _ := remote(t)
		fetching(t, c)
		c.urlencoded(t, "/ui/query_url", "url", address+"/photo", "content_type", "photo").is(t, 200, "")
		c.call("POST", "/ui/bank/NEAR/content/find", `{"url":"`+address+`/photo","content_type":"photo"}`).has(t, "bank_name", "content_ids", "matches")
	})
}

// The notes of entries are for those who may read banks, and matching is for
// those who may match.
func TestUIScopes(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		for _, lacks := range []string{"match", "banks:read"} {
			c.h = hma.New(hma.Options{Banks: c.banks, Engine: c.eng, Decoder: decoder(), May: func(_ *http.Request, scope string) error {
				if scope == lacks {
					return jaga.Errorf(jaga.CodeDenied, "lacks a scope")
				}
				return nil
			}})
			c.bank("A" + strings.ToUpper(lacks[:1]))
			for _, a := range []answer{
				c.form("/ui/query", photo(1)), c.urlencoded(t, "/ui/query_hash", "signal_type", "pdq", "signal_value", hashP),
				c.call("POST", "/ui/bank/A"+strings.ToUpper(lacks[:1])+"/content/find", `{"signal_type":"pdq","signal_value":"`+hashP+`"}`),
			} {
				if a.status != 401 && a.status != 403 {
					t.Errorf("without %s: %d %s", lacks, a.status, a.body)
				}
			}
		}
	})
}
