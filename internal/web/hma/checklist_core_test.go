package hma_test

import (
	"crypto/md5"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/web/hma"
)

// unloaded makes the client talk to a server whose index is not there yet.
func unloaded(c *client) {
	c.h = hma.New(hma.Options{Banks: c.banks, Engine: engine.New(), Decoder: decoder()})
}

func coreChecks() []check {
	return []check{
		{1, "status", false, func(t *testing.T, c *client) {
			if a := c.get("/status"); a.status != 200 || a.body != "I-AM-ALIVE" {
				t.Errorf("%d %q", a.status, a.body)
			}
		}},
		{2, "status before the index is there", false, func(t *testing.T, c *client) {
			unloaded(c)
			if a := c.get("/status"); a.status != 503 || a.body != "INDEX-NOT-LOADED" {
				t.Errorf("%d %q", a.status, a.body)
			}
		}},
		{3, "an index is never stale", true, func(t *testing.T, c *client) {
			id, path := addHash(c)
			c.get(lookupP("")).is(t, 200, `{"A":`+entries(id)+`}`)
			c.call("DELETE", path, "").is(t, 200, "")
			c.get(rawP("")).is(t, 200, `{"matches":[]}`)
			c.get("/status").is(t, 200, "I-AM-ALIVE")
		}},
		{4, "alive in both states", false, func(t *testing.T, c *client) {
			c.get("/status/live").is(t, 200, "I-AM-ALIVE")
			unloaded(c)
			c.get("/status/live").is(t, 200, "I-AM-ALIVE")
		}},
		{5, "site map", false, func(t *testing.T, c *client) {
			var paths []string
			c.get("/site-map").decode(t, &paths)
			if len(paths) < 30 || !slices.IsSorted(paths) {
				t.Errorf("%v", paths)
			}
		}},
		{6, "OpenAPI document", false, func(t *testing.T, c *client) {
			var doc struct{ Info struct{ Title string } }
			c.get("/openapi/openapi.json").decode(t, &doc)
			if doc.Info.Title == "" {
				t.Error("no title")
			}
		}},
		{7, "an unknown path", false, func(t *testing.T, c *client) {
			c.get("/c/unknown").refused(t, 404, "page")
		}},
		{8, "a wrong method", false, func(t *testing.T, c *client) {
			a := c.call("DELETE", "/c/banks", "")
			a.refused(t, 405, "page")
			if !strings.Contains(a.header.Get("Allow"), "POST") {
				t.Errorf("Allow %q", a.header.Get("Allow"))
			}
		}},
	}
}

func hashChecks() []check {
	from := func(address string) string { return "/h/hash?url=" + url.QueryEscape(address) }
	refusedURLs := func(list ...string) func(*testing.T, *client) {
		return func(t *testing.T, c *client) {
			fetching(t, c)
			for _, address := range list {
				c.get(from(address)).refused(t, 400, "message")
			}
		}
	}
	at := func(path string, status int) func(*testing.T, *client) {
		return func(t *testing.T, c *client) {
			address, _ := remote(t)
			fetching(t, c)
			c.get(from(address+path)).refused(t, status, "message")
		}
	}
	return []check{
		{46, "two files, or no form", false, func(t *testing.T, c *client) {
			c.form("/h/hash", photo(1), photo(2)).refused(t, 400, "message")
			c.call("POST", "/h/hash", "").refused(t, 400, "message")
			c.raw(t, "/h/hash", "image/png", photo(1).data).refused(t, 400, "message")
		}},
		{47, "an unknown field", false, func(t *testing.T, c *client) {
			c.form("/h/hash", part{"file", "x", photo(1).data}).refused(t, 400, "message")
		}},
		{48, "a video's type for a photo", false, func(t *testing.T, c *client) {
			c.form("/h/hash?types=video_md5", photo(1)).refused(t, 400, "message")
		}},
		{49, "urls that are not of the web", false, refusedURLs("ftp://example.org/a", "file:///etc/hostname", "data:image/png;base64,AAAA", "javascript:alert(1)", "ws://example.org/")},
		{50, "urls without host, or with a bad port", false, refusedURLs("http://", "https:///a", "http://example.org:/a", "http://example.org:abc/a")},
		{51, "the list of hosts", false, func(t *testing.T, c *client) {
			address, asked := remote(t)
			port := address[strings.LastIndex(address, ":"):]
			fetching(t, c, "localhost")
			c.get(from("http://localhost"+port+"/photo")).is(t, 200, "")
			before := asked.Load()
			for _, host := range []string{"localhost.evil.example" + port, "127.0.0.1" + port, "127.0.0.1" + port + "/localhost", "127.0.0.1" + port + "#localhost", "127.0.0.1" + port + "?.localhost"} {
				c.get(from("http://"+host)).refused(t, 400, "message")
			}
			if asked.Load() != before {
				t.Error("a host that is not in the list was asked")
			}
			if !hma.Listed([]string{"example.com"}, "cdn.example.com") || hma.Listed([]string{"example.com"}, "example.com.evil.com") || hma.Listed([]string{"example.com"}, "notexample.com") {
				t.Error("subdomains are told wrongly")
			}
		}},
		{52, "an empty list of hosts", false, func(t *testing.T, c *client) {
			address, _ := remote(t)
			fetching(t, c)
			c.get(from(address+"/photo")).is(t, 200, "")
		}},
		{53, "a remote file over the limit", false, func(t *testing.T, c *client) {
			address, _ := remote(t)
			fetching(t, c)
			c.get(from(address+"/declared")).is(t, 413, `{"message":"Content too large"}`)
			c.get(from(address+"/counted")).is(t, 413, `{"message":"Content too large"}`)
		}},
		{54, "a limit that is not a number", true, nil},
		{55, "a remote file that is not there", false, at("/missing", 400)},
		{56, "a remote text", false, at("/text", 400)},
		{57, "a flat picture", false, func(t *testing.T, c *client) {
			c.form("/h/hash", flat()).is(t, 200, `{"pdq":""}`)
		}},
	}
}

func matchChecks() []check {
	three := func(c *client) (ids [3]int64) {
		for i, name := range []string{"A", "B", "C"} {
			c.bank(name)
			ids[i] = c.signal(name, pdqBody(hashP))
		}
		return ids
	}
	return []check{
		{58, "an exact hash, and no match", false, func(t *testing.T, c *client) {
			id, _ := addHash(c)
			c.get(lookupP("")).is(t, 200, `{"A":`+entries(id)+`}`)
			c.get("/m/lookup?signal_type=pdq&signal="+strings.Repeat("0", 64)).is(t, 200, `{}`)
		}},
		{59, "choose banks", false, func(t *testing.T, c *client) {
			three(c)
			for banks, want := range map[string]int{"": 3, "&banks=A": 1, "&banks=A,C": 2, "&banks=NONE": 0} {
				var got map[string][]any
				c.get(lookupP(banks)).decode(t, &got)
				var list struct{ Matches []int64 }
				c.get(rawP(banks)).decode(t, &list)
				if len(got) != want || len(list.Matches) != want {
					t.Errorf("%q: %v and %v, want %d", banks, got, list, want)
				}
			}
		}},
		{60, "raw look-up", false, func(t *testing.T, c *client) {
			ids := three(c)
			c.get(rawP("&include_distance=true")).is(t, 200, `{"matches":`+entries(ids[:]...)+`}`)
			var list struct{ Matches []int64 }
			c.get(rawP("")).decode(t, &list)
			if !slices.Equal(list.Matches, ids[:]) {
				t.Errorf("%v, want %v", list, ids)
			}
		}},
		{61, "look a photo and a video up", true, func(t *testing.T, c *client) {
			c.form("/m/lookup", photo(1)).is(t, 200, `{"pdq":{}}`)
			clip := part{"video", "x", "nobody looks into it"}
			c.form("/m/lookup?types=video_md5", clip).is(t, 200, `{"video_md5":{}}`)
			c.form("/m/lookup", clip).refused(t, 501, "message")
			c.form("/h/hash", clip).refused(t, 501, "message")
			c.form("/ui/query", clip).refused(t, 501, "page")
			// Known is known, whatever else was not looked at.
			c.bank("A")
			a := c.form("/c/bank/A/content", clip).has(t, "id", "signals")
			c.form("/m/lookup", clip).is(t, 200, `{"video_md5":{"A":[{"bank_content_id":`+string(a["id"])+`,"distance":"-"}]}}`)
			c.form("/h/hash", clip).refused(t, 501, "message")
			// As HMA has it, for those who decide so.
			c.h = hma.New(hma.Options{Banks: c.banks, Engine: c.eng, Decoder: decoder(), VideoMD5: true})
			sum := md5.Sum([]byte(clip.data))
			c.form("/h/hash", clip).is(t, 200, `{"video_md5":"`+hex.EncodeToString(sum[:])+`"}`)
			c.form("/m/lookup", part{"video", "x", "another"}).is(t, 200, `{"video_md5":{}}`)
		}},
		{62, "a server that does not hash", true, func(t *testing.T, c *client) {
			addHash(c)
			c.get("/m/lookup?url=https://example.org/a.png").refused(t, 403, "text")
			c.form("/m/lookup?types=pdq", photo(1)).is(t, 200, `{"pdq":{}}`)
			c.get(lookupP("")).has(t, "A")
		}},
		{63, "no hash", false, func(t *testing.T, c *client) {
			c.get("/m/lookup?signal_type=pdq").refused(t, 400, "message")
			c.get("/m/raw_lookup?signal_type=pdq").refused(t, 422, "list")
		}},
		{64, "ratio 0, and the bypass of POST", false, func(t *testing.T, c *client) {
			c.call("POST", "/c/banks", `{"name":"OFF","enabled_ratio":0}`).is(t, 201, "")
			c.form("/c/bank/OFF/content", photo(1)).is(t, 200, "")
			for range 20 {
				c.form("/m/lookup?types=pdq", photo(1)).is(t, 200, `{"pdq":{}}`)
			}
			var got map[string]map[string]any
			c.form("/m/lookup?bypass_coinflip=true", photo(1)).decode(t, &got)
			if got["pdq"]["OFF"] == nil {
				t.Errorf("%v", got)
			}
		}},
		{65, "seeds", false, func(t *testing.T, c *client) {
			c.call("POST", "/c/banks", `{"name":"HALF","enabled_ratio":0.5}`).is(t, 201, "")
			id := c.signal("HALF", pdqBody(hashP))
			for range 5 {
				c.get(lookupP("&seed=1234")).is(t, 200, `{"HALF":`+entries(id)+`}`)
				c.get(lookupP("&seed=2")).is(t, 200, `{}`)
			}
		}},
		{66, "compare", false, func(t *testing.T, c *client) {
			c.call("POST", "/m/compare", `{"pdq":["`+hashP+`","`+hashQ+`"]}`).is(t, 200, `{"pdq":[true,{"distance":2}]}`)
		}},
		{67, "compare what cannot be", false, func(t *testing.T, c *client) {
			p := `"` + hashP + `"`
			for _, body := range []string{`[]`, `{"pdq":"x"}`, `{"pdq":[]}`, `{"pdq":["x",` + p + `]}`, `{"pdq":[` + p + `,` + p + `,` + p + `]}`} {
				c.call("POST", "/m/compare", body).refused(t, 400, "message")
			}
		}},
		{68, "index status", false, func(t *testing.T, c *client) {
			type state struct {
				Present bool
				Size    int64
				BuiltTo int64 `json:"built_to"`
			}
			var before, after map[string]state
			c.get("/m/index/status").decode(t, &before)
			three(c)
			c.get("/m/index/status").decode(t, &after)
			if x := after["pdq"]; !x.Present || x.Size != before["pdq"].Size+3 || x.BuiltTo <= 0 {
				t.Errorf("%+v after %+v", after, before)
			}
			c.get("/m/index/status?signal_type=unknown").refused(t, 400, "message")
		}},
		{69, "deleted content is gone", false, func(t *testing.T, c *client) {
			_, path := addHash(c)
			c.call("DELETE", path, "").is(t, 200, "")
			c.get(lookupP("")).is(t, 200, `{}`)
			c.get(rawP("")).is(t, 200, `{"matches":[]}`)
		}},
	}
}

func exchangeChecks() []check {
	return []check{
		{70, "the exchange APIs that are there", false, func(t *testing.T, c *client) {
			c.get("/c/exchanges/apis").is(t, 200, `[]`)
		}},
		{71, "an exchange API", true, func(t *testing.T, c *client) {
			c.get("/c/exchanges/api/sample").refused(t, 400, "message")
		}},
		{72, "credentials", true, func(t *testing.T, c *client) {
			c.call("POST", "/c/exchanges/api/ncmec", `{"credential_json":{"user":"u","password":"p"}}`).refused(t, 400, "message")
		}},
		{73, "settings of an exchange API", true, func(t *testing.T, c *client) {
			c.get("/c/exchanges/api/fb_threatexchange/schema").refused(t, 404, "message")
		}},
		{74, "create an exchange", true, func(t *testing.T, c *client) {
			c.call("POST", "/c/exchanges", `{"bank":"EX","api":"sample","api_json":{}}`).refused(t, 400, "message")
			c.get("/c/bank/EX").refused(t, 404, "message")
			c.get("/c/exchanges").is(t, 200, `[]`)
		}},
		{75, "delete an exchange", false, func(t *testing.T, c *client) {
			c.call("DELETE", "/c/exchange/EX", "").is(t, 200, `{"message":"Exchange deleted"}`)
		}},
		{76, "state of an exchange", true, func(t *testing.T, c *client) {
			c.get("/c/exchange/EX/status").refused(t, 404, "message")
		}},
		{77, "state after a fetch", true, nil},
		{78, "what is deleted upstream", true, nil},
		{79, "deleting the exchange deletes its bank", true, func(t *testing.T, c *client) {
			id, _ := addHash(c)
			c.call("DELETE", "/c/exchange/A", "").is(t, 200, "")
			c.get(lookupP("")).is(t, 200, `{"A":`+entries(id)+`}`)
		}},
		{80, "a disabled exchange", true, func(t *testing.T, c *client) {
			id, _ := addHash(c)
			c.call("PUT", "/c/exchange/A", `{"enabled":false}`).refused(t, 404, "message")
			c.get(lookupP("")).is(t, 200, `{"A":`+entries(id)+`}`)
		}},
	}
}
