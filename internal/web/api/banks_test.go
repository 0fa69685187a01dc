package api

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

func TestBanks(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		if list := want[BankList](c, 200, "GET", "/v1/banks", ""); len(list.Banks) != 0 {
			t.Errorf("a new installation has banks: %+v", list)
		}
		a := c.call("POST", "/v1/banks", `{"name":"A","role":"allow","form":"grooming","band":"urgent","enabled_ratio":0,"threshold":0,"note":"n"}`)
		b := decode[Bank](c, 201, a)
		if b.Role != jaga.RoleAllow || b.Form != jaga.FormGrooming || b.Band != jaga.BandUrgent || b.EnabledRatio != 0 || b.Threshold != 0 || b.Note != "n" || a.header.Get("Location") != "/v1/banks/A" {
			t.Errorf("made %+v", b)
		}
		b = want[Bank](c, 201, "POST", "/v1/banks", `{"name":"B"}`)
		if b.Role != jaga.RoleMatch || b.Form != jaga.FormCSAM || b.Band != jaga.BandReview || b.EnabledRatio != 1 || b.Threshold != 31 || time.Since(b.CreatedAt) > time.Minute {
			t.Errorf("made %+v, want the defaults", b)
		}
		c.refused(c.call("POST", "/v1/banks", `{"name":"B"}`), 409, "conflict", "name")
		for field, body := range map[string]string{
			"name": `{"name":"small"}`, "role": `{"name":"C","role":"x"}`, "form": `{"name":"C","form":"x"}`, "band": `{"name":"C","band":"none"}`,
			"enabled_ratio": `{"name":"C","enabled_ratio":1.5}`, "threshold": `{"name":"C","threshold":65}`, "note": `{"name":"C","note":"` + strings.Repeat("x", 1001) + `"}`,
		} {
			c.refused(c.call("POST", "/v1/banks", body), 422, "invalid", field)
		}
		c.refused(c.call("POST", "/v1/banks", `{}`), 422, "invalid", "name")

		b = want[Bank](c, 200, "PATCH", "/v1/banks/B", `{"name":"BB","threshold":20}`)
		if b.Name != "BB" || b.Threshold != 20 || b.Band != jaga.BandReview {
			t.Errorf("changed %+v", b)
		}
		c.refused(c.call("GET", "/v1/banks/B", ""), 404, "not_found", "bank")
		c.refused(c.call("PATCH", "/v1/banks/B", `{}`), 404, "not_found", "bank")
		c.refused(c.call("PATCH", "/v1/banks/BB", `{"name":"A"}`), 409, "conflict", "name")
		c.refused(c.call("PATCH", "/v1/banks/BB", `{"threshold":"x"}`), 422, "invalid", "threshold")
		if list := want[BankList](c, 200, "GET", "/v1/banks", ""); len(list.Banks) != 2 || list.Banks[1] != want[Bank](c, 200, "GET", "/v1/banks/BB", "") {
			t.Errorf("list %+v", list)
		}

		gone := want[DeletedBank](c, 200, "DELETE", "/v1/banks/BB", "")
		if d := time.Until(gone.RestoreUntil); gone.ID != b.ID || d < 167*time.Hour || d > 169*time.Hour {
			t.Errorf("deleted %+v", gone)
		}
		c.refused(c.call("DELETE", "/v1/banks/BB", ""), 404, "not_found", "bank")
		path := fmt.Sprintf("/v1/deleted-banks/%d/restore", gone.ID)
		want[Bank](c, 201, "POST", "/v1/banks", `{"name":"BB"}`)
		c.refused(c.call("POST", path, ""), 409, "conflict", "name")
		want[DeletedBank](c, 200, "DELETE", "/v1/banks/BB", "")
		if b = want[Bank](c, 200, "POST", path, ""); b.Threshold != 20 {
			t.Errorf("restored %+v", b)
		}
		c.refused(c.call("POST", path, ""), 404, "not_found", "bank")
		c.refused(c.call("POST", "/v1/deleted-banks/x/restore", ""), 422, "invalid", "id")
	})
}

func TestEntries(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("A")
		a := c.call("POST", "/v1/banks/A/entries", `{"signals":[{"type":"pdq","value":"`+hashP+`"},{"type":"md5","value":"`+md5P+`"}],"note":"n","metadata":{"case":17,"list":[1]},"source":"s","licence":"l","expires_at":"2040-01-02T03:04:05Z"}`)
		e := decode[Entry](c, 201, a)
		if len(e.Signals) != 2 || e.Note != "n" || string(e.Metadata) != `{"case":17,"list":[1]}` || e.Source != "s" || e.Licence != "l" || !e.Enabled ||
			e.ExpiresAt == nil || e.ExpiresAt.Year() != 2040 || a.header.Get("Location") != fmt.Sprintf("/v1/banks/A/entries/%d", e.ID) {
			t.Errorf("added %+v", e)
		}
		path := a.header.Get("Location")
		if got := want[Entry](c, 200, "GET", path, ""); got.ID != e.ID || string(got.Metadata) != string(e.Metadata) {
			t.Errorf("read %+v", got)
		}
		found := func() int {
			t.Helper()
			return len(want[MatchAnswer](c, 200, "POST", "/v1/matches", `{"signals":[{"type":"pdq","value":"`+hashQ+`"}]}`).Outcome.Matches)
		}
		if found() != 1 {
			t.Error("the new entry does not match")
		}
		change := func(body string) Entry { t.Helper(); return want[Entry](c, 200, "PATCH", path, body) }
		if e = change(`{"enabled":false,"note":"m"}`); e.Enabled || e.Note != "m" || found() != 0 {
			t.Errorf("switched off %+v", e)
		}
		if list := want[EntryList](c, 200, "GET", "/v1/banks/A/entries?state=disabled", ""); len(list.Entries) != 1 {
			t.Errorf("disabled: %+v", list)
		}
		if e = change(`{"enabled":true,"expires_at":null}`); !e.Enabled || e.ExpiresAt != nil || found() != 1 {
			t.Errorf("switched on %+v", e)
		}
		until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
		if e = change(`{"disabled_until":"` + until.Format(time.RFC3339) + `"}`); e.Enabled || e.DisabledUntil == nil || !e.DisabledUntil.Equal(until) || found() != 0 {
			t.Errorf("switched off for an hour %+v", e)
		}
		change(`{"enabled":true}`)
		if e = change(`{"quarantine":"look at this"}`); e.Quarantine == nil || e.Quarantine.Why != "look at this" {
			t.Errorf("in quarantine %+v", e)
		}
		if list := want[EntryList](c, 200, "GET", "/v1/banks/A/entries?state=quarantined", ""); len(list.Entries) != 1 {
			t.Errorf("in quarantine: %+v", list)
		}
		if e = change(`{"quarantine":""}`); e.Quarantine != nil {
			t.Errorf("released %+v", e)
		}
		c.refused(c.call("PATCH", path, `{"enabled":true,"disabled_until":"2040-01-01T00:00:00Z"}`), 422, "invalid", "disabled_until")
		c.refused(c.call("PATCH", path, `{"disabled_until":"2010-01-01T00:00:00Z"}`), 422, "invalid", "disabled_until")
		c.refused(c.call("PATCH", path, `{"disabled_until":"2090-01-01T00:00:00Z"}`), 422, "invalid", "disable_until")
		c.refused(c.call("PATCH", path, `{"expires_at":"soon"}`), 422, "invalid", "expires_at")
		c.refused(c.call("PATCH", path, `{"expires_at":"1950-01-01T00:00:00Z"}`), 422, "invalid", "expires_at")
		c.refused(c.call("PATCH", "/v1/banks/A/entries/99", `{"note":"x"}`), 404, "not_found", "entry")

		if list := want[OpinionList](c, 200, "PUT", path+"/opinion", `{"verdict":"confirm","note":"x"}`); len(list.Opinions) != 1 || list.Opinions[0].Who != "key:1" {
			t.Errorf("opinions %+v", list)
		}
		want[OpinionList](c, 200, "PUT", path+"/opinion", `{"verdict":"reject"}`)
		if list := want[OpinionList](c, 200, "GET", path+"/opinions", ""); len(list.Opinions) != 1 || list.Opinions[0].Verdict != "reject" || list.Opinions[0].Note != "" {
			t.Errorf("opinions %+v", list)
		}
		c.refused(c.call("PUT", path+"/opinion", `{"verdict":"x"}`), 422, "invalid", "verdict")
		c.refused(c.call("PUT", "/v1/banks/A/entries/99/opinion", `{"verdict":"confirm"}`), 404, "not_found", "entry")
		c.refused(c.call("GET", "/v1/banks/A/entries/99/opinions", ""), 404, "not_found", "entry")

		if a := c.call("DELETE", path, ""); a.status != 204 || a.body != "" || found() != 0 {
			t.Errorf("deleted: %d %s", a.status, a.body)
		}
		c.refused(c.call("DELETE", path, ""), 404, "not_found", "entry")
		c.refused(c.call("GET", path, ""), 404, "not_found", "entry")
		c.refused(c.call("GET", "/v1/banks/NONE/entries", ""), 404, "not_found", "bank")
	})
}

func TestEntriesRefuseBadJSON(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("A")
		const path = "/v1/banks/A/entries"
		good := `"signals":[{"type":"md5","value":"` + md5P + `"}]`
		c.refused(c.call("POST", path, `{}`), 422, "invalid", "signals")
		c.refused(c.call("POST", path, `{"signals":[{"type":"md5","value":"`+md5P+`"},{"type":"md5","value":"`+md5P+`"}]}`), 422, "invalid", "signals")
		c.refused(c.call("POST", path, `{"signals":[{"type":"sha1","value":"`+md5P+`"}]}`), 422, "invalid", "signals")
		c.refused(c.call("POST", path, `{`+good+`,"metadata":[1]}`), 422, "invalid", "metadata")
		c.refused(c.call("POST", path, `{`+good+`,"metadata":{"x":"`+strings.Repeat("y", 65<<10)+`"}}`), 422, "invalid", "metadata")
		c.refused(c.call("POST", path, `{`+good+`,"note":"`+strings.Repeat("x", 256)+`"}`), 422, "invalid", "note")
		c.refused(c.call("POST", path, `{`+good+`,"expires_at":"1950-01-01T00:00:00Z"}`), 422, "invalid", "expires_at")
		c.refused(c.call("POST", "/v1/banks/NONE/entries", `{`+good+`}`), 404, "not_found", "bank")
		c.refused(c.do("POST", path, strings.NewReader("x"), "Content-Type", "text/csv"), 415, "invalid", "Content-Type")
		if list := want[EntryList](c, 200, "GET", path, ""); len(list.Entries) != 0 {
			t.Errorf("entries %+v", list)
		}
	})
}

func TestEntriesFromFiles(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("A")
		const path = "/v1/banks/A/entries"
		good := photo(4, 400)
		files := []part{{"note", "", "n"}, {"metadata", "", `{"a":1}`}, {"source", "", "s"}, {"licence", "", "l"}, {"expires_at", "", "2040-01-01T00:00:00Z"},
			{"file", "a.jpg", good}, {"file", "CANARY.jpg", good[:len(good)/2]}, {"file", "c.jpg", ""}, {"file", "d", strings.Repeat("x", 2<<20+10)}, {"file", "e.txt", "CANARY"}, {"file", "f.jpg", photo(5, 300)}}
		res := decode[FileResults](c, 200, c.form(path, nil, files...))
		var whys []string
		for i, r := range res.Results {
			if r.File != i+1 || (r.Entry == nil) == (r.Problem == nil) {
				t.Errorf("result %d: %+v", i, r)
			}
			whys = append(whys, string(r.Why))
		}
		if got := strings.Join(whys, " "); res.Added != 2 || res.Refused != 4 || got != " truncated empty too_big not_an_image " {
			t.Fatalf("results %q %+v", got, res)
		}
		e := res.Results[0].Entry
		if len(e.Signals) != 4 || e.Signals[0].Type != jaga.PDQ || e.Note != "n" || string(e.Metadata) != `{"a":1}` || e.Source != "s" || e.Licence != "l" || e.ExpiresAt == nil {
			t.Errorf("entry %+v", e)
		}
		// What cannot be hashed perceptually is added when that is asked for, and
		// what the bank has already is not added again.
		res = decode[FileResults](c, 200, c.form(path+"?exact_only=true", nil, files...))
		if res.Added != 2 || res.Known != 2 || !res.Results[0].Known || res.Results[0].Entry != nil || res.Refused != 2 || len(res.Results[1].Entry.Signals) != 3 || res.Results[1].Why != jaga.WhyTruncated {
			t.Errorf("exact only: %+v", res)
		}
		// A form that is cut off keeps what was added.
		kind, body := formBody(t, part{"file", "a.jpg", photo(6, 200)}, part{"file", "b.jpg", photo(7, 200)})
		res = decode[FileResults](c, 200, c.do("POST", path, strings.NewReader(body[:len(body)-200]), "Content-Type", kind))
		if res.Added != 1 || res.Refused != 1 || res.Results[1].Problem.Status != 400 {
			t.Errorf("cut off: %+v", res)
		}
		c.refused(c.do("POST", path, strings.NewReader(body[:300]), "Content-Type", kind), 400, "invalid", "body")
		c.refused(c.form(path, nil, part{"note", "", "x"}), 422, "invalid", "file")
		c.refused(c.form(path, nil, part{"metadata", "", "[1]"}, part{"file", "a", good}), 422, "invalid", "metadata")
		c.refused(c.form(path, nil, part{"expires_at", "", "CANARY"}, part{"file", "a", good}), 422, "invalid", "expires_at")
		c.refused(c.form(path, nil, part{"note", "", strings.Repeat("é", 256)}, part{"file", "a", good}), 422, "invalid", "note")
		c.refused(c.form("/v1/banks/NONE/entries", nil, part{"file", "a", good}), 404, "not_found", "bank")

		list := want[EntryList](c, 200, "GET", path+"?limit=3", "")
		rest := want[EntryList](c, 200, "GET", fmt.Sprintf("%s?limit=3&after=%d", path, list.Next), "")
		if len(list.Entries) != 3 || len(rest.Entries) != 2 || rest.Next != 0 || rest.Entries[0].ID <= list.Entries[2].ID {
			t.Errorf("%d and %d entries, want 3 and 2", len(list.Entries), len(rest.Entries))
		}
		if pdq := want[EntryList](c, 200, "GET", path+"?type=pdq", ""); len(pdq.Entries) != 3 {
			t.Errorf("%d entries with PDQ, want 3", len(pdq.Entries))
		}
	})
}

func TestMatches(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("A", photo(1, 600))
		c.makeBank("B", photo(2, 600))
		c.makeBank("EMPTY")
		file := part{"file", "x", photo(1, 300)}
		match := func(query string) jaga.Outcome {
			t.Helper()
			return decode[MatchAnswer](c, 200, c.form("/v1/matches"+query, nil, file)).Outcome
		}
		if o := match(""); o.State() != jaga.StateFindings || o.Matches[0].Bank != "A" {
			t.Errorf("all banks: %+v", o)
		}
		if o := match("?bank=B"); o.State() != jaga.StateClear {
			t.Errorf("the other bank: %+v", o)
		}
		if o := match("?bank=B&bank=A"); o.State() != jaga.StateFindings {
			t.Errorf("both banks: %+v", o)
		}
		if o := match("?bank=EMPTY"); o.State() != jaga.StateNotChecked {
			t.Errorf("an empty bank: %+v; nothing was checked", o)
		}
		c.refused(c.form("/v1/matches?bank=CANARY", nil, file), 404, "not_found", "bank")
		c.refused(c.form("/v1/matches?radius=65", nil, file), 422, "invalid", "radius")
		c.refused(c.form("/v1/matches?radius=x", nil, file), 422, "invalid", "radius")
		c.refused(c.form("/v1/matches?CANARY=x", nil, file), 422, "invalid", "query")
		c.refused(c.form("/v1/matches", nil, part{"ref", "", "x"}, file), 422, "invalid", "body")
		c.refused(c.call("POST", "/v1/matches", `{"signals":[{"type":"md5","value":"`+md5P+`"}],"ref":"x"}`), 422, "invalid", "ref")

		want[Entry](c, 201, "POST", "/v1/banks/A/entries", `{"signals":[{"type":"pdq","value":"`+hashP+`"}]}`)
		ask := `{"signals":[{"type":"pdq","value":"` + hashQ + `"}]}`
		if a := want[MatchAnswer](c, 200, "POST", "/v1/matches?radius=1", ask); len(a.Outcome.Matches) != 0 {
			t.Errorf("within 1: %+v", a)
		}
		if a := want[MatchAnswer](c, 200, "POST", "/v1/matches?radius=2", ask); len(a.Outcome.Matches) != 1 || a.Outcome.Matches[0].Distance != 2 {
			t.Errorf("within 2: %+v", a)
		}
		if list := want[ItemList](c, 200, "GET", "/v1/items", ""); len(list.Items) != 0 {
			t.Errorf("matching stored %d items", len(list.Items))
		}
	})
}

func TestCompare(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("A")
		want[Bank](c, 200, "PATCH", "/v1/banks/A", `{"threshold":1}`)
		got := want[Comparison](c, 200, "POST", "/v1/compare", `{"type":"pdq","a":"`+hashP+`","b":"`+strings.ToUpper(hashQ)+`"}`)
		if got.Distance != 2 || fmt.Sprint(got.Bits) != "[254 255]" || got.Same || got.Default != 31 || len(got.Thresholds) != 1 || got.Thresholds[0] != (BankThreshold{"A", 1, false}) {
			t.Errorf("%+v", got)
		}
		got = want[Comparison](c, 200, "POST", "/v1/compare", `{"type":"md5","a":"`+md5P+`","b":"`+md5P+`"}`)
		if got.Distance != 0 || !got.Same || len(got.Bits) != 0 || len(got.Thresholds) != 0 {
			t.Errorf("%+v", got)
		}
		c.refused(c.call("POST", "/v1/compare", `{"type":"pdq","a":"`+md5P+`","b":"`+hashQ+`"}`), 422, "invalid", "a")
		c.refused(c.call("POST", "/v1/compare", `{"type":"pdq","a":"`+hashP+`","b":"`+md5P+`"}`), 422, "invalid", "b")
		c.refused(c.call("POST", "/v1/compare", `{"type":"x","a":"","b":""}`), 422, "invalid", "a")
	})
}

// TestCompareFilms: which seconds of either film have a near frame in the other,
// in both directions, and what each bank says of it.
func TestCompareFilms(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("A")
		want[Bank](c, 201, "POST", "/v1/banks", `{"name":"STORED","film_stored":80,"film_query":0,"film_both":true}`)
		want[Bank](c, 201, "POST", "/v1/banks", `{"name":"QUERY","film_stored":0,"film_query":80,"film_both":true}`)
		frame := func(seed uint64) (h pdq.Hash) {
			r := rand.New(rand.NewPCG(seed, 1))
			for i := range h {
				h[i] = byte(r.Uint32())
			}
			return h
		}
		// The short film is seconds 10 to 13 of the long one, a few bits away.
		var long, short vpdq.Video
		for i := range 40 {
			f := vpdq.Feature{Hash: frame(uint64(i)), Quality: 90, At: float64(i)}
			long = append(long, f)
			if i >= 10 && i < 14 {
				f.Hash[0] ^= 7
				f.At -= 10
				short = append(short, f)
			}
		}
		list := func(v vpdq.Video) string {
			return fmt.Sprintf("%q", v.List())
		}
		said := func(got Comparison) (names string) {
			for _, b := range got.Thresholds {
				if b.Matches {
					names += b.Bank + " "
				}
			}
			return names
		}
		got := want[Comparison](c, 200, "POST", "/v1/compare", `{"type":"vpdq","a":`+list(long)+`,"b":`+list(short)+`}`)
		if f := got.Film; f == nil || got.Distance != 3 || got.Same || f.QueryPercent != 10 || f.StoredPercent != 100 || fmt.Sprint(f.Query, f.Stored) != "[{10 14}] [{0 3}]" || said(got) != "A STORED " {
			t.Errorf("long and short: %+v %+v", got, got.Film)
		}
		got = want[Comparison](c, 200, "POST", "/v1/compare", `{"type":"vpdq","a":`+list(short)+`,"b":`+list(long)+`}`)
		if f := got.Film; f == nil || f.QueryPercent != 100 || f.StoredPercent != 10 || fmt.Sprint(f.Query, f.Stored) != "[{0 3}] [{10 14}]" || said(got) != "A QUERY " {
			t.Errorf("short and long: %+v %+v", got, got.Film)
		}
		got = want[Comparison](c, 200, "POST", "/v1/compare", `{"type":"vpdq","a":"`+long[7].Hash.String()+`","b":`+list(long)+`}`)
		if f := got.Film; f == nil || got.Distance != 0 || f.Query != nil || fmt.Sprint(f.Stored) != "[{7 8}]" || said(got) != "A QUERY STORED " {
			t.Errorf("picture and film: %+v %+v", got, got.Film)
		}
		got = want[Comparison](c, 200, "POST", "/v1/compare", `{"type":"vpdq","a":"`+frame(1000).String()+`","b":`+list(long)+`}`)
		if got.Film == nil || got.Film.StoredMatched != 0 || got.Distance < 60 || said(got) != "" {
			t.Errorf("another picture: %+v", got)
		}
		got = want[Comparison](c, 200, "POST", "/v1/compare", `{"type":"vpdq","a":`+list(long)+`,"b":`+list(long)+`}`)
		if !got.Same || got.Film.StoredPercent != 100 {
			t.Errorf("itself: %+v", got)
		}
		blank := vpdq.Video{{Hash: frame(1), Quality: 10}}
		c.refused(c.call("POST", "/v1/compare", `{"type":"vpdq","a":`+list(long)+`,"b":`+list(blank)+`}`), 422, "invalid", "b")
		c.refused(c.call("POST", "/v1/compare", `{"type":"vpdq","a":`+list(blank)+`,"b":`+list(long)+`}`), 422, "invalid", "a")
		c.refused(c.call("POST", "/v1/compare", `{"type":"vpdq","a":"`+hashP+`","b":"`+hashP+`"}`), 422, "invalid", "type")
		c.refused(c.call("POST", "/v1/compare", `{"type":"vpdq","a":`+list(long)+`,"b":"[\"no frame at all, but long enough\"]"}`), 422, "invalid", "b")
	})
}
