package console_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/sealto"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// refused posts a form and expects the page to say why it was not done.
func (w *world) refused(path string, form url.Values, status int, says ...string) string {
	w.t.Helper()
	a := w.post(path, form)
	if a.status != status {
		w.t.Errorf("POST %s: status %d, want %d: %s", path, a.status, status, text(a.body))
	}
	want(w.t, path, text(a.body), says...)
	return a.body
}

// TestHoldsInTheConsole places, renews and releases holds, and finds that nothing
// can be destroyed meanwhile.
func TestHoldsInTheConsole(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ani, budi := w.twoSeniors()
		id := w.finding(textFinding("held"))
		part := w.finding(textFinding("part"))
		file, other := w.seal("a test card", id), w.seal("another", part)
		if err := w.work.Merge(t.Context(), ani.me(), part, id); err != nil {
			t.Fatal(err)
		}
		form := url.Values{"evid_scope": {itoa(id)}, "from": {"case"}, "evid_reason": {"canary-reason"}, "evid_authority": {"canary-police"}, "evid_letter": {"LP/17"}}
		for field, value := range map[string]string{"evid_reason": "", "evid_authority": "", "evid_until": "2001-01-01", "evid_from": "tomorrow"} {
			bad := url.Values{}
			maps.Copy(bad, form)
			bad.Set(field, value)
			body := ani.refused("/evidence/holds", bad, http.StatusUnprocessableEntity)
			want(t, field, body, `id="`+field+`-fault"`, "LP/17")
		}
		body := ani.done("/evidence/holds", form)
		want(t, "the evidence of the case", text(body), "The hold is set", "canary-reason", "canary-police", "LP/17", "no end")
		// It covers the files of the case that is part of it too.
		for _, f := range []string{file, other} {
			body = ani.page("/evidence/files/" + f)
			want(t, "the file", text(body), "On hold", "It cannot be destroyed: 1 hold covers it.")
			ani.refused("/evidence/destructions", url.Values{"evidence": {f}, "evid_grounds": {"ordered"}, "evid_reason": {"r"}, "evid_authority": {"Court"}, "evid_letter": {"1"}}, http.StatusConflict, "A hold stands in the way")
		}
		want(t, "the page of the case", text(ani.page("/cases/"+itoa(id))), "2 legal holds keep what this case has.", "See the holds")
		// Who only reads learns that it is held, and not the words.
		reader := w.reviewer("Citra", auth.AllQueues, auth.Reviewer)
		body = reader.page(caseAt(id, "evidence"))
		want(t, "a reviewer's page", text(body), "Legal holds", "For those who set holds")
		unwanted(t, "a reviewer's page", body, "canary", "LP/17", `action="/evidence/holds"`)
		// Somebody of another queue learns nothing of it.
		far := w.reviewer("Dewi", "hotline", auth.Senior)
		unwanted(t, "another queue's list", far.page("/evidence/holds"), "/cases/"+itoa(id), "canary")
		far.refused("/evidence/holds", url.Values{"evid_scope": {itoa(id)}, "evid_reason": {"r"}, "evid_authority": {"a"}}, http.StatusUnprocessableEntity, "There is no such case or file")
		if a := far.get("/evidence/files/" + file); a.status != http.StatusNotFound {
			t.Errorf("another queue's file: %d", a.status)
		}
		if a := far.post("/evidence/holds/1", url.Values{"act": {"release"}}); a.status != http.StatusNotFound {
			t.Errorf("another queue's hold: %d", a.status)
		}
		budi.refused("/evidence/holds/1", url.Values{"act": {"renew"}, "until": {""}}, http.StatusUnprocessableEntity, "Choose a last day")
		day := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
		budi.refused("/evidence/holds/1", url.Values{"act": {"renew"}, "until": {day}}, http.StatusUnprocessableEntity, "Choose a last day") // it has no end
		body = budi.done("/evidence/holds", url.Values{"evid_scope": {file}, "evid_reason": {"r"}, "evid_authority": {"a"}, "evid_until": {day}})
		want(t, "the list", text(body), "Hold 3", "One file")
		later := time.Now().AddDate(0, 2, 0).Format(time.DateOnly)
		want(t, "renewed", text(budi.done("/evidence/holds/3", url.Values{"act": {"renew"}, "until": {later}})), "The hold was renewed", "renewed 1 time")
		for _, n := range []string{"1", "2", "3"} {
			want(t, "released", text(budi.done("/evidence/holds/"+n, url.Values{"act": {"release"}})), "The hold was released")
		}
		budi.refused("/evidence/holds/1", url.Values{"act": {"release"}}, http.StatusConflict, "released already")
		want(t, "the past", text(budi.page("/evidence/holds?show=past")), "Hold 1", "Released by")
		body = ani.done("/evidence/destructions", url.Values{"evidence": {file}, "evid_grounds": {"ordered"}, "evid_reason": {"r"}, "evid_authority": {"Court"}, "evid_letter": {"1"}})
		want(t, "asked", text(body), "It waits for a second person", "You asked. Another person must destroy it")
		if _, err := w.db.VerifyCustody(t.Context(), storetest.Verifier(t), "", nil); err != nil {
			t.Error(err)
		}
	})
}

// TestDestructionInTheConsole: two people, the refusals in words, and a
// certificate that verifies.
func TestDestructionInTheConsole(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ani, budi := w.twoSeniors()
		id := w.finding(textFinding("gone"))
		file, over := w.seal("a test card", id), w.seal("another", id)
		w.clock(over, time.Now().Add(-time.Hour))
		ask := func(grounds string) url.Values {
			return url.Values{"evidence": {file}, "evid_grounds": {grounds}, "evid_reason": {"canary-why"}}
		}
		ani.refused("/evidence/destructions", ask(""), http.StatusUnprocessableEntity, "Choose the grounds")
		body := ani.refused("/evidence/destructions", ask("ordered"), http.StatusUnprocessableEntity, "State the authority")
		want(t, "the form", body, "canary-why", `value="ordered" required checked`)
		ani.refused("/evidence/destructions", ask("expired"), http.StatusConflict, "Nobody has said for how long")
		body = ani.done("/evidence/destructions", ask("mistaken"))
		want(t, "asked", text(body), "Kept by mistake", "canary-why")
		want(t, "the frame of one that waits", ani.page("/evidence/destructions/1"), `<nav class="wide"`, "Ani")
		ani.refused("/evidence/destructions", ask("mistaken"), http.StatusConflict, "somebody asked already")
		// The same person, even with the address at hand.
		ani.refused("/evidence/destructions/1/destroy", nil, http.StatusForbidden, "It takes two people")
		// A clock that begins after the wish stops it, and the page says until when.
		until := time.Now().AddDate(1, 0, 0)
		w.clock(file, until)
		budi.refused("/evidence/destructions/1/destroy", nil, http.StatusConflict, "the clock of a law runs", until.Format("2006"))
		want(t, "refused", text(budi.done("/evidence/destructions/1/refuse", nil)), "It was refused. Nothing changed.")
		budi.refused("/evidence/destructions/1/destroy", nil, http.StatusConflict, "This was decided already")
		// What is over is listed, asked for and destroyed.
		want(t, "the page", ani.page("/evidence/destructions"), "Need not be kept any longer", over)
		second := ani.post("/evidence/destructions", url.Values{"evidence": {over}, "evid_grounds": {"expired"}, "evid_reason": {"over"}}).header.Get("Location")
		second, _, _ = strings.Cut(second, "?")
		w.sealAct(func(tx *store.Tx) error {
			_, err := w.sealed.AddHold(tx, "person:1", evidence.Scope{Evidence: over}, evidence.NewHold{Reason: "r", Authority: "a"})
			return err
		})
		body = budi.page(second)
		want(t, "under a hold", text(body), "It cannot be destroyed: 1 hold covers it.")
		unwanted(t, "under a hold", body, "/destroy\"")
		budi.refused(second+"/destroy", nil, http.StatusConflict, "A hold stands in the way")
		w.sealAct(func(tx *store.Tx) error { return w.sealed.ReleaseHold(tx, "person:1", 1) })
		body = budi.done(second+"/destroy", nil)
		want(t, "destroyed", text(body), "The certificate is below", "jaga destruction certificate 1", over)
		a := budi.get(second + "/certificate")
		said, err := evidence.OpenCertificate(a.body, storetest.Verifier(t))
		if err != nil || !strings.Contains(said, over) || !strings.Contains(a.header.Get("Content-Disposition"), "certificate-") {
			t.Errorf("the certificate: %v %q %s", err, said, a.header)
		}
		want(t, "the file", text(budi.page("/evidence/files/"+over)), "Destroyed", "Nobody can read it again")
		want(t, "the case", text(budi.page(caseAt(id, ""))), "1 destroyed")
		if a := budi.get("/evidence/destructions/1/certificate"); a.status != http.StatusNotFound {
			t.Errorf("a certificate of what was refused: %d", a.status)
		}
		// An administrator sees no case, and can carry out what was asked.
		admin := w.member(auth.Grant{Role: auth.Administrator, Queue: auth.AllQueues})
		unwanted(t, "an administrator's page", admin.page(second), `href="/cases/`)
	})
}

// TestHandingOutInTheConsole: asked by one, agreed by another, fetched once; what
// arrives verifies, with the receiver's key up to what came in.
func TestHandingOutInTheConsole(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ani, budi := w.twoSeniors()
		id := w.finding(textFinding("out"))
		one, two := w.seal("a test card", id), w.seal("another test card", id)
		ask := func(key string) url.Values {
			return url.Values{"evid_reason": {"canary-why"}, "evid_authority": {"canary-police"}, "evid_letter": {"LP/17"}, "evid_to": {key}}
		}
		secret := agency().String()
		body := ani.refused(caseAt(id, "evidence/exports"), ask("age1nonsense"), http.StatusUnprocessableEntity, "public keys of age")
		want(t, "the form", body, "canary-why", `id="evid_to-fault"`)
		ani.refused(caseAt(id, "evidence/exports"), ask(""), http.StatusUnprocessableEntity, "public keys of age")
		// A wish names some of the files, and none of another case.
		some := ask(agency().Recipient().String())
		some.Set("evidence", "0193a1e6-0000-7000-8000-000000000001")
		want(t, "a file that is not there", ani.refused(caseAt(id, "evidence/exports"), some, http.StatusUnprocessableEntity, "is not of this case"), `id="evid_files-fault"`, "0193a1e6-0000-7000-8000-000000000001")
		want(t, "asked", text(ani.done(caseAt(id, "evidence/exports"), ask(agency().Recipient().String()))), "Request 1", "canary-police", "Waits for a second person")
		want(t, "the case", text(ani.page(caseAt(id, ""))), "1 request waits")
		ani.refused("/evidence/exports/1/approve", nil, http.StatusForbidden, "It takes two people")
		ani.refused("/evidence/exports/1/fetch", nil, http.StatusConflict, "nobody agreed yet")
		far := w.reviewer("Dewi", "hotline", auth.Senior)
		if a := far.post("/evidence/exports/1/approve", nil); a.status != http.StatusNotFound {
			t.Errorf("another queue's request: %d", a.status)
		}
		reader := w.reviewer("Citra", auth.AllQueues, auth.Reviewer)
		unwanted(t, "a reviewer's page", reader.page("/evidence/exports"), "canary", "LP/17")
		want(t, "approved", text(budi.done("/evidence/exports/1/approve", nil)), "You agreed", "Who asked can fetch it now")
		budi.refused("/evidence/exports/1/fetch", nil, http.StatusForbidden, "It takes two people")
		// A way that breaks off leaves no whole bundle, and can be gone again.
		ani.breaksOff("/evidence/exports/1/fetch")
		want(t, "broken off", text(ani.page("/evidence/exports")), "Broke off")
		a := ani.post("/evidence/exports/1/fetch", nil)
		if a.status != http.StatusOK || !strings.HasSuffix(a.header.Get("Content-Disposition"), `.zip"`) {
			t.Fatalf("fetched: %d %s", a.status, a.header)
		}
		ani.refused("/evidence/exports/1/fetch", nil, http.StatusConflict, "it was handed out")
		want(t, "done", text(ani.page("/evidence/exports")), "Handed out", "Digest of the facts")
		open, err := sealto.Opener(secret)
		if err != nil {
			t.Fatal(err)
		}
		verify := func(data []byte, open func(io.Reader) (io.Reader, error)) *custody.Report {
			r, err := custody.VerifyBundle(bytes.NewReader(data), int64(len(data)), custody.VerifyOptions{Key: storetest.Verifier(t), Open: open})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		if r := verify([]byte(a.body), nil); !r.OK || r.Sealed != 3 || len(r.NotChecked) != 1 || r.Facts.Reference != "LP/17" {
			t.Errorf("without the key: %+v", r)
		}
		if r := verify([]byte(a.body), open); !r.OK || r.Opened != 3 || len(r.NotChecked) != 0 {
			t.Errorf("with the key: %+v", r)
		}
		bad := []byte(a.body)
		bad[bytes.Index(bad, []byte(sealto.Header))+200]++
		if r := verify(bad, nil); r.OK || len(r.Problems) == 0 || !strings.HasPrefix(r.Problems[0].Where, "data/files/") {
			t.Errorf("tampered with: %+v", r.Problems)
		}
		// Neither content, nor names, nor digests stand in the bundle in the clear.
		sum := sha256.Sum256([]byte("a test card"))
		for _, word := range []string{"a test card", "canary", hex.EncodeToString(sum[:])} {
			if strings.Contains(a.body, word) {
				t.Errorf("the bundle holds %q", word)
			}
		}
		// Records alone need one person.
		a = budi.post(caseAt(id, "evidence/records"), url.Values{"evid_letter": {"LP/18"}})
		if r := verify([]byte(a.body), nil); a.status != http.StatusOK || !r.OK || len(r.Facts.Files) != 0 || r.Facts.Reference != "LP/18" || r.Records < 8 {
			t.Errorf("records: %d %+v", a.status, r)
		}
		if _, err := w.db.VerifyCustody(t.Context(), storetest.Verifier(t), "", nil); err != nil {
			t.Error(err)
		}
		// Two of three files.
		w.seal("a third", id)
		some.Set("evidence", two+"\n"+one)
		ani.done(caseAt(id, "evidence/exports"), some)
		if err := w.db.View(t.Context(), func(tx *store.Tx) error {
			all, err := w.sealed.Exports(tx, id, 0, 1)
			if err != nil {
				return err
			}
			files, err := w.sealed.ExportFiles(tx, all[0].ID)
			if len(files) != 2 || files[0].ID != one || files[1].ID != two {
				t.Errorf("the wish names %v", files)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

// breaksOff posts a form over a line that breaks after a few bytes.
func (w *world) breaksOff(path string) {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, nil)
	r.AddCookie(&http.Cookie{Name: "jaga_session", Value: w.session})
	defer func() {
		if e := recover(); e != http.ErrAbortHandler { //nolint:errorlint // it is panicked with as it is
			w.t.Errorf("the answer ended with %v", e)
		}
	}()
	w.h.ServeHTTP(&broken{header: http.Header{}}, r)
}

// broken takes a few bytes and no more.
type broken struct {
	header http.Header
	n      int
}

func (b *broken) Header() http.Header { return b.header }
func (b *broken) WriteHeader(int)     {}
func (b *broken) Write(p []byte) (int, error) {
	if b.n += len(p); b.n > 100 {
		return 0, errors.New("the line is broken")
	}
	return len(p), nil
}

// TestHandingOutIsFlat sends a large bundle without holding it.
func TestHandingOutIsFlat(t *testing.T) {
	w := open(t, storetest.Open(t, storetest.SQLite(t))).signIn()
	ani, budi := w.twoSeniors()
	id := w.finding(textFinding("large"))
	const size = 48 << 20
	it, err := w.sealed.Put(t.Context(), "key:1", evidence.Acquisition{Tool: "jaga", Operator: "key:1", Source: "x", Method: "upload", At: time.Now()}, io.LimitReader(nulls{}, size))
	if err != nil {
		t.Fatal(err)
	}
	w.sealAct(func(tx *store.Tx) error { return w.sealed.Promote(tx, "system", it.ID, id) })
	ani.done(caseAt(id, "evidence/exports"), url.Values{"evid_reason": {"r"}, "evid_authority": {"a"}, "evid_to": {agency().Recipient().String()}})
	budi.done("/evidence/exports/1/approve", nil)
	r := httptest.NewRequest(http.MethodPost, "/evidence/exports/1/fetch", nil)
	r.AddCookie(&http.Cookie{Name: "jaga_session", Value: ani.session})
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	m := &metered{header: http.Header{}, before: before.HeapAlloc}
	w.h.ServeHTTP(m, r)
	if m.n < size || m.most > 16<<20 {
		t.Errorf("%d bytes sent, at most %d MiB more memory", m.n, m.most>>20)
	}
}

type nulls struct{}

func (nulls) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// metered counts what is sent, and looks at memory meanwhile.
type metered struct {
	header       http.Header
	n, looked    int64
	before, most uint64
}

func (m *metered) Header() http.Header { return m.header }
func (m *metered) WriteHeader(int)     {}
func (m *metered) Write(p []byte) (int, error) {
	if m.n += int64(len(p)); m.n-m.looked > 12<<20 {
		m.looked = m.n
		runtime.GC() // what is held, without what is only left over
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		m.most = max(m.most, now.HeapAlloc-min(now.HeapAlloc, m.before))
	}
	return len(p), nil
}

// A clock that waits for its report has no end, and says so.
func TestClocksWithoutAnEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ani, _ := w.twoSeniors()
		id := w.seal("a test card", w.finding(textFinding("waits")))
		w.sealAct(func(tx *store.Tx) error {
			return w.sealed.AddClocks(tx, "system", evidence.Scope{Evidence: id}, []evidence.Clock{{Profile: "us-2258a", Version: "1", What: "content", Start: time.Now()}})
		})
		body := ani.page("/evidence/files/" + id)
		want(t, "the file", body, "No end yet: it begins with a report")
		unwanted(t, "the file", body, "9999")
		unwanted(t, "the list", ani.page("/evidence"), "9999")
	})
}
