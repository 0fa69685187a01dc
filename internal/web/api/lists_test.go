package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/bank"
)

// hashes is a list of n different MD5 hashes, from a number on.
func hashes(from, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%032x\n", from+i)
	}
	return b.String()
}

func TestImport(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("A")
		const path = "/v1/banks/A/import"
		send := func(query, body string, headers ...string) reply {
			t.Helper()
			return c.do("POST", path+query, strings.NewReader(body), headers...)
		}
		res := decode[bank.ImportResult](c, 200, send("?source=hotline&licence=l", hashes(1, 1000)))
		if res.Rows != 1000 || res.Added != 1000 || len(res.Digest) != 64 {
			t.Errorf("result %+v", res)
		}
		if e := want[EntryList](c, 200, "GET", "/v1/banks/A/entries?limit=1", "").Entries[0]; e.Source != "hotline" || e.Licence != "l" {
			t.Errorf("entry %+v", e)
		}
		var z bytes.Buffer
		zip := gzip.NewWriter(&z)
		_, _ = io.WriteString(zip, hashes(500, 1000))
		_ = zip.Close()
		if res = decode[bank.ImportResult](c, 200, send("", z.String(), "Content-Type", "application/gzip")); res.Added != 499 && res.Duplicates != 501 {
			t.Errorf("compressed: %+v", res)
		}
		bad := hashes(5000, 3) + "CANARY\n" + hashes(6000, 3)
		a := send("", bad)
		c.refused(a, 422, "invalid", "line 4")
		if !strings.Contains(a.body, "skip_bad=true") {
			t.Errorf("no hint: %s", a.body)
		}
		if res = decode[bank.ImportResult](c, 200, send("?skip_bad=true", bad)); res.Added != 6 || res.Bad != 1 || res.BadLines[0].Line != 4 {
			t.Errorf("skipped: %+v", res)
		}
		// 64 digits may be two types.
		c.refused(send("", hashP+"\n"), 422, "invalid", "line 1")
		if res = decode[bank.ImportResult](c, 200, send("?type=pdq", hashP+"\n", "Content-Type", "text/csv")); res.Added != 1 {
			t.Errorf("pdq: %+v", res)
		}
		if res = decode[bank.ImportResult](c, 200, send("", "")); res.Rows != 0 {
			t.Errorf("an empty list: %+v", res)
		}
		c.refused(send("?type=CANARY", hashP), 422, "invalid", "type")
		c.refused(send("", z.String()[:z.Len()-20], "Content-Type", "application/gzip"), 422, "invalid", "")
		c.refused(c.form(path, nil, part{"file", "a", "x"}), 415, "invalid", "Content-Type")
		c.refused(c.do("POST", "/v1/banks/NONE/import", strings.NewReader("x")), 404, "not_found", "bank")
		c.refused(c.do("POST", "/v1/banks/NONE/import", strings.NewReader("x"), "Accept", jsonLines), 404, "not_found", "bank")
	})
}

// slowList is a list that comes in pieces, with a pause between them.
type slowList struct {
	pieces []string
	pause  time.Duration
}

func (s *slowList) Read(p []byte) (int, error) {
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	time.Sleep(s.pause)
	n := copy(p, s.pieces[0])
	if s.pieces[0] = s.pieces[0][n:]; s.pieces[0] == "" {
		s.pieces = s.pieces[1:]
	}
	return n, nil
}

func TestImportTellsProgress(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("A")
		send := func(body io.Reader, expect bool) (lines []ImportLine) {
			t.Helper()
			r, err := http.NewRequestWithContext(t.Context(), "POST", c.url+"/v1/banks/A/import", body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+c.key)
			r.Header.Set("Accept", jsonLines)
			if expect {
				r.Header.Set("Expect", "100-continue")
			}
			resp, err := (&http.Client{Transport: &http.Transport{ExpectContinueTimeout: 20 * time.Second}}).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != jsonLines {
				t.Fatalf("%s %v", resp.Status, resp.Header)
			}
			for dec := json.NewDecoder(resp.Body); ; {
				var l ImportLine
				if err := dec.Decode(&l); err == io.EOF {
					return lines
				} else if err != nil {
					t.Fatal(err)
				}
				lines = append(lines, l)
			}
		}
		var pieces []string
		for i := range 8 {
			pieces = append(pieces, hashes(i*10_000, 10_000))
		}
		lines := send(&slowList{pieces, 20 * time.Millisecond}, true)
		last := lines[len(lines)-1]
		if last.Result == nil || last.Result.Added != 80_000 || last.Error != nil {
			t.Fatalf("last line %+v", last)
		}
		rows, grew := int64(-1), 0
		for i, l := range lines[:len(lines)-1] {
			if l.Rows == nil || *l.Rows < rows || l.Result != nil {
				t.Fatalf("line %d: %+v after %d rows", i, l, rows)
			}
			if *l.Rows > rows {
				grew++
			}
			rows = *l.Rows
		}
		if grew < 3 {
			t.Errorf("%d lines said something new, of %d", grew, len(lines))
		}
		lines = send(strings.NewReader(hashes(900_000, 3)+"CANARY\n"), false)
		if last := lines[len(lines)-1]; last.Error == nil || last.Error.Field != "line 4" || last.Error.Status != 422 || last.Result != nil {
			t.Errorf("last line %+v", last)
		}
	})
}

// A connection that is cut leaves nothing behind.
func TestImportThatIsCut(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("A")
		r, err := http.NewRequestWithContext(t.Context(), "POST", c.url+"/v1/banks/A/import", io.MultiReader(strings.NewReader(hashes(1, 60_000)), failing{}))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+c.key)
		if resp, err := http.DefaultClient.Do(r); err == nil {
			resp.Body.Close()
			if resp.StatusCode == 200 {
				t.Error("half a list was imported")
			}
		}
		for range 100 {
			if n := want[Bank](c, 200, "GET", "/v1/banks/A", "").Entries; n != 0 {
				t.Fatalf("%d entries", n)
			}
			time.Sleep(time.Millisecond)
		}
		if strings.Contains(c.log.String(), `"level":"ERROR"`) {
			t.Errorf("a client that went away is a fault of ours: %s", c.log)
		}
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestExport(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("A")
		want[Entry](c, 201, "POST", "/v1/banks/A/entries", `{"signals":[{"type":"pdq","value":"`+hashP+`"},{"type":"md5","value":"`+md5P+`"}],"note":"a, \"b\""}`)
		for query, w := range map[string][3]string{
			"":                        {"text/csv; charset=utf-8", ".csv", "type,value,note\npdq," + hashP + `,"a, ""b"""` + "\nmd5," + md5P + `,"a, ""b"""` + "\n"},
			"?format=csv&type=md5":    {"text/csv; charset=utf-8", ".csv", "type,value,note\nmd5," + md5P + `,"a, ""b"""` + "\n"},
			"?format=jsonl&type=md5":  {jsonLines, ".jsonl", `{"type":"md5","value":"` + md5P + `","note":"a, \"b\""}` + "\n"},
			"?format=plain&type=pdq":  {"text/plain; charset=utf-8", ".txt", "pdq\n" + hashP + "\n"},
			"?format=plain&type=sha1": {"text/plain; charset=utf-8", ".txt", ""},
		} {
			a := c.call("GET", "/v1/banks/A/export"+query, "")
			name := `attachment; filename="A-` + time.Now().UTC().Format(time.DateOnly) + w[1] + `"`
			if a.status != 200 || a.header.Get("Content-Type") != w[0] || a.body != w[2] || a.header.Get("Content-Disposition") != name {
				t.Errorf("%s: %d %v\n%s", query, a.status, a.header, a.body)
			}
		}
		c.refused(c.call("GET", "/v1/banks/A/export?format=plain", ""), 422, "invalid", "type")
		c.refused(c.call("GET", "/v1/banks/A/export?format=CANARY", ""), 422, "invalid", "format")
		c.refused(c.call("GET", "/v1/banks/NONE/export", ""), 404, "not_found", "bank")
		c.refused(c.do("GET", "/v1/banks/A/export", nil, "Accept", "text/html"), 406, "invalid", "Accept")
		// What is exported can be imported.
		want[Bank](c, 201, "POST", "/v1/banks", `{"name":"B"}`)
		res := decode[bank.ImportResult](c, 200, c.do("POST", "/v1/banks/B/import", strings.NewReader(c.call("GET", "/v1/banks/A/export", "").body)))
		if res.Added != 2 {
			t.Errorf("imported again: %+v", res)
		}
	})
}
