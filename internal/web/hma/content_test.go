package hma_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/web/hma"
)

func TestAddContent(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.bank("A")
		var got struct {
			ID      int64
			Signals map[string]string
		}
		a := c.form("/c/bank/A/content", part{"metadata", "", `{"content_id":"e1","json":{"case":7},"content_uri":null,"collab":{}}`}, photo(1), part{"note", "", "case 7"})
		a.decode(t, &got)
		if a.status != 200 || got.ID != 1 || len(got.Signals) != 1 || len(got.Signals["pdq"]) != 64 {
			t.Fatalf("added: %d %s", a.status, a.body)
		}
		start := `{"bank":` + shownBank("A", "1.0") + `,"disable_until_ts":1,"id":1,"original_media_uri":null`
		meta := `,"metadata":{"collab":null,"content_id":"e1","content_uri":null,"json":{"case":7}}`
		signals := `,"signals":{"pdq":"` + got.Signals["pdq"] + `"}`
		for query, more := range map[string]string{
			"":                          meta,
			"?include_signals=TRUE":     meta + signals,
			"?include_signals=1":        meta,
			"?include_metadata=false":   "",
			"?include_metadata=yes":     "",
			"?include_metadata=True&x=": meta,
		} {
			c.get("/c/bank/A/content/1"+query).is(t, 200, start+more+`,"note":"case 7"}`)
		}
		// The same file again is another entry.
		a = c.form("/c/bank/A/content", photo(1))
		a.is(t, 200, `{"id":2,"signals":{"pdq":"`+got.Signals["pdq"]+`"}}`)
		c.get("/c/bank/A/content/2").is(t, 200, strings.Replace(start, `"id":1`, `"id":2`, 1)+`}`)
		c.form("/m/lookup", photo(1)).is(t, 200, `{"pdq":{"A":`+entries(1, 2)+`}}`)
		// A video's exact hash is added for those who name it.
		c.form("/c/bank/A/content?types=video_md5", part{"video", "x", "some bytes"}).is(t, 200, "")
		c.form("/m/lookup?types=video_md5", part{"video", "x", "some bytes"}).is(t, 200, `{"video_md5":{"A":[{"bank_content_id":3,"distance":"-"}]}}`)

		for name, tt := range map[string]struct {
			path   string
			parts  []part
			status int
		}{
			"unknown bank":        {"/c/bank/NONE/content", []part{photo(1)}, 404},
			"nothing":             {"/c/bank/A/content", nil, 400},
			"flat":                {"/c/bank/A/content", []part{flat()}, 400},
			"not a picture":       {"/c/bank/A/content", []part{{"photo", "x", "text"}}, 400},
			"metadata not JSON":   {"/c/bank/A/content", []part{photo(1), {"metadata", "", "{"}}, 400},
			"metadata no object":  {"/c/bank/A/content", []part{photo(1), {"metadata", "", "[]"}}, 400},
			"unknown key":         {"/c/bank/A/content", []part{photo(1), {"metadata", "", `{"content_idx":"e"}`}}, 400},
			"content_id a number": {"/c/bank/A/content", []part{photo(1), {"metadata", "", `{"content_id":5}`}}, 400},
			"json a list":         {"/c/bank/A/content", []part{photo(1), {"metadata", "", `{"json":[]}`}}, 400},
			"metadata too long":   {"/c/bank/A/content", []part{photo(1), {"metadata", "", `{"content_id":"` + strings.Repeat("x", 70_000) + `"}`}}, 400},
			"long note":           {"/c/bank/A/content", []part{photo(1), {"note", "", strings.Repeat("é", 256)}}, 400},
		} {
			t.Run(name, func(t *testing.T) { c.form(tt.path, tt.parts...).refused(t, tt.status, "message") })
		}
		c.call("POST", "/c/bank/A/content", "").refused(t, 400, "message")
		c.get("/c/bank/A/content").refused(t, 405, "page")
		c.form("/c/bank/A/content", photo(1), part{"note", "", strings.Repeat("é", 255)}).is(t, 200, "")
	})
}

func TestAddSignal(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.bank("A")
		c.call("POST", "/c/bank/A/signal", `{"pdq":"`+hashP+`","note":"case 7"}`).is(t, 200, `{"id":1,"signals":{"pdq":"`+hashP+`"}}`)
		c.get("/c/bank/A/content/1").is(t, 200, `{"bank":`+shownBank("A", "1.0")+`,"disable_until_ts":1,"id":1,"original_media_uri":null,"note":"case 7"}`)
		c.call("POST", "/c/bank/A/signal", `{"video_md5":" `+strings.ToUpper(md5P)+` ","pdq":"`+hashP+`","note":null}`).
			is(t, 200, `{"id":2,"signals":{"pdq":"`+hashP+`","video_md5":"`+md5P+`"}}`)
		c.get("/c/bank/A/content/2?include_signals=true").is(t, 200, `{"bank":`+shownBank("A", "1.0")+`,"disable_until_ts":1,"id":2,"original_media_uri":null,"signals":{"pdq":"`+hashP+`","video_md5":"`+md5P+`"}}`)
		for _, body := range []string{
			`{}`, `{"note":"alone"}`, `{"tlsh":"x"}`, `{"pdq":"` + strings.ToUpper(hashP) + `"}`, `{"pdq":"` + hashP + `\n"}`,
			`{"pdq":5}`, `{"pdq":null}`, `{"pdq":""}`, `[]`, `null`, `{`, `{"pdq":"` + hashP + `","note":5}`,
			`{"pdq":"` + hashP + `","note":"` + strings.Repeat("x", 256) + `"}`,
			`{"md5":"` + md5P + `","video_md5":"` + md5P + `"}`,
		} {
			c.call("POST", "/c/bank/A/signal", body).refused(t, 400, "message")
		}
		c.call("POST", "/c/bank/NONE/signal", `{"pdq":"`+hashP+`"}`).refused(t, 404, "message")
		c.call("POST", "/c/bank/A/signal", "").refused(t, 415, "message")
		c.get(rawP("")).is(t, 200, `{"matches":[1,2]}`)
	})
}

func TestContentChanges(t *testing.T) {
	t.Parallel()
	now := time.Now().Unix()
	each(t, nil, func(t *testing.T, c *client) {
		c.bank("A")
		c.bank("B")
		id := c.signal("A", `{"pdq":"`+hashP+`"}`)
		path := fmt.Sprintf("/c/bank/A/content/%d", id)
		match, none := `{"A":`+entries(id)+`}`, `{}`
		for _, tt := range []struct{ body, ts, note, lookup string }{
			{`{}`, "1", "null", match},
			{`{"disable_until_ts":0}`, "0", "null", none},
			{`{"note":"seen"}`, "0", `"seen"`, none},
			{`{"disable_until_ts":1}`, "1", `"seen"`, match},
			{fmt.Sprintf(`{"disable_until_ts":%d}`, now+365*86400), fmt.Sprint(now + 365*86400), `"seen"`, none},
			{fmt.Sprintf(`{"disable_until_ts":"%d","note":"again"}`, now-5), fmt.Sprint(now - 5), `"again"`, match},
			{`{"disable_until_ts":1e0,"note":""}`, "1", "null", match},
			{`{"note":"x"}`, "1", `"x"`, match},
			{`{"note":false}`, "1", "null", match},
		} {
			c.call("PUT", path, tt.body).is(t, 200, `{"bank":`+shownBank("A", "1.0")+`,"collab_metadata":{},"disable_until_ts":`+tt.ts+
				`,"id":1,"note":`+tt.note+`,"original_media_uri":null,"user_metadata":null}`)
			c.get(lookupP("")).is(t, 200, tt.lookup)
			c.get(rawP("")).is(t, 200, `{"matches":[1]}`)
		}
		for _, body := range []string{
			`{"disable_until_ts":9999999999}`, `{"disable_until_ts":-1}`, `{"disable_until_ts":1.5}`, `{"disable_until_ts":"soon"}`,
			`{"disable_until_ts":null}`, `{"disable_until_ts":true}`, `{"disable_until_ts":[]}`, `{"note":[]}`, `[]`, `{`,
			`{"note":"` + strings.Repeat("x", 256) + `"}`,
		} {
			c.call("PUT", path, body).refused(t, 400, "message")
		}
		c.call("PUT", path, "").refused(t, 415, "message")
		for _, other := range []string{"/c/bank/B/content/1", "/c/bank/NONE/content/1", "/c/bank/A/content/99", "/c/bank/A/content/99999999999999999999"} {
			c.get(other).refused(t, 404, "message")
			c.call("PUT", other, `{"disable_until_ts":0}`).refused(t, 404, "message")
		}
		c.get("/c/bank/A/content/one").refused(t, 404, "page")
		c.get("/c/bank/A/content/-1").refused(t, 404, "page")

		for path, want := range map[string]string{"/c/bank/B/content/1": "0", "/c/bank/A/content/99": "0", "/c/bank/A/content/99999999999999999999": "0"} {
			c.call("DELETE", path, "").is(t, 200, `{"deleted":`+want+`}`)
		}
		c.call("DELETE", "/c/bank/NONE/content/1", "").refused(t, 404, "message")
		c.get(lookupP("")).is(t, 200, match)
		c.call("DELETE", path, "").is(t, 200, `{"deleted":1}`)
		c.get(lookupP("")).is(t, 200, none)
		c.get(rawP("")).is(t, 200, `{"matches":[]}`)
		c.call("DELETE", path, "").is(t, 200, `{"deleted":0}`)
		c.get(path).refused(t, 404, "message")
	})
}

// Entries from Jaga's own API and from lists are content here too.
func TestForeignMetadata(t *testing.T) {
	t.Parallel()
	each(t, func(o *hma.Options) {}, func(t *testing.T, c *client) {
		c.bank("A")
		v, err := engine.ParseValue(jaga.SHA256, strings.Repeat("ab", 32))
		if err != nil {
			t.Fatal(err)
		}
		for i, tt := range []struct{ stored, shown, user string }{
			{`{"case":"7"}`, `{"collab":null,"content_id":null,"content_uri":null,"json":{"case":"7"}}`, `{"json":{"case":"7"}}`},
			{`{"json":5}`, `{"collab":null,"content_id":null,"content_uri":null,"json":{"json":5}}`, `{"json":{"json":5}}`},
			{`{"content_id":5}`, `{"collab":null,"content_id":null,"content_uri":null,"json":{"content_id":5}}`, `{"json":{"content_id":5}}`},
			{`{"content_uri":"u"}`, `{"collab":null,"content_id":null,"content_uri":"u","json":null}`, `{"content_uri":"u"}`},
		} {
			e, err := c.banks.Add(t.Context(), "person:1", "A", bank.NewEntry{Values: []engine.Value{v}, Metadata: []byte(tt.stored)})
			if err != nil {
				t.Fatal(err)
			}
			head := fmt.Sprintf(`{"bank":%s,"disable_until_ts":1,"id":%d,"original_media_uri":null`, shownBank("A", "1.0"), i+1)
			c.get(fmt.Sprintf("/c/bank/A/content/%d?include_signals=true", e.ID)).is(t, 200, head+`,"metadata":`+tt.shown+`,"signals":{"sha256":"`+v.String()+`"}}`)
			c.call("PUT", fmt.Sprintf("/c/bank/A/content/%d", e.ID), `{}`).is(t, 200, head+`,"collab_metadata":{},"note":null,"user_metadata":`+tt.user+`}`)
		}
	})
}
