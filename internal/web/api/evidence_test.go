package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// handIn sends a file with fields, name and value in turn.
func (c *client) handIn(file io.Reader, fields ...string) reply {
	c.t.Helper()
	r, w := io.Pipe()
	m := multipart.NewWriter(w)
	go func() {
		for i := 0; i+1 < len(fields); i += 2 {
			_ = m.WriteField(fields[i], fields[i+1]) // a reader that has gone is the test's answer
		}
		if part, err := m.CreateFormFile("file", "a <b>.png"); err == nil {
			_, err = io.Copy(part, file)
			if err == nil {
				err = m.Close()
			}
			w.CloseWithError(err)
		}
	}()
	return c.do("POST", "/v1/evidence", r, "Content-Type", m.FormDataContentType())
}

// files counts sealed files by state.
func (c *client) files() (st evidence.Status) {
	c.t.Helper()
	st, err := c.s.Evidence.Status(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	return st
}

// TestEvidenceIsSealedOnce hands files in for a case and an account, sends them
// again, and reads what is known of them.
func TestEvidenceIsSealedOnce(t *testing.T) {
	t.Parallel()
	keeps := func(o *Options) {
		o.KeepFor = func(now time.Time) []evidence.Clock {
			return []evidence.Clock{{Profile: "us-2258a", Version: "1", What: "content", Start: now, Until: now.AddDate(1, 0, 0)}}
		}
	}
	each(t, keeps, func(t *testing.T, c *client) {
		number := want[ReportReceipt](c, 202, "POST", "/v1/reports", `{"id": "1", "account": "acc-7", "form": "csam"}`).Case
		send := func(text string, fields ...string) reply {
			t.Helper()
			return c.handIn(strings.NewReader(text), fields...)
		}
		a := send("a test card", "id", "post-1", "case", fmt.Sprint(number), "origin", "post 4711", "acquired_at", "2026-01-02T03:04:05Z")
		first := decode[SealedFile](c, 201, a)
		if a.header.Get("Location") != "/v1/evidence/"+first.ID || first.Case != number || first.State != evidence.Kept || first.Bytes != 11 || first.ReceivedBy != "key:1" || first.KeepUntil == nil || first.KeepUntil.Before(time.Now()) || first.Digests != nil {
			t.Errorf("%+v", first)
		}
		// The answer was lost, and the program sends it again.
		if again := decode[SealedFile](c, 200, send("a test card", "id", "post-1", "case", fmt.Sprint(number))); again.ID != first.ID {
			t.Errorf("%+v", again)
		}
		c.refused(send("another card", "id", "post-1", "case", fmt.Sprint(number)), 409, "conflict", "id")
		// The same file under another name is in the case already.
		if same := decode[SealedFile](c, 200, send("a test card", "id", "post-2", "account", "acc-7")); same.ID != first.ID {
			t.Errorf("%+v", same)
		}
		second := decode[SealedFile](c, 201, send("a second card", "id", "post-3", "account", "acc-7"))
		if second.Case != number {
			t.Errorf("%+v", second)
		}
		if st := c.files(); st.Kept != 2 || st.Quarantine != 0 {
			t.Errorf("%+v", st)
		}
		list := want[SealedFiles](c, 200, "GET", fmt.Sprintf("/v1/evidence?case=%d&limit=1", number), "")
		if len(list.Files) != 1 || list.Files[0].ID != first.ID || list.Next != first.ID {
			t.Errorf("%+v", list)
		}
		if rest := want[SealedFiles](c, 200, "GET", fmt.Sprintf("/v1/evidence?case=%d&after=%s", number, list.Next), ""); len(rest.Files) != 1 || rest.Files[0].ID != second.ID || rest.Next != "" {
			t.Errorf("%+v", rest)
		}
		if err := c.db.Bulk(t.Context(), func(tx *store.Tx) error {
			if err := tx.Lock(); err != nil {
				return err
			}
			_, err := c.s.Evidence.AddHold(tx, "person:1", evidence.Scope{Case: number}, evidence.NewHold{Reason: "canary-reason", Authority: "canary-police", From: time.Now()})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		one := c.call("GET", "/v1/evidence/"+first.ID+"?digests=true", "")
		facts := decode[SealedFile](c, 200, one)
		sum := sha256.Sum256([]byte("a test card"))
		if facts.Digests == nil || facts.Digests.SHA256 != hex.EncodeToString(sum[:]) || facts.Holds != 1 || len(facts.Clocks) != 1 || facts.Clocks[0].Profile != "us-2258a" {
			t.Errorf("%+v", facts)
		}
		for _, secret := range []string{"canary", "4711", "a test card", ".png"} {
			if strings.Contains(one.body, secret) {
				t.Errorf("the facts hold %q: %s", secret, one.body)
			}
		}
		// Only asking for digests opens the record, and that is in the log.
		if err := c.db.View(t.Context(), func(tx *store.Tx) error {
			n, err := store.CustodyCount(tx, store.CustodyFilter{Actor: "key:1", Action: "evidence.read_record", Subject: "evidence:" + first.ID}, 10)
			if n != 1 {
				t.Errorf("%d records of opening it", n)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
		c.refused(c.call("GET", "/v1/evidence/0193a1e6-0000-7000-8000-000000000001", ""), 404, "not_found", "evidence")
		c.refused(c.call("GET", "/v1/evidence?case=99", ""), 404, "not_found", "case")
		c.refused(c.call("GET", "/v1/evidence", ""), 422, "invalid", "case")
		for field, fields := range map[string][]string{
			"id": {"case", "1"}, "case": {"id", "x"}, "account": {"id", "x", "account", "nobody"}, "acquired_at": {"id", "x", "case", "1", "acquired_at", "yesterday"},
		} {
			if a := send("x", fields...); a.status/100 != 4 || !strings.Contains(a.body, `"field":"`+field+`"`) {
				t.Errorf("%s: %d %s", field, a.status, a.body)
			}
		}
		c.refused(send("x", "id", "x", "case", "1", "account", "a"), 422, "invalid", "case")
		c.refused(send("x", "id", "x", "case", "99"), 404, "not_found", "case")
		c.refused(c.call("POST", "/v1/evidence", `{"id": "x"}`), 415, "invalid", "Content-Type")
		if st := c.files(); st.Kept != 2 || st.Quarantine != 0 {
			t.Errorf("what was refused was kept: %+v", st)
		}
	})
}

// A file that is too large, or cut off, leaves nothing, and a large one takes no
// more memory than a small one.
//
// It does not run beside others, whose memory it would count.
func TestEvidenceArrivesInAStream(t *testing.T) {
	const large = 48 << 20
	c := open(t, storetest.Open(t, storetest.SQLite(t)), func(o *Options) { o.MaxEvidence = large })
	number := fmt.Sprint(want[ReportReceipt](c, 202, "POST", "/v1/reports", `{"id": "1", "account": "a", "form": "csam"}`).Case)
	c.refused(c.handIn(io.LimitReader(zeros{}, large+1), "id", "x", "case", number), 413, "invalid", "file")
	form := &bytes.Buffer{}
	m := multipart.NewWriter(form)
	_ = m.WriteField("id", "cut")
	_ = m.WriteField("case", number)
	if w, err := m.CreateFormFile("file", "a"); err != nil {
		t.Fatal(err)
	} else if _, err := w.Write(make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	if a := c.do("POST", "/v1/evidence", form, "Content-Type", m.FormDataContentType()); a.status != 400 {
		t.Errorf("cut off: %d %s", a.status, a.body)
	}
	if st := c.files(); st.Kept+st.Quarantine != 0 {
		t.Errorf("something of it was kept: %+v", st)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if f := decode[SealedFile](c, 201, c.handIn(io.LimitReader(zeros{}, large), "id", "large", "case", number)); f.Bytes != large {
		t.Errorf("%+v", f)
	}
	runtime.ReadMemStats(&after)
	if more := int64(after.Sys) - int64(before.Sys); more > large/2 {
		t.Errorf("a file of %d bytes took %d of memory", large, more)
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Each of the scopes opens its own, and nothing else.
func TestScopesOfEvidenceAndStatistics(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		number := fmt.Sprint(want[ReportReceipt](c, 202, "POST", "/v1/reports", `{"id": "1", "account": "a", "form": "csam"}`).Case)
		id := decode[SealedFile](c, 201, c.handIn(strings.NewReader("x"), "id", "1", "case", number)).ID
		for _, scope := range []auth.Scope{auth.EvidenceWrite, auth.EvidenceRead, auth.StatisticsRead, auth.CasesRead} {
			_, key, err := c.s.Auth.CreateKey(t.Context(), "system", string(scope), []auth.Scope{scope}, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			other := *c
			other.key = key
			for _, x := range []struct {
				need auth.Scope
				ask  func() reply
			}{
				{auth.EvidenceWrite, func() reply { return other.handIn(strings.NewReader("x"), "id", string(scope), "case", number) }},
				{auth.EvidenceRead, func() reply { return other.call("GET", "/v1/evidence/"+id, "") }},
				{auth.EvidenceRead, func() reply { return other.call("GET", "/v1/evidence?case="+number, "") }},
				{auth.StatisticsRead, func() reply { return other.call("GET", "/v1/statistics", "") }},
			} {
				a := x.ask()
				if x.need == scope && a.status != http.StatusOK || x.need != scope && a.status != http.StatusForbidden {
					t.Errorf("%s where %s is needed: %d %s", scope, x.need, a.status, a.body)
				}
			}
		}
	})
}

// Figures say nothing about few.
func TestStatisticsHideSmallNumbers(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		for i := range 9 {
			form := "csam"
			if i >= 6 {
				form = "grooming"
			}
			want[ReportReceipt](c, 202, "POST", "/v1/reports", fmt.Sprintf(`{"id": "%d", "account": "a%d", "form": "%s"}`, i, i, form))
		}
		s := want[Statistics](c, 200, "GET", "/v1/statistics?days=30", "")
		if s.Days != 30 || s.Waiting == nil || *s.Waiting != 9 || s.Oldest == nil || len(s.Weeks) != 12 || s.Weeks[11].CameIn == nil || *s.Weeks[11].CameIn != 9 || s.Decided == nil || *s.Decided != 0 {
			t.Errorf("%+v", s)
		}
		// Three of one form are not told, and then six of the other neither: nine
		// wait in all.
		for _, f := range s.Forms {
			if hidden := f.Name == "csam" || f.Name == "grooming"; hidden != (f.Open == nil) {
				t.Errorf("%s: %v", f.Name, f.Open)
			}
		}
		c.refused(c.call("GET", "/v1/statistics?days=7", ""), 422, "invalid", "days")
	})
}
