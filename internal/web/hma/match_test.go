package hma_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/web/hma"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.get(lookupP("")).is(t, 200, `{}`)
		for i, name := range []string{"A", "B", "C"} {
			c.bank(name)
			if id := c.signal(name, `{"pdq":"`+hashP+`"}`); id != int64(i+1) {
				t.Fatalf("entry %d, want %d", id, i+1)
			}
		}
		for rest, want := range map[string]string{
			"":                              `{"A":` + entries(1) + `,"B":` + entries(2) + `,"C":` + entries(3) + `}`,
			"&banks=":                       `{"A":` + entries(1) + `,"B":` + entries(2) + `,"C":` + entries(3) + `}`,
			"&banks=A":                      `{"A":` + entries(1) + `}`,
			"&banks=A,C":                    `{"A":` + entries(1) + `,"C":` + entries(3) + `}`,
			"&banks=A,%20C":                 `{"A":` + entries(1) + `}`,
			"&banks=NONE":                   `{}`,
			"&banks=a":                      `{}`,
			"&unknown=x&bypass_coinflip=On": `{"A":` + entries(1) + `,"B":` + entries(2) + `,"C":` + entries(3) + `}`,
		} {
			c.get(lookupP(rest)).is(t, 200, want)
		}
		for rest, want := range map[string]string{
			"":                       `{"matches":[1,2,3]}`,
			"&banks=B":               `{"matches":[2]}`,
			"&banks=A,B":             `{"matches":[1,2]}`,
			"&banks=NONE":            `{"matches":[]}`,
			"&include_distance=true": `{"matches":` + entries(1, 2, 3) + `}`,
			"&include_distance=off":  `{"matches":[1,2,3]}`,
		} {
			c.get(rawP(rest)).is(t, 200, want)
		}
		c.get("/m/lookup?signal_type=pdq&signal="+hashQ+"&banks=A").is(t, 200, `{"A":[{"bank_content_id":1,"distance":"2"}]}`)

		upper := strings.ToUpper(hashP)
		for path, status := range map[string]int{
			"/m/lookup":                                           400,
			"/m/lookup?signal=" + hashP:                           400,
			"/m/lookup?signal_type=pdq":                           400,
			"/m/lookup?signal_type=tlsh&signal=" + hashP:          400,
			"/m/lookup?signal_type=pdq&signal=":                   400,
			"/m/lookup?signal_type=pdq&signal=" + upper:           400,
			"/m/lookup?signal_type=pdq&signal=" + hashP + "%0A":   400,
			"/m/lookup?signal_type=pdq&signal=" + hashP[1:]:       400,
			"/m/lookup?signal_type=pdq&signal=" + hashP[1:] + "g": 400,
			"/m/lookup?signal_type=video_md5&signal=" + hashP:     400,
			lookupP("&bypass_coinflip=maybe"):                     422,
			lookupP("&bypass_coinflip="):                          422,
			"/m/raw_lookup?signal=" + hashP:                       422,
			"/m/raw_lookup?signal_type=pdq":                       422,
			rawP("&include_distance=2"):                           422,
			"/m/raw_lookup?signal_type=pdq&signal=" + upper:       400,
			"/m/index/status?signal_type=tlsh":                    400,
			"/m/index/status?signal_type=":                        400,
		} {
			form := "message"
			if status == 422 {
				form = "list"
			}
			t.Run(path, func(t *testing.T) { c.get(path).refused(t, status, form) })
		}
	})
}

func TestLookupFile(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.bank("A")
		c.form("/c/bank/A/content", photo(1)).is(t, 200, "")
		c.form("/m/lookup", photo(1)).is(t, 200, `{"pdq":{"A":`+entries(1)+`}}`)
		c.form("/m/lookup?banks=B", photo(1)).is(t, 200, `{"pdq":{}}`)
		c.form("/m/lookup", photo(2)).is(t, 200, `{"pdq":{}}`)
		c.form("/m/lookup?types=video_md5", part{"video", "x", "some bytes"}).is(t, 200, `{"video_md5":{}}`)
	})
}

func TestRatio(t *testing.T) {
	t.Parallel()
	// The draw is fixed so that the share that is left to chance is known.
	each(t, func(o *hma.Options) { o.Draw = func() float64 { return 0.75 } }, func(t *testing.T, c *client) {
		for name, share := range map[string]string{"OFF": "0", "HALF": "0.5", "MOST": "0.75"} {
			c.call("POST", "/c/banks", `{"name":"`+name+`","enabled_ratio":`+share+`}`).is(t, 201, "")
			c.signal(name, `{"pdq":"`+hashP+`"}`)
		}
		in := func(a answer) string {
			t.Helper()
			var got map[string]any
			a.is(t, 200, "")
			a.decode(t, &got)
			var names []string
			for _, n := range []string{"OFF", "HALF", "MOST"} {
				if _, there := got[n]; there {
					names = append(names, n)
				}
			}
			return strings.Join(names, " ")
		}
		for rest, want := range map[string]string{
			"":                                  "MOST",
			"&seed=1234":                        "HALF MOST", // 0.248…
			"&seed=1":                           "HALF MOST", // 0.478…
			"&seed=2":                           "MOST",      // 0.555…
			"&seed=":                            "",          // 0.960…
			"&seed=abc":                         "",          // 0.772…
			"&bypass_coinflip=true":             "OFF HALF MOST",
			"&bypass_coinflip=true&seed=abc":    "OFF HALF MOST",
			"&bypass_coinflip=false&seed=1234":  "HALF MOST",
			"&banks=OFF,HALF&seed=1234&x=added": "HALF",
		} {
			if got := in(c.get(lookupP(rest))); got != want {
				t.Errorf("lookup %q: %q, want %q", rest, got, want)
			}
		}
		c.get(rawP("&include_distance=0")).is(t, 200, "")
		var raw struct{ Matches []int64 }
		c.get(rawP("")).decode(t, &raw)
		if len(raw.Matches) != 3 {
			t.Errorf("raw look-up %v, want all three", raw.Matches)
		}
		c.form("/c/bank/OFF/content", photo(5)).is(t, 200, "")
		c.form("/m/lookup", photo(5)).is(t, 200, `{"pdq":{}}`)
		c.form("/m/lookup?bypass_coinflip=True", photo(5)).is(t, 200, `{"pdq":{}}`)
		c.form("/m/lookup?bypass_coinflip=true", photo(5)).is(t, 200, `{"pdq":{"OFF":`+entries(4)+`}}`)
	})
}

// A caller who may only match does not learn what is in banks that are off.
func TestBypassNeedsReading(t *testing.T) {
	t.Parallel()
	each(t, func(o *hma.Options) {
		o.May = func(r *http.Request, scope string) error {
			if r.Header.Get("X-Only-Match") != "" && scope != "match" {
				return jaga.Errorf(jaga.CodeDenied, "lacks %s", scope)
			}
			return nil
		}
	}, func(t *testing.T, c *client) {
		c.call("POST", "/c/banks", `{"name":"OFF","enabled_ratio":0}`).is(t, 201, "")
		c.signal("OFF", `{"pdq":"`+hashP+`"}`)
		r, err := http.NewRequest("GET", lookupP("&bypass_coinflip=true"), nil)
		if err != nil {
			t.Fatal(err)
		}
		c.send(r).is(t, 200, `{"OFF":`+entries(1)+`}`)
		r.Header.Set("X-Only-Match", "1")
		c.send(r).is(t, 200, `{}`)
	})
}

func TestAllowBanks(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		ctx := t.Context()
		allow := bank.Defaults("BENIGN")
		allow.Role = jaga.RoleAllow
		if _, err := c.banks.Create(ctx, "person:1", allow); err != nil {
			t.Fatal(err)
		}
		v, err := engine.ParseValue(jaga.PDQ, hashP)
		if err != nil {
			t.Fatal(err)
		}
		benign, err := c.banks.Add(ctx, "person:1", "BENIGN", bank.NewEntry{Values: []engine.Value{v}})
		if err != nil {
			t.Fatal(err)
		}
		c.get("/c/banks").is(t, 200, `[]`)
		c.get("/c/bank/BENIGN").refused(t, 404, "message")
		c.get(fmt.Sprintf("/c/bank/BENIGN/content/%d", benign.ID)).refused(t, 404, "message")
		c.call("PUT", "/c/bank/BENIGN", `{"enabled":false}`).refused(t, 404, "message")
		c.call("POST", "/c/bank/BENIGN/signal", `{"pdq":"`+hashP+`"}`).refused(t, 404, "message")
		c.call("DELETE", fmt.Sprintf("/c/bank/BENIGN/content/%d", benign.ID), "").refused(t, 404, "message")
		c.call("DELETE", "/c/bank/BENIGN", "").is(t, 200, `{"message":"Done"}`)
		if b, err := c.banks.Get(ctx, "BENIGN"); err != nil || b.Entries != 1 || b.EnabledRatio != 1 {
			t.Fatalf("the allow bank was changed: %+v, %v", b, err)
		}
		c.get(lookupP("")).is(t, 200, `{}`)
		c.get(rawP("")).is(t, 200, `{"matches":[]}`)
		c.get(lookupP("&banks=BENIGN")).is(t, 200, `{}`)

		// It speaks against what is further away, also when it is not named.
		c.bank("A")
		far := c.signal("A", `{"pdq":"`+hashQ+`"}`)
		for _, rest := range []string{"", "&banks=A", "&bypass_coinflip=true"} {
			c.get(lookupP(rest)).is(t, 200, `{}`)
		}
		c.get(rawP("")).is(t, 200, fmt.Sprintf(`{"matches":[%d]}`, far))
		c.get("/m/lookup?signal_type=pdq&signal="+hashQ).is(t, 200, `{"A":`+entries(far)+`}`)
	})
}

// A quarantined entry is still a match: these answers have no way to say
// "perhaps".
func TestQuarantinedEntriesMatch(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.bank("A")
		id := c.signal("A", `{"pdq":"`+hashP+`"}`)
		why := "it matched everything"
		if _, err := c.banks.UpdateEntry(t.Context(), "system", "A", id, bank.EntryChange{Quarantine: &why}); err != nil {
			t.Fatal(err)
		}
		c.get(lookupP("")).is(t, 200, `{"A":`+entries(id)+`}`)
	})
}

func TestCompare(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		for body, want := range map[string]string{
			`{"pdq":["` + hashP + `","` + hashP + `"]}`:                                              `{"pdq":[true,{"distance":0}]}`,
			`{"pdq":["` + hashP + `","` + hashQ + `"]}`:                                              `{"pdq":[true,{"distance":2}]}`,
			`{"pdq":["` + strings.Repeat("0", 64) + `","` + strings.Repeat("0", 55) + `7fffffff0"]}`: `{"pdq":[true,{"distance":31}]}`,
			`{"pdq":["` + strings.Repeat("0", 64) + `","` + strings.Repeat("0", 55) + `ffffffff0"]}`: `{"pdq":[false,{"distance":32}]}`,
			`{"video_md5":["` + md5P + `"," ` + strings.ToUpper(md5P) + ` "]}`:                       `{"video_md5":[true,{}]}`,
			`{"md5":["` + md5P + `","` + strings.Repeat("0", 32) + `"]}`:                             `{"md5":[false,{}]}`,
			`{}`: `{}`,
		} {
			c.call("POST", "/m/compare", body).is(t, 200, want)
		}
		for _, body := range []string{
			`[]`, `null`, `"x"`, `{`, `{} {}`, `{"pdq":"x"}`, `{"pdq":[]}`, `{"pdq":["` + hashP + `"]}`, `{"pdq":null}`,
			`{"pdq":["` + hashP + `","` + hashP + `","` + hashP + `"]}`, `{"pdq":["` + hashP + `","` + hashP + `0"]}`,
			`{"pdq":["` + hashP + `",null]}`, `{"pdq":["` + hashP + `",5]}`, `{"tlsh":["a","b"]}`, `{"pdq":["` + strings.ToUpper(hashP) + `","` + hashP + `"]}`,
		} {
			c.call("POST", "/m/compare", body).refused(t, 400, "message")
		}
		c.call("POST", "/m/compare", "").refused(t, 415, "message")
		c.call("POST", "/m/compare", `{"pdq":["`+strings.Repeat("x", 2<<20)+`"]}`).refused(t, 413, "message")
	})
}

func TestIndexStatus(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		type state struct {
			Present       bool
			BuiltTo, Size int64
		}
		read := func() map[string]state {
			var got map[string]struct {
				Present bool  `json:"present"`
				BuiltTo int64 `json:"built_to"`
				Size    int64 `json:"size"`
			}
			c.get("/m/index/status").decode(t, &got)
			out := map[string]state{}
			for k, v := range got {
				out[k] = state{v.Present, v.BuiltTo, v.Size}
			}
			return out
		}
		for _, name := range []string{"pdq", "video_md5"} {
			if got := read()[name]; got != (state{true, -1, 0}) {
				t.Errorf("empty %s: %+v", name, got)
			}
		}
		c.bank("A")
		c.signal("A", `{"pdq":"`+hashP+`"}`)
		c.signal("A", `{"pdq":"`+hashP+`"}`)
		got := read()
		if p := got["pdq"]; p.Size != 2 || p.BuiltTo < 1_700_000_000 || !p.Present {
			t.Errorf("pdq: %+v, want 2 hashes built to now", p)
		}
		if v := got["video_md5"]; v != (state{true, -1, 0}) {
			t.Errorf("video_md5: %+v", v)
		}
		var one map[string]any
		c.get("/m/index/status?signal_type=pdq").decode(t, &one)
		if len(one) != 1 {
			t.Errorf("one type: %v", one)
		}
		var index map[string]struct {
			DB   int64 `json:"db_size"`
			Size int64 `json:"index_size"`
			Old  *bool `json:"index_out_of_date"`
		}
		c.get("/c/signal_type/index").decode(t, &index)
		if x := index["pdq"]; x.DB != 2 || x.Size != 2 || x.Old == nil || *x.Old {
			t.Errorf("index %+v", x)
		}
	})
}

// Before the index is there nothing may look like "no match", nor like a
// missing bank.
func TestNotLoaded(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.bank("A")
		c.h = hma.New(hma.Options{Banks: c.banks, Engine: engine.New(), Decoder: media.NewDecoder(media.DefaultLimits(), 1)})
		c.get("/status").is(t, 503, "INDEX-NOT-LOADED")
		c.get("/status/live").is(t, 200, "I-AM-ALIVE")
		c.get(lookupP("")).refused(t, 503, "text")
		c.get(rawP("")).refused(t, 503, "message")
		c.form("/m/lookup", photo(1)).refused(t, 503, "message")
		c.get("/c/signal_type/index").refused(t, 503, "message")
		c.get("/m/index/status?signal_type=pdq").is(t, 200, `{"pdq":{"built_to":-1,"present":false,"size":0}}`)
		c.get("/c/bank/A").is(t, 200, "")
	})
}
