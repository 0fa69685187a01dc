package hma_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

func bankChecks() []check {
	create := func(body string, status int, want string) func(*testing.T, *client) {
		return func(t *testing.T, c *client) { c.call("POST", "/c/banks", body).is(t, status, want) }
	}
	return []check{
		{9, "no banks", false, func(t *testing.T, c *client) { c.get("/c/banks").is(t, 200, `[]`) }},
		{10, "bad names", false, func(t *testing.T, c *client) {
			for _, name := range []string{"01_TEST_BANK", "my_test_bank", "MY BANK", "É"} {
				c.call("POST", "/c/banks", `{"name":"`+name+`"}`).refused(t, 400, "message")
			}
		}},
		{11, "a valid name", false, create(`{"name":"MY_TEST_BANK"}`, 201, shownBank("MY_TEST_BANK", "1.0"))},
		{12, "a name that is taken", false, func(t *testing.T, c *client) {
			c.bank("A")
			c.call("POST", "/c/banks", `{"name":"A"}`).refused(t, 403, "message")
		}},
		{13, "no name", false, func(t *testing.T, c *client) {
			a := c.call("POST", "/c/banks", `{}`)
			a.refused(t, 422, "list")
			var list []struct {
				Type string
				Loc  []string
			}
			a.decode(t, &list)
			if len(list) != 1 || list[0].Type != "missing" || len(list[0].Loc) != 1 || list[0].Loc[0] != "name" {
				t.Errorf("flaws %+v", list)
			}
		}},
		{14, "a ratio as text", false, create(`{"name":"A","enabled_ratio":"0.5"}`, 201, shownBank("A", "0.5"))},
		{15, "off, and no ratio", false, create(`{"name":"A","enabled":false,"enabled_ratio":null}`, 201, shownBank("A", "0.0"))},
		{16, "rename", false, func(t *testing.T, c *client) {
			c.bank("OLD")
			c.call("PUT", "/c/bank/OLD", `{"name":"NEW"}`).is(t, 200, shownBank("NEW", "1.0"))
			c.get("/c/bank/NEW").is(t, 200, shownBank("NEW", "1.0"))
			c.get("/c/bank/OLD").refused(t, 404, "message")
		}},
		{17, "renames that are refused", false, func(t *testing.T, c *client) {
			c.bank("A")
			c.bank("B")
			c.call("PUT", "/c/bank/A", `{"name":"lower"}`).refused(t, 400, "message")
			c.call("PUT", "/c/bank/A", `{"name":"B"}`).refused(t, 403, "message")
			c.call("PUT", "/c/bank/C", `{"name":"D"}`).refused(t, 404, "message")
		}},
		{18, "switch off, set a ratio", false, func(t *testing.T, c *client) {
			c.bank("A")
			c.call("PUT", "/c/bank/A", `{"enabled":false}`).is(t, 200, shownBank("A", "0.0"))
			c.call("PUT", "/c/bank/A", `{"enabled_ratio":0.5}`).is(t, 200, shownBank("A", "0.5"))
			c.get("/c/bank/A").is(t, 200, shownBank("A", "0.5"))
		}},
		{19, "the ratio counts for more", false, func(t *testing.T, c *client) {
			c.bank("A")
			c.call("PUT", "/c/bank/A", `{"enabled":false,"enabled_ratio":0.25}`).is(t, 200, shownBank("A", "0.25"))
		}},
		{20, "change nothing", false, func(t *testing.T, c *client) {
			c.call("POST", "/c/banks", `{"name":"A","enabled_ratio":0.75}`).is(t, 201, "")
			c.call("PUT", "/c/bank/A", `{}`).is(t, 200, shownBank("A", "0.75"))
		}},
		{21, "delete twice", false, func(t *testing.T, c *client) {
			c.bank("A")
			for range 2 {
				c.call("DELETE", "/c/bank/A", "").is(t, 200, `{"message":"Done"}`)
			}
		}},
		{22, "a name in another case", false, func(t *testing.T, c *client) {
			c.bank("A")
			c.get("/c/bank/a").refused(t, 404, "message")
		}},
		{23, "255 letters, and 256", false, func(t *testing.T, c *client) {
			c.call("POST", "/c/banks", `{"name":"`+strings.Repeat("A", 255)+`"}`).is(t, 201, "")
			c.call("POST", "/c/banks", `{"name":"`+strings.Repeat("A", 256)+`"}`).refused(t, 400, "message")
		}},
	}
}

// addFile adds a photo to a new bank A and returns the path of its entry.
func addFile(t *testing.T, c *client, parts ...part) string {
	t.Helper()
	c.bank("A")
	a := c.form("/c/bank/A/content", append(parts, photo(1))...)
	got := a.has(t, "id", "signals")
	return "/c/bank/A/content/" + string(got["id"])
}

// addHash adds hashP to a new bank A and returns the entry and its path.
func addHash(c *client) (int64, string) {
	c.bank("A")
	id := c.signal("A", pdqBody(hashP))
	return id, fmt.Sprintf("/c/bank/A/content/%d", id)
}

func contentChecks() []check {
	return []check{
		{24, "content by url", false, func(t *testing.T, c *client) {
			at, _ := remote(t)
			fetching(t, c)
			c.bank("A")
			c.call("POST", "/c/bank/A/content?url="+url.QueryEscape(at+"/photo"), "").has(t, "id", "signals")
		}},
		{25, "content without input", false, func(t *testing.T, c *client) {
			c.bank("A")
			c.call("POST", "/c/bank/A/content", "").refused(t, 400, "message")
			c.form("/c/bank/A/content").refused(t, 400, "message")
		}},
		{26, "content for a bank that is not there", false, func(t *testing.T, c *client) {
			c.form("/c/bank/A/content", photo(1)).refused(t, 404, "message")
		}},
		{27, "metadata", false, func(t *testing.T, c *client) {
			addFile(t, c, part{"metadata", "", `{"content_id":"e1","json":{"a":1}}`})
			c.form("/c/bank/A/content", photo(1), part{"metadata", "", `{"invalid":"x"}`}).refused(t, 400, "message")
		}},
		{28, "content_id that is no text", false, func(t *testing.T, c *client) {
			c.bank("A")
			c.form("/c/bank/A/content", photo(1), part{"metadata", "", `{"content_id":1}`}).refused(t, 400, "message")
		}},
		{29, "metadata that is not JSON", false, func(t *testing.T, c *client) {
			c.bank("A")
			c.form("/c/bank/A/content", photo(1), part{"metadata", "", `{"content_id"`}).refused(t, 400, "message")
		}},
		{30, "metadata comes back", false, func(t *testing.T, c *client) {
			path := addFile(t, c, part{"metadata", "", `{"content_id":"e1"}`})
			got := c.get(path).has(t, "id", "bank", "disable_until_ts", "original_media_uri", "metadata")
			if string(got["metadata"]) != `{"collab":null,"content_id":"e1","content_uri":null,"json":null}` {
				t.Errorf("metadata %s", got["metadata"])
			}
			c.get(path+"?include_metadata=false").has(t, "id", "bank", "disable_until_ts", "original_media_uri")
			plain := c.form("/c/bank/A/content", photo(2)).has(t, "id", "signals")
			c.get("/c/bank/A/content/"+string(plain["id"])).has(t, "id", "bank", "disable_until_ts", "original_media_uri")
		}},
		{31, "a note comes back", false, func(t *testing.T, c *client) {
			got := c.get(addFile(t, c, part{"note", "", "case 7"})).has(t, "id", "bank", "disable_until_ts", "original_media_uri", "note")
			if string(got["note"]) != `"case 7"` {
				t.Errorf("note %s", got["note"])
			}
		}},
		{32, "notes of 255 and 256 characters", false, func(t *testing.T, c *client) {
			c.bank("A")
			c.form("/c/bank/A/content", photo(1), part{"note", "", strings.Repeat("é", 255)}).is(t, 200, "")
			c.form("/c/bank/A/content", photo(1), part{"note", "", strings.Repeat("é", 256)}).refused(t, 400, "message")
		}},
		{33, "notes are set, changed and cleared", false, func(t *testing.T, c *client) {
			_, path := addHash(c)
			for _, note := range []struct{ sent, want string }{{`"first"`, `"first"`}, {`"second"`, `"second"`}, {`""`, `null`}} {
				got := c.call("PUT", path, `{"note":`+note.sent+`}`).has(t, "id", "bank", "disable_until_ts", "original_media_uri", "collab_metadata", "user_metadata", "note")
				if string(got["note"]) != note.want {
					t.Errorf("%s: note %s", note.sent, got["note"])
				}
			}
		}},
		{34, "signals only on request", false, func(t *testing.T, c *client) {
			_, path := addHash(c)
			c.get(path).has(t, "id", "bank", "disable_until_ts", "original_media_uri")
			got := c.get(path+"?include_signals=true").has(t, "id", "bank", "disable_until_ts", "original_media_uri", "signals")
			if string(got["signals"]) != pdqBody(hashP) {
				t.Errorf("signals %s", got["signals"])
			}
		}},
		{35, "no such bank, no such content", false, func(t *testing.T, c *client) {
			c.bank("A")
			c.get("/c/bank/B/content/1").refused(t, 404, "message")
			c.get("/c/bank/A/content/4000000000").refused(t, 404, "message")
		}},
		{36, "switched off for a year", false, func(t *testing.T, c *client) {
			_, path := addHash(c)
			ts := fmt.Sprint(time.Now().Unix() + 365*86400)
			for _, sent := range []string{ts, `"` + ts + `"`} {
				got := c.call("PUT", path, `{"disable_until_ts":`+sent+`}`)
				if !strings.Contains(got.body, `"disable_until_ts":`+ts+`,`) {
					t.Errorf("%s", got.body)
				}
			}
		}},
		{37, "times out of range", false, func(t *testing.T, c *client) {
			_, path := addHash(c)
			c.call("PUT", path, `{"disable_until_ts":9999999999}`).refused(t, 400, "message")
			c.call("PUT", path, `{"disable_until_ts":-1}`).refused(t, 400, "message")
		}},
		{38, "what is switched off does not match, but is there", false, func(t *testing.T, c *client) {
			id, path := addHash(c)
			now := time.Now().Unix()
			for ts, on := range map[int64]bool{0: false, 1: true, now + 60: false, now - 60: true} {
				c.call("PUT", path, fmt.Sprintf(`{"disable_until_ts":%d}`, ts)).is(t, 200, "")
				want := `{}`
				if on {
					want = `{"A":` + entries(id) + `}`
				}
				c.get(lookupP("")).is(t, 200, want)
				c.get(rawP("")).is(t, 200, fmt.Sprintf(`{"matches":[%d]}`, id))
			}
		}},
		{39, "delete content", false, func(t *testing.T, c *client) {
			_, path := addHash(c)
			c.call("DELETE", path, "").is(t, 200, `{"deleted":1}`)
			c.call("DELETE", path, "").is(t, 200, `{"deleted":0}`)
		}},
		{40, "the same hash twice", false, func(t *testing.T, c *client) {
			first, _ := addHash(c)
			second := c.signal("A", pdqBody(hashP))
			if first == second {
				t.Fatal("one entry for two")
			}
			c.get(lookupP("")).is(t, 200, `{"A":`+entries(first, second)+`}`)
		}},
		{41, "a hash with a note", false, func(t *testing.T, c *client) {
			c.bank("A")
			got := c.call("POST", "/c/bank/A/signal", `{"pdq":"`+hashP+`","note":"case 7"}`).has(t, "id", "signals")
			if string(got["signals"]) != pdqBody(hashP) {
				t.Errorf("signals %s", got["signals"])
			}
		}},
		{42, "no hash, or one of an unknown type", false, func(t *testing.T, c *client) {
			c.bank("A")
			for _, body := range []string{`{}`, `{"note":"alone"}`, `{"unknown":"x"}`} {
				c.call("POST", "/c/bank/A/signal", body).refused(t, 400, "message")
			}
		}},
		{43, "a pdq hash in capitals", false, func(t *testing.T, c *client) {
			c.bank("A")
			c.call("POST", "/c/bank/A/signal", pdqBody(strings.ToUpper(hashP))).refused(t, 400, "message")
		}},
		{44, "an MD5 in capitals, with spaces", false, func(t *testing.T, c *client) {
			c.bank("A")
			got := c.call("POST", "/c/bank/A/signal", `{"video_md5":"  `+strings.ToUpper(md5P)+` "}`).has(t, "id", "signals")
			if string(got["signals"]) != `{"video_md5":"`+md5P+`"}` {
				t.Errorf("signals %s", got["signals"])
			}
		}},
		{45, "a hash that is not sent as JSON", false, func(t *testing.T, c *client) {
			c.bank("A")
			c.raw(t, "/c/bank/A/signal", "text/plain", pdqBody(hashP)).refused(t, 415, "message")
		}},
	}
}
