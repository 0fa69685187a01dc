package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/internal/web/console"
)

// shapes is a double of the vault: generated shapes by number.
type shapes struct {
	mu     sync.Mutex
	opened int            // how often content was opened
	films  map[int][]byte // what films and sounds hold
}

func shapeID(n int) string { return fmt.Sprintf("01900000-0000-7000-8000-%012d", n) }

func shapeKey(n int) string { return fmt.Sprintf("%064x", n) }

// The shapes: 1 to 9 are pictures, 3 is of the hardest class, 4 a film, 5 no
// picture although it says so; 2 was decided. 10 is a sound, and 11 no film
// although it says so.
func (s *shapes) Veiled(_ context.Context, _ string, caseID int64, evidence string) (console.Veiled, error) {
	n := 0
	if _, err := fmt.Sscanf(evidence, "01900000-0000-7000-8000-%d", &n); err != nil || n < 1 || n > 11 || caseID != 1 {
		return console.Veiled{}, jaga.Errorf(jaga.CodeNotFound, "there is no such file")
	}
	v := console.Veiled{Key: shapeKey(n), Kind: jaga.KindImage, Bytes: int64(len(shape(n))), Width: 240, Height: 180, Matches: int64(n), Class: "A1"}
	v.Hardest = n == 3
	if n == 4 || n > 9 {
		v.Kind, v.Bytes, v.Width, v.Height, v.Class = jaga.KindVideo, 1<<30, 0, 0, ""
	}
	if n == 10 {
		v.Kind = jaga.KindAudio
	}
	return v, nil
}

// May lets everybody see the files of case 1.
func (s *shapes) May(_ context.Context, _ string, caseID int64) error {
	if caseID != 1 {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such case")
	}
	return nil
}

func shape(n int) []byte {
	if n == 5 {
		return []byte("not a picture")
	}
	return testpic.JPEG(testpic.Photo(uint64(n), 240, 180), 90)
}

type opened struct{ *bytes.Reader }

func (opened) Close() error { return nil }

func (s *shapes) Open(_ context.Context, _ string, v console.Veiled) (console.Source, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened++
	n := 0
	_, err := fmt.Sscanf(v.Key, "%x", &n)
	if film, ok := s.films[n]; ok {
		return opened{bytes.NewReader(film)}, err
	}
	return opened{bytes.NewReader(shape(n))}, err
}

func (s *shapes) times() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// looks fills the pages of looking: the reader has looked, a file was decided, a
// session waits for a second person, and the team has weeks behind it.
func (w *world) looks() {
	w.t.Helper()
	ctx := w.t.Context()
	if _, err := w.look.Open(ctx, "person:2", look.Ask{Case: 1, Purpose: look.Review, NeedsSecond: true}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.look.OptOut(ctx, "person:1", "B2"); err != nil {
		w.t.Fatal(err)
	}
	l := look.DefaultLimits()
	l.Support = "Talk to Ibu Sari, room 3, or ring 0800 000 000 at any hour"
	if err := w.look.SetLimits(ctx, "person:1", l); err != nil {
		w.t.Fatal(err)
	}
	err := w.db.Bulk(ctx, func(tx *store.Tx) error {
		if err := w.look.Decided(tx, "person:2", shapeKey(2), 1); err != nil {
			return err
		}
		now := time.Now()
		add := func(person, file int, at time.Time, seconds int64) error {
			_, err := tx.Exec(`INSERT INTO look_reveals (session_id, case_id, person, file_key, kind, class, began_at, beat_at, ended_at, served, held, shown)
				VALUES (1, 1, $1, $2, 'image', $3, $4, $4, $4, 1, $5, $5)`, fmt.Sprintf("person:%d", person), shapeKey(file), []string{"A1", ""}[file%2], at.UnixMicro(), seconds*1_000_000)
			return err
		}
		for day := range 12 {
			for i := range 1 + day%4 {
				if err := add(1, i, now.AddDate(0, 0, -day).Add(-time.Hour), int64(60+97*((day*7+i)%5))); err != nil {
					return err
				}
			}
		}
		for week := range 10 {
			for p := range 4 + week%3 {
				for file := range 2 {
					if err := add(10+p, file, now.AddDate(0, 0, -7*(week+1)), int64(600+300*((p+week)%4))); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// asks posts what a script asks, and reads the answer.
func (w *world) asks(path string, body any, into any) int {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	a := w.send(r)
	if into != nil {
		if err := json.Unmarshal([]byte(a.body), into); err != nil {
			w.t.Fatalf("POST %s: %d %s", path, a.status, a.body)
		}
	}
	return a.status
}

type shown struct {
	Session int64
	Consent string
	Reveal  int64
	Field   string
	Title   string
	Lines   []string
}

func (w *world) openLook(n int, p look.Purpose) shown {
	w.t.Helper()
	var a shown
	if s := w.asks("/look/sessions", map[string]any{"case": 1, "evidence": shapeID(n), "purpose": p}, &a); s != http.StatusOK {
		w.t.Fatalf("open: %d %+v", s, a)
	}
	return a
}

func (w *world) bytes(reveal int64, n int, header map[string]string) answer {
	w.t.Helper()
	return w.from(fmt.Sprintf("/look/reveals/%d/bytes?evidence=%s", reveal, shapeID(n)), header)
}

// part asks as an element does that plays a film.
func (w *world) part(reveal int64, n int, header map[string]string) answer {
	w.t.Helper()
	return w.from(fmt.Sprintf("/look/reveals/%d/film?evidence=%s", reveal, shapeID(n)), header)
}

func (w *world) from(path string, header map[string]string) answer {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	return w.send(r)
}

var byScript = map[string]string{"Jaga-Look": "1"}

// TestBytesNeedARunningReveal tries every way to the bytes of a file.
func TestBytesNeedARunningReveal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if a := w.bytes(1, 1, byScript); a.status != http.StatusConflict {
			t.Errorf("without a reveal: %d", a.status)
		}
		s := w.openLook(1, look.Review)
		var a shown
		if status := w.asks("/look/reveals", map[string]any{"session": s.Session, "case": 1, "evidence": shapeID(1)}, &a); status != http.StatusOK || a.Reveal == 0 {
			t.Fatalf("begin: %d %+v", status, a)
		}
		if got := w.bytes(a.Reveal, 1, nil); got.status != http.StatusNotFound {
			t.Errorf("by a link: %d", got.status)
		}
		if got := w.bytes(a.Reveal, 6, byScript); got.status != http.StatusNotFound {
			t.Errorf("of another file: %d", got.status)
		}
		if w.shapes.times() != 0 {
			t.Errorf("content was opened %d times for what was refused", w.shapes.times())
		}
		got := w.bytes(a.Reveal, 1, byScript)
		if got.status != http.StatusOK || got.body != string(shape(1)) || got.header.Get("Cache-Control") != "no-store" || got.header.Get("Content-Type") != "application/octet-stream" || got.header.Get("Content-Disposition") != "" {
			t.Errorf("%d %v", got.status, got.header)
		}
		got = w.bytes(a.Reveal, 1, map[string]string{"Jaga-Look": "1", "Range": "bytes=2-5"})
		if got.status != http.StatusPartialContent || got.body != string(shape(1)[2:6]) || !strings.HasPrefix(got.header.Get("Content-Range"), "bytes 2-5/") {
			t.Errorf("a range: %d %q %v", got.status, got.body, got.header)
		}
		w.asks(fmt.Sprintf("/look/reveals/%d/end", a.Reveal), map[string]any{}, nil)
		if got := w.bytes(a.Reveal, 1, byScript); got.status != http.StatusConflict {
			t.Errorf("after the end: %d", got.status)
		}
		if status := w.asks("/look/sessions", map[string]any{"case": 1, "evidence": shapeID(1), "purpose": "curiosity"}, &a); status != http.StatusUnprocessableEntity {
			t.Errorf("a purpose of one's own: %d", status)
		}
		// A session for an easy file does not open a hard one.
		if status := w.asks("/look/reveals", map[string]any{"session": s.Session, "case": 1, "evidence": shapeID(3)}, &a); status != http.StatusConflict || a.Field != "expired" {
			t.Errorf("the hardest in another's session: %d %+v", status, a)
		}
		hard := w.openLook(3, look.Review)
		if status := w.asks("/look/reveals", map[string]any{"session": hard.Session, "case": 1, "evidence": shapeID(3)}, &a); status != http.StatusForbidden || a.Field != "second" || hard.Consent == "" {
			t.Errorf("without a second person: %d %+v", status, a)
		}
		if got := w.post(hard.Consent, nil); got.status != http.StatusForbidden {
			t.Errorf("consent to one's own session: %d", got.status)
		}
		// What was refused is told in the reader's language.
		w.lang = "id"
		l := look.DefaultLimits()
		l.All.ShiftFiles, l.Support = 0, "Bu Sari"
		if err := w.look.SetLimits(t.Context(), "person:1", l); err != nil {
			t.Fatal(err)
		}
		s = w.openLook(7, look.Review)
		if status := w.asks("/look/reveals", map[string]any{"session": s.Session, "case": 1, "evidence": shapeID(7)}, &a); status != http.StatusForbidden || a.Field != "budget" || a.Title != "Cukup untuk sekarang" || a.Lines[len(a.Lines)-1] != "Bu Sari" {
			t.Errorf("budget: %d %+v", status, a)
		}
	})
}

func TestLookPages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.looks()
		body := w.page("/look/cases/1/" + shapeID(1))
		want(t, "file", body, "Picture", "240 × 180", "1 match", "Hold to show", "Veiled", `<canvas width="0" height="0"`)
		unwanted(t, "file", body, shapeKey(1), "<img", "<video", "download")
		want(t, "decided", w.page("/look/cases/1/"+shapeID(2)), "No look is needed", "A colleague decided", "Second review")
		unwanted(t, "decided", w.page("/look/cases/1/"+shapeID(2)), "person:2", "First sorting")
		want(t, "video", w.page("/look/cases/1/"+shapeID(4)), "Video", "Hold to show", "Show for 15 seconds", "Play while it is shown", "With sound")
		unwanted(t, "video", w.page("/look/cases/1/"+shapeID(4)), "<video", "<audio", "download")
		want(t, "sound", w.page("/look/cases/1/"+shapeID(10)), "With sound", "its sound was on for a second")
		unwanted(t, "sound", w.page("/look/cases/1/"+shapeID(10)), "Play while", "Blur")
		if a := w.get("/look/cases/2/" + shapeID(1)); a.status != http.StatusNotFound {
			t.Errorf("another case: %d", a.status)
		}
		want(t, "mine", w.page("/look/me"), "of 45 minutes", "of 150 files", "No to class B2", "Ibu Sari")
		w.done("/look/me", url.Values{"class": {""}})
		want(t, "mine", w.page("/look/me"), "You look at no files")
		if may, err := w.look.MayLook(t.Context(), "person:1", shapeKey(1), "A1"); err != nil || may.Why != "opt_out" {
			t.Errorf("%v, %v", may, err)
		}
		w.done("/look/me", url.Values{"class": {""}, "do": {"in"}})
		team := w.page("/look/team")
		want(t, "team", team, "5 or more", "weeks are not shown")
		unwanted(t, "team", team, "person:1")
		form := url.Values{"shift_minutes": {"30"}, "week_minutes": {"100"}, "shift_files": {"50"}, "week_files": {"200"}, "break_after": {"20"}, "break_for": {"15"}, "support": {"x"}}
		want(t, "limits", w.done("/look/team", form), "The limits are saved")
		if l, err := w.look.Limits(t.Context()); err != nil || l.All.ShiftSeconds != 1800 || l.BreakFor != 15 {
			t.Errorf("%+v, %v", l, err)
		}
		form.Set("shift_minutes", "9999")
		if a := w.post("/look/team", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `aria-describedby="shift_minutes-fault"`) || !strings.Contains(a.body, `value="9999"`) {
			t.Errorf("out of bounds: %d", a.status)
		}
	})
}

// TestBreakIsToldKindly: what a pause says holds a time, a way out and somebody to
// talk to, in the reader's language.
func TestBreakIsToldKindly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.looks()
		err := w.db.Bulk(t.Context(), func(tx *store.Tx) error {
			for i := range 7 {
				at := time.Now().Add(time.Duration(i-7) * 5 * time.Minute).UnixMicro()
				if _, err := tx.Exec(`INSERT INTO look_reveals (session_id, case_id, person, file_key, kind, class, began_at, beat_at, ended_at, served, held, shown)
					VALUES (1, 1, 'person:1', $1, 'image', '', $2, $2, $2, 1, 1000000, 1000000)`, shapeKey(i), at); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for lang, title := range map[string]string{"en": "Time for a pause", "id": "Saatnya jeda"} {
			w.lang = lang
			s := w.openLook(9, look.Review)
			var a shown
			if status := w.asks("/look/reveals", map[string]any{"session": s.Session, "case": 1, "evidence": shapeID(9)}, &a); status != http.StatusForbidden || a.Field != "break" || a.Title != title || len(a.Lines) != 3 || !strings.Contains(a.Lines[2], "Ibu Sari") {
				t.Errorf("%s: %d %+v", lang, status, a)
			}
		}
		w.lang = "en"
		want(t, "mine", w.page("/look/me"), "Your pause goes on until")
	})
}
