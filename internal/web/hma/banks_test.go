package hma_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/web/hma"
)

func shownBank(name, ratio string) string {
	return `{"matching_enabled_ratio":` + ratio + `,"name":"` + name + `"}`
}

func TestBanks(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A", 255)
	each(t, nil, func(t *testing.T, c *client) {
		c.get("/c/banks").is(t, 200, `[]`)
		for _, tt := range []struct {
			body   string
			status int
			want   string
		}{
			{`{"name":"PLAIN"}`, 201, shownBank("PLAIN", "1.0")},
			{`{"name":"PLAIN"}`, 403, `{"message":"Bank already exists"}`},
			{`{"name":"_X9"}`, 201, shownBank("_X9", "1.0")},
			{`{"name":"TEXT","enabled_ratio":"0.5"}`, 201, shownBank("TEXT", "0.5")},
			{`{"name":"NUMBER","enabled_ratio":0.25,"enabled":false}`, 201, shownBank("NUMBER", "0.25")},
			{`{"name":"NONE","enabled_ratio":null,"enabled":false}`, 201, shownBank("NONE", "0.0")},
			{`{"name":"FALSE","enabled":false}`, 201, shownBank("FALSE", "0.0")},
			{`{"name":"WORD","enabled":"no"}`, 201, shownBank("WORD", "0.0")},
			{`{"name":"TRUE","enabled":true,"enabled_ratio":null,"more":[]}`, 201, shownBank("TRUE", "1.0")},
			{`{"name":"` + long + `"}`, 201, ""},
			{`{"name":"` + long + `A"}`, 400, ""},
			{`{"name":"01_TEST_BANK"}`, 400, ""},
			{`{"name":"lower"}`, 400, ""},
			{`{"name":"A B"}`, 400, ""},
			{`{"name":"A\n"}`, 400, ""},
			{`{"name":""}`, 400, ""},
			{`{"name":"R","enabled_ratio":1.5}`, 400, ""},
			{`{"name":"R","enabled_ratio":-1}`, 400, ""},
			{`{"name":"R","enabled_ratio":"NaN"}`, 400, ""},
			{`{"name":"R","enabled_ratio":"inf"}`, 400, ""},
			{`{}`, 422, ""},
			{`[]`, 422, ""},
			{`{`, 422, ""},
			{`{"name":null}`, 422, ""},
			{`{"name":5}`, 422, ""},
			{`{"name":"R","enabled_ratio":"half"}`, 422, ""},
			{`{"name":"R","enabled_ratio":"0x1p-1"}`, 422, ""},
			{`{"name":"R","enabled_ratio":[]}`, 422, ""},
			{`{"name":"R","enabled":"perhaps"}`, 422, ""},
			{`{"name":"R","enabled":2}`, 422, ""},
		} {
			a := c.call("POST", "/c/banks", tt.body)
			switch tt.status {
			case 422:
				a.refused(t, 422, "list")
			case 400, 403:
				a.refused(t, tt.status, "message")
			}
			a.is(t, tt.status, tt.want)
		}
		c.call("POST", "/c/banks", "").refused(t, 422, "list")
		var list []struct{ Name string }
		c.get("/c/banks").decode(t, &list)
		if len(list) != 9 || list[0].Name != long && list[0].Name != "FALSE" {
			t.Errorf("banks %v", list)
		}
		c.get("/c/bank/plain").refused(t, 404, "message")
		// The decimal point that Python writes is there for readers that
		// take 1 for an integer.
		if a := c.get("/c/bank/PLAIN"); a.body != shownBank("PLAIN", "1.0") {
			t.Errorf("bank %s", a.body)
		}
	})
}

func TestBankChanges(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.bank("A")
		c.bank("B")
		id := c.signal("A", `{"pdq":"`+hashP+`"}`)
		for _, tt := range []struct {
			path, body string
			status     int
			want       string
		}{
			{"A", `{}`, 200, shownBank("A", "1.0")},
			{"A", `{"enabled":false}`, 200, shownBank("A", "0.0")},
			{"A", `{"enabled_ratio":0.5}`, 200, shownBank("A", "0.5")},
			{"A", `{"enabled":true,"enabled_ratio":0.25}`, 200, shownBank("A", "0.25")},
			{"A", `{"enabled":true}`, 200, shownBank("A", "1.0")},
			{"A", `{"name":"B"}`, 403, `{"message":"Bank already exists"}`},
			{"A", `{"name":"b"}`, 400, ""},
			{"A", `{"enabled_ratio":2}`, 400, ""},
			{"A", `{"enabled_ratio":"x"}`, 422, ""},
			{"NONE", `{"name":"C"}`, 404, ""},
			{"A", `{"name":"C","enabled_ratio":"1"}`, 200, shownBank("C", "1.0")},
			{"A", `{}`, 404, ""},
		} {
			c.call("PUT", "/c/bank/"+tt.path, tt.body).is(t, tt.status, tt.want)
		}
		c.call("PUT", "/c/bank/B", "").refused(t, 422, "list")
		c.get(lookupP("")).is(t, 200, `{"C":`+entries(id)+`}`)

		c.call("DELETE", "/c/bank/C", "").is(t, 200, `{"message":"Done"}`)
		c.get(lookupP("")).is(t, 200, `{}`)
		c.get(rawP("")).is(t, 200, `{"matches":[]}`)
		c.call("DELETE", "/c/bank/C", "").is(t, 200, `{"message":"Done"}`)
		c.get("/c/bank/C").refused(t, 404, "message")
		c.bank("C")
		c.get(lookupP("")).is(t, 200, `{}`)
	})
}

func TestSignalAndContentTypes(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.get("/c/signal_type").is(t, 200, `[{"name":"pdq","enabled_ratio":1},{"name":"vpdq","enabled_ratio":1},{"name":"video_md5","enabled_ratio":1},
			{"name":"md5","enabled_ratio":1},{"name":"sha1","enabled_ratio":1},{"name":"sha256","enabled_ratio":1}]`)
		c.get("/c/content_type").is(t, 200, `[{"name":"photo","enabled":true},{"name":"video","enabled":false}]`)
		c.call("PUT", "/c/signal_type/pdq", `{"enabled_ratio":1}`).is(t, 200, `{"name":"pdq","enabled_ratio":1}`)
		c.call("PUT", "/c/signal_type/pdq", `{"enabled_ratio":0}`).refused(t, 400, "message")
		c.call("PUT", "/c/signal_type/pdq", `{"enabled_ratio":"x"}`).refused(t, 422, "list")
		c.call("PUT", "/c/signal_type/pdq", `{}`).refused(t, 422, "list")
		c.call("PUT", "/c/signal_type/tlsh", `{"enabled_ratio":1}`).refused(t, 404, "message")
		c.get("/c/signal_type/pdq").refused(t, 405, "page")
	})
}

func TestExchanges(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.bank("A")
		c.get("/c/exchanges").is(t, 200, `[]`)
		c.get("/c/exchanges/apis").is(t, 200, `[]`)
		c.get("/c/exchange/A").refused(t, 404, "message")
		c.get("/c/exchange/A/status").refused(t, 404, "message")
		c.call("PUT", "/c/exchange/A", `{"enabled":true}`).refused(t, 404, "message")
		c.call("DELETE", "/c/exchange/A", "").is(t, 200, `{"message":"Exchange deleted"}`)
		c.get("/c/bank/A").is(t, 200, shownBank("A", "1.0"))
		c.get("/c/exchanges/api/ncmec").refused(t, 400, "message")
		c.call("POST", "/c/exchanges/api/ncmec", `{}`).refused(t, 400, "message")
		c.get("/c/exchanges/api/ncmec/schema").refused(t, 404, "message")
		for _, body := range []string{
			`{"bank":"EX","api":"fb_threatexchange","api_json":{"privacy_group":123}}`,
			`{"bank":"ex","api":"sample","api_json":{}}`, `{"api":"sample"}`, `{"bank":"EX"}`, `{"bank":7,"api":"sample"}`, `[]`, `{`,
		} {
			c.call("POST", "/c/exchanges", body).refused(t, 400, "message")
		}
		c.call("POST", "/c/exchanges", "").refused(t, 415, "message")
		c.get("/c/bank/EX").refused(t, 404, "message")
	})
}

func TestScopes(t *testing.T) {
	t.Parallel()
	deny := jaga.Errorf(jaga.CodeDenied, "this key may not do that")
	each(t, nil, func(t *testing.T, c *client) {
		var asked []string
		c.h = hma.New(hma.Options{Banks: c.banks, Engine: c.eng, May: func(_ *http.Request, scope string) error {
			asked = append(asked, scope)
			return deny
		}})
		for _, tt := range []struct{ method, path, scope string }{
			{"GET", "/h/hash", "match"}, {"POST", "/h/hash", "match"},
			{"GET", "/m/lookup", "match"}, {"POST", "/m/lookup", "match"}, {"HEAD", "/m/lookup", "match"},
			{"GET", "/m/raw_lookup", "match"}, {"POST", "/m/compare", "match"}, {"GET", "/m/index/status", "match"},
			{"GET", "/c/banks", "banks:read"}, {"GET", "/c/bank/A", "banks:read"}, {"GET", "/c/bank/A/content/1", "banks:read"},
			{"GET", "/c/signal_type", "banks:read"}, {"GET", "/c/signal_type/index", "banks:read"}, {"GET", "/c/content_type", "banks:read"},
			{"GET", "/c/exchanges", "banks:read"}, {"GET", "/c/exchange/A", "banks:read"},
			{"POST", "/c/banks", "banks:write"}, {"PUT", "/c/bank/A", "banks:write"}, {"DELETE", "/c/bank/A", "banks:write"},
			{"POST", "/c/bank/A/content", "banks:write"}, {"POST", "/c/bank/A/signal", "banks:write"},
			{"PUT", "/c/bank/A/content/1", "banks:write"}, {"DELETE", "/c/bank/A/content/1", "banks:write"},
			{"PUT", "/c/signal_type/pdq", "banks:write"}, {"POST", "/c/exchanges", "banks:write"}, {"DELETE", "/c/exchange/A", "banks:write"},
		} {
			asked = nil
			r, err := http.NewRequest(tt.method, tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			a := c.send(r)
			a.refused(t, 401, "text")
			if a.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s %s: no WWW-Authenticate", tt.method, tt.path)
			}
			r.Header.Set("Authorization", "Bearer jaga_x")
			c.send(r).refused(t, 403, "text")
			if len(asked) != 2 || asked[0] != tt.scope || asked[1] != tt.scope {
				t.Errorf("%s %s asked for %v, want %s", tt.method, tt.path, asked, tt.scope)
			}
		}
		for _, path := range []string{"/status", "/status/live", "/site-map"} {
			c.get(path).is(t, 200, "")
		}
	})
}
