package evidence_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/vault"
)

// reads returns the ranges that the custody log says were read of a file.
func (s *site) reads(id string) (out [][2]int64) {
	s.t.Helper()
	s.must(s.db.View(context.Background(), func(tx *store.Tx) error {
		trail, err := store.CustodyTrail(tx, "evidence:"+id, 10_000)
		for _, r := range trail {
			if r.Action == "evidence.read" {
				var from, to int64
				if _, err := fmt.Sscanf(between(r.Detail, `"from":"`)+" "+between(r.Detail, `"to":"`), "%d %d", &from, &to); err != nil {
					return err
				}
				out = append(out, [2]int64{from, to})
			}
		}
		return err
	}))
	return out
}

func between(text, begin string) string {
	_, rest, _ := strings.Cut(text, begin)
	word, _, _ := strings.Cut(rest, `"`)
	return word
}

// Law: no byte is handed out that no custody record covers, whoever reads what
// in whatever order, several at once.
func TestEveryByteReadIsOnRecord(t *testing.T) {
	t.Parallel()
	s := open(t, storetest.Open(t, storetest.SQLite(t)))
	data := make([]byte, 9<<20)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data)
	it := s.keep(string(data), 1)
	f, err := s.Open(t.Context(), ani, s.grant(it.ID, ani))
	s.must(err)
	defer f.Close()
	if n := len(s.reads(it.ID)); n != 0 {
		t.Fatalf("%d ranges are on record before anything was read", n)
	}
	var mu sync.Mutex
	var got [][2]int64
	var wg sync.WaitGroup
	for g := range uint64(3) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(g, 2))
			for range 12 {
				p := make([]byte, 1+r.IntN(300_000))
				off := r.Int64N(int64(len(data)))
				n, err := f.ReadAt(p, off)
				if err != nil && err != io.EOF || !bytes.Equal(p[:n], data[off:off+int64(n)]) {
					t.Errorf("%d bytes at %d: error %v", n, off, err)
				}
				mu.Lock()
				got = append(got, [2]int64{off, off + int64(n)})
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	covered := make([]bool, len(data))
	for _, r := range s.reads(it.ID) {
		for i := r[0]; i < r[1]; i++ {
			covered[i] = true
		}
	}
	for _, g := range got {
		for i := g[0]; i < g[1]; i++ {
			if !covered[i] {
				t.Fatalf("byte %d was read and is on no record", i)
			}
		}
	}
}

// A request for a part of a film is one record of what was asked and a little
// more, not one for every buffer.
func TestServedRange(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		data := strings.Repeat("0123456789", 500_000)
		it := s.keep(data, 1)
		g := s.grant(it.ID, ani)
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f, err := s.Open(r.Context(), ani, g)
			if err != nil {
				w.WriteHeader(jaga.CodeOf(err).HTTPStatus())
				return
			}
			defer f.Close()
			http.ServeContent(w, r, "", time.Time{}, f)
		}))
		defer srv.Close()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
		s.must(err)
		req.Header.Set("Range", "bytes=2000000-2999999")
		req.Header.Set("Accept", "video/mp4")
		res, err := http.DefaultClient.Do(req)
		s.must(err)
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusPartialContent || string(body) != data[2_000_000:3_000_000] {
			t.Fatalf("status %d, %d bytes, error %v", res.StatusCode, len(body), err)
		}
		// ServeContent reads the first 512 bytes to tell what it is, where the
		// content has no type; that is a read as well.
		var inside int
		for _, r := range s.reads(it.ID) {
			if r[0] <= 2_000_000 && r[1] >= 3_000_000 {
				inside++
			}
		}
		if n := len(s.reads(it.ID)); inside != 1 || n > 2 {
			t.Errorf("on record: %v", s.reads(it.ID))
		}
	})
}

func clock(until time.Time) []evidence.Clock {
	return []evidence.Clock{{Profile: "test", Version: "1", What: "content", Start: until.Add(-time.Hour), Until: until}}
}

func (s *site) clocks(at evidence.Scope, c []evidence.Clock) {
	s.t.Helper()
	s.must(s.update(func(tx *store.Tx) error { return s.AddClocks(tx, ani, at, c) }))
}

func (s *site) hold(at evidence.Scope, until time.Time) (id int64) {
	s.t.Helper()
	s.must(s.update(func(tx *store.Tx) (err error) {
		id, err = s.AddHold(tx, ani, at, evidence.NewHold{Reason: "a request", Authority: "the police", Letter: "17", Until: until})
		return err
	}))
	return id
}

func (s *site) ask(actor, id string, g evidence.Grounds) (n int64, err error) {
	err = s.update(func(tx *store.Tx) (err error) {
		n, err = s.AskDestroy(tx, actor, evidence.NewDestruction{Evidence: id, Grounds: g, Reason: "it is over", Authority: "the police", Letter: "18"})
		return err
	})
	return n, err
}

// Law: whatever clocks and holds there are, a file is due exactly when a clock
// was set, the longest is over and no hold is active, and only then can two
// people destroy it as expired.
func TestLongestKeepAndAnyHoldWin(t *testing.T) {
	t.Parallel()
	s := open(t, storetest.Open(t, storetest.SQLite(t)))
	now := time.Now()
	caseID := int64(0)
	rapid.Check(t, func(t *rapid.T) {
		caseID++
		it := s.keep("x"+strconv.FormatInt(caseID, 10), caseID)
		scopes := []evidence.Scope{{Case: caseID}, {Evidence: it.ID}, {Case: caseID + 1_000_000}}
		clocks, held, longest := 0, false, time.Time{}
		for range rapid.IntRange(0, 3).Draw(t, "clocks") {
			at := rapid.IntRange(0, 2).Draw(t, "scope")
			until := now.Add(time.Duration(rapid.SampledFrom([]int{-48, -1, 1, 48}).Draw(t, "hours")) * time.Hour)
			s.clocks(scopes[at], clock(until))
			if at < 2 {
				clocks++
				if until.After(longest) {
					longest = until
				}
			}
		}
		for range rapid.IntRange(0, 2).Draw(t, "holds") {
			at := rapid.IntRange(0, 2).Draw(t, "scope")
			until := rapid.SampledFrom([]time.Time{{}, now.Add(time.Hour)}).Draw(t, "until")
			h := s.hold(scopes[at], until)
			if rapid.Bool().Draw(t, "released") {
				s.must(s.update(func(tx *store.Tx) error { return s.ReleaseHold(tx, ani, h) }))
			} else if at < 2 {
				held = true
			}
		}
		want := clocks > 0 && longest.Before(now) && !held
		var due []evidence.Item
		var k evidence.Standing
		s.must(s.db.View(context.Background(), func(tx *store.Tx) (err error) {
			if due, err = s.Due(tx, 1000); err == nil {
				k, err = s.Standing(tx, it.ID)
			}
			return err
		}))
		isDue := false
		for _, d := range due {
			isDue = isDue || d.ID == it.ID
		}
		if isDue != want || k.Over(now.UnixMicro()) != want {
			t.Errorf("due %v, over %v, want %v; %+v", isDue, k.Over(now.UnixMicro()), want, k)
		}
		n, err := s.ask(ani, it.ID, evidence.Expired)
		if (err == nil) != want {
			t.Errorf("asking: %v, want allowed %v", err, want)
		}
		if err == nil {
			if _, err := s.Destroy(context.Background(), budi, n); err != nil {
				t.Errorf("destroying: %v", err)
			}
		}
	})
}

func TestHolds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		it := s.keep("a test card", 5)
		end := time.Now().Add(90 * 24 * time.Hour).UTC().Truncate(time.Microsecond)
		h := s.hold(evidence.Scope{Case: 5}, end)
		if err := s.update(func(tx *store.Tx) error { return s.RenewHold(tx, ani, h, end.Add(-time.Hour)) }); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("renewed for less: %v", err)
		}
		s.must(s.update(func(tx *store.Tx) error { return s.RenewHold(tx, ani, h, end.Add(time.Hour)) }))
		var list []evidence.Hold
		s.must(s.db.View(t.Context(), func(tx *store.Tx) (err error) { list, err = s.Holds(tx, evidence.Scope{Case: 5}); return err }))
		if len(list) != 1 || list[0].Reason != "a request" || list[0].Letter != "17" || !list[0].Until.Equal(end.Add(time.Hour)) || list[0].Renewals != 1 || list[0].By != ani {
			t.Errorf("holds %+v", list)
		}
		// A file that leaves a held case takes the hold along.
		s.must(s.update(func(tx *store.Tx) error { return s.Move(tx, ani, it.ID, 6) }))
		if _, err := s.ask(ani, it.ID, evidence.Ordered); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("a held file that was moved: %v", err)
		}
		// One for a letter does not end by itself, however long its time is over.
		was := time.Now().Add(-time.Hour).UTC().Truncate(time.Microsecond)
		letter := evidence.NewHold{Reason: "a letter", Authority: "Police", Letter: "18", From: was.Add(-time.Hour), Asked: was}
		other := s.keep("another test card", 8)
		var n int64
		s.must(s.update(func(tx *store.Tx) (err error) {
			n, err = s.AddHold(tx, ani, evidence.Scope{Case: 8}, letter)
			return err
		}))
		s.must(s.update(func(tx *store.Tx) error { return s.CoverCase(tx, ani, 8, 9) }))
		s.must(s.db.View(t.Context(), func(tx *store.Tx) error {
			for _, id := range []int64{8, 9} {
				list, err := s.Holds(tx, evidence.Scope{Case: id})
				if err != nil || len(list) != 1 || !list[0].Asked.Equal(was) || !list[0].Until.IsZero() || !list[0].Active(tx.Now()) || !list[0].Past(tx.Now()) {
					t.Errorf("case %d: %+v (%v)", id, list, err)
				}
			}
			return nil
		}))
		if _, err := s.ask(ani, other.ID, evidence.Ordered); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("a file that a letter asks for: %v", err)
		}
		if err := s.update(func(tx *store.Tx) error { return s.RenewHold(tx, ani, n, was.Add(-time.Minute)) }); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("a letter was renewed for less: %v", err)
		}
		s.must(s.update(func(tx *store.Tx) error { return s.RenewHold(tx, ani, n, end) }))
		s.must(s.db.View(t.Context(), func(tx *store.Tx) error {
			h, err := s.Hold(tx, n)
			if err != nil || !h.Asked.Equal(end) || !h.Until.IsZero() || h.Past(tx.Now()) || h.Renewals != 1 {
				t.Errorf("renewed: %+v (%v)", h, err)
			}
			return nil
		}))
		letter.Until = end
		if err := s.update(func(tx *store.Tx) error { _, err := s.AddHold(tx, ani, evidence.Scope{Case: 8}, letter); return err }); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("two ends: %v", err)
		}
		s.must(s.update(func(tx *store.Tx) error { return s.ReleaseHold(tx, ani, n) }))
		s.must(s.db.View(t.Context(), func(tx *store.Tx) error {
			h, err := s.Hold(tx, n)
			s.must(err)
			if h.Active(tx.Now()) {
				t.Error("released, and holds")
			}
			return nil
		}))
		for _, bad := range []evidence.Scope{{}, {Case: 1, Evidence: it.ID}, {Case: -1}} {
			if err := s.update(func(tx *store.Tx) error {
				_, err := s.AddHold(tx, ani, bad, evidence.NewHold{Reason: "r", Authority: "a"})
				return err
			}); jaga.CodeOf(err) != jaga.CodeInvalid {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		// Quarantine is held too.
		q := s.put("in quarantine")
		hq := s.hold(evidence.Scope{Evidence: q.ID}, time.Time{})
		if err := s.Discard(t.Context(), ani, q.ID); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("a held file was discarded: %v", err)
		}
		if n, err := s.PurgeQuarantine(t.Context(), -time.Hour); n != 0 || err != nil {
			t.Errorf("%d held files were purged, error %v", n, err)
		}
		s.must(s.update(func(tx *store.Tx) error { return s.ReleaseHold(tx, ani, hq) }))
		if n, err := s.PurgeQuarantine(t.Context(), time.Hour); n != 0 || err != nil {
			t.Errorf("%d young files were purged, error %v", n, err)
		}
		if n, err := s.PurgeQuarantine(t.Context(), -time.Hour); n != 1 || err != nil {
			t.Errorf("%d files were purged, error %v", n, err)
		}
		if m, err := s.Mend(t.Context(), evidence.MendOptions{Look: true}); err != nil || m.Orphans != 0 || m.Files != 2 {
			t.Errorf("left: %+v, error %v", m, err)
		}
		if err := s.Discard(t.Context(), ani, it.ID); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("a file of a case was discarded: %v", err)
		}
	})
}

func TestDestruction(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		it := s.keep("a test card", 5)
		small, err := s.PutDerived(t.Context(), ani, it.ID, acquired(), strings.NewReader("small"))
		s.must(err)
		g := s.grant(it.ID, ani)
		f, err := s.Open(t.Context(), ani, g)
		s.must(err)
		defer f.Close()
		if _, err := s.ask(ani, it.ID, evidence.Expired); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("without a clock: %v", err)
		}
		s.clocks(evidence.Scope{Case: 5}, clock(time.Now().Add(time.Hour)))
		if _, err := s.ask("key:1", it.ID, evidence.Ordered); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("a program asked: %v", err)
		}
		n, err := s.ask(ani, it.ID, evidence.Ordered)
		s.must(err)
		if _, err := s.ask(budi, it.ID, evidence.Ordered); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("asked twice: %v", err)
		}
		for actor, code := range map[string]jaga.Code{ani: jaga.CodeDenied, "system": jaga.CodeDenied, "key:1": jaga.CodeDenied} {
			if _, err := s.Destroy(t.Context(), actor, n); jaga.CodeOf(err) != code {
				t.Errorf("%s destroyed it: %v", actor, err)
			}
		}
		// A hold that comes after the wish stops it.
		h := s.hold(evidence.Scope{Evidence: small.ID}, time.Time{})
		if _, err := s.Destroy(t.Context(), budi, n); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("a held file was destroyed: %v", err)
		}
		s.must(s.update(func(tx *store.Tx) error { return s.ReleaseHold(tx, ani, h) }))
		signed, err := s.Destroy(t.Context(), budi, n)
		s.must(err)
		text, err := evidence.OpenCertificate(signed, s.verifier)
		s.must(err)
		for _, want := range []string{it.ID, "case: 5", "working copies: 1", "asked by: " + ani, "destroyed by: " + budi, "grounds: ordered"} {
			if !strings.Contains(text, want) {
				t.Errorf("the certificate does not say %q:\n%s", want, text)
			}
		}
		if strings.Contains(text, "police") {
			t.Errorf("the certificate holds the words of the wish:\n%s", text)
		}
		if _, err := evidence.OpenCertificate(strings.Replace(signed, "case: 5", "case: 6", 1), s.verifier); err == nil {
			t.Error("a changed certificate verifies")
		}
		if _, err := custody.OpenCheckpoint(signed, s.verifier); err == nil {
			t.Error("a certificate passes for a checkpoint")
		}
		for _, id := range []string{it.ID, small.ID} {
			if got := s.item(id); got.State != evidence.Destroyed || got.DestroyedAt == 0 {
				t.Errorf("after: %+v", got)
			}
			if _, err := s.blobs.Open(t.Context(), id); jaga.CodeOf(err) != jaga.CodeNotFound {
				t.Errorf("the payload is still there: %v", err)
			}
		}
		if n, err := f.ReadAt(make([]byte, 1), 0); n > 0 || err == nil {
			t.Error("somebody who had it open still reads it")
		}
		if _, err := s.Destroy(t.Context(), budi, n); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("destroyed twice: %v", err)
		}
		s.must(s.update(func(tx *store.Tx) error {
			d, err := s.Destruction(tx, n)
			if d.Certificate != signed || d.State != "done" || d.Reason != "it is over" {
				t.Errorf("kept: %+v", d)
			}
			return err
		}))
		if _, err := s.db.VerifyCustody(t.Context(), storetest.Verifier(t), "", nil); err != nil {
			t.Error(err)
		}
	})
}

// A copy of the payloads is useless once the keys are destroyed, and a copy of
// the database from before is useless once the vault key was replaced.
func TestShreddingReachesBackups(t *testing.T) {
	t.Parallel()
	s := open(t, storetest.Open(t, storetest.SQLite(t)))
	it := s.keep("a test card", 5)
	type sealed struct {
		Header  []byte
		Version int64
	}
	var copied sealed
	s.must(s.db.View(t.Context(), func(tx *store.Tx) (err error) {
		copied, err = store.One[sealed](tx, `SELECT header, version FROM evidence WHERE id = $1`, it.ID)
		return err
	}))
	blob, err := s.blobs.Open(t.Context(), it.ID)
	s.must(err)
	payload, err := io.ReadAll(io.NewSectionReader(blob, 0, blob.Size()))
	s.must(err)
	s.must(blob.Close())
	n, err := s.ask(ani, it.ID, evidence.Ordered)
	s.must(err)
	_, err = s.Destroy(t.Context(), budi, n)
	s.must(err)
	opens := func(keys vault.Keys) error {
		v, err := vault.New(keys, "")
		s.must(err)
		_, err = v.Open(copied.Header, vault.Binding{Case: 5, File: it.ID, Version: copied.Version}, inMemory{bytes.NewReader(payload)})
		return err
	}
	// Honestly: with all three copies it still opens.
	if err := opens(s.keys); err != nil {
		t.Fatalf("the test opens nothing at all: %v", err)
	}
	s.reopen(s.keys.Rotated())
	_, err = s.Rewrap(t.Context(), "system", nil)
	s.must(err)
	if err := opens(s.keys.OnlyCurrent()); err == nil {
		t.Error("a header from before the rotation opens without the old key")
	}
}

type inMemory struct{ *bytes.Reader }

// Close implements vault.Blob.
func (inMemory) Close() error { return nil }
