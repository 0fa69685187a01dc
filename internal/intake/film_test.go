package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/vpdq"
)

// films makes a film of six seconds, another of twelve in whose middle the first
// stands, re-encoded, and a picture of the first's last second.
func films(t *testing.T) (known, longer, picture []byte) {
	t.Helper()
	ffmpeg, dir := need.Tool(t, "ffmpeg"), t.TempDir()
	run := func(name string, args ...string) []byte {
		t.Helper()
		path := filepath.Join(dir, name)
		if out, err := exec.Command(ffmpeg, append(append([]string{"-v", "error", "-nostdin", "-y"}, args...), path)...).CombinedOutput(); err != nil {
			t.Fatalf("ffmpeg: %v: %s", err, out)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	zoom := []string{"-f", "lavfi", "-i", "mandelbrot=s=320x240:r=10:end_scale=0.01,format=yuv420p"}
	known = run("known.mp4", append(zoom, "-t", "6", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18")...)
	longer = run("longer.mkv", "-f", "lavfi", "-t", "3", "-i", "testsrc=s=320x240:r=10", "-i", filepath.Join(dir, "known.mp4"), "-f", "lavfi", "-t", "3", "-i", "smptebars=s=320x240:r=10",
		"-filter_complex", "[0:v]format=yuv420p,setsar=1[a];[1:v]setsar=1[b];[2:v]format=yuv420p,setsar=1[c];[a][b][c]concat=n=3:v=1:a=0", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "30")
	picture = run("picture.png", "-ss", "5", "-i", filepath.Join(dir, "known.mp4"), "-frames:v", "1")
	return known, longer, picture
}

// TestFilms: a film in which a known one stands is found with its seconds, also
// when the known one is listed later; so is a known picture, and a picture of a
// known film.
func TestFilms(t *testing.T) {
	t.Parallel()
	known, longer, picture := films(t)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		before := w.take(t, file(longer))
		if before.Item.Kind != jaga.KindVideo || before.Outcome.State() != jaga.StateNotChecked || why(before.Outcome, jaga.DetectorVPDQ) != jaga.WhyNoBanks {
			t.Errorf("without banks nothing is clear: %+v", before.Outcome)
		}
		// The list of the known film, as others share it.
		look, err := w.in.Look(t.Context(), file(known))
		if err != nil {
			t.Fatal(err)
		}
		film := filmOf(t, look.Signals)
		if _, err := w.banks.Create(t.Context(), "person:1", bank.Defaults("FILMS")); err != nil {
			t.Fatal(err)
		}
		if _, err := w.banks.Import(t.Context(), "person:1", "FILMS", strings.NewReader(film.List()), bank.ImportOptions{Type: jaga.VPDQ}); err != nil {
			t.Fatal(err)
		}
		check := func(name string, rec intake.Record) {
			t.Helper()
			if rec.Outcome.State() != jaga.StateFindings || len(rec.Outcome.Matches) != 1 {
				t.Fatalf("%s: %+v", name, rec.Outcome)
			}
			f := rec.Outcome.Matches[0].Film
			if len(f.Query) != 1 || f.Query[0].From != 3 || f.Query[0].To != 9 || f.StoredPercent != 100 || f.QuerySeconds != 11 {
				t.Errorf("%s: %+v", name, f)
			}
		}
		rec := w.take(t, file(longer))
		check("a film with a known one", rec)
		if !slices.Contains(rec.Outcome.Checked, jaga.DetectorVPDQ) || slices.Contains(rec.Outcome.Checked, jaga.DetectorPDQ) {
			t.Errorf("checked %v", rec.Outcome.Checked)
		}
		stored, err := w.in.Get(t.Context(), rec.Item.ID)
		if err != nil {
			t.Fatal(err)
		}
		check("stored", stored)
		if len(filmOf(t, stored.Signals)) != 12 {
			t.Errorf("signals as stored: %+v", stored.Signals)
		}
		work, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- db.Work(work, 1, map[string]store.Handler{bank.GrewJob: w.in.Rematch}) }()
		for range 200 {
			if late, err := w.in.Get(t.Context(), before.Item.ID); err != nil || late.Late {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		stop()
		<-done
		if late, err := w.in.Get(t.Context(), before.Item.ID); err != nil || !late.Late {
			t.Errorf("the film that came before its list: %+v, error %v", late.Outcome, err)
		} else {
			check("late", late)
		}
		hashes := w.take(t, intake.Request{Signals: []jaga.Signal{{Type: jaga.VPDQ, Value: filmOf(t, stored.Signals).List()}}})
		check("as hashes", hashes)
		if _, err := w.in.Take(t.Context(), intake.Request{Signals: []jaga.Signal{{Type: jaga.VPDQ, Value: engine.FilmValue(film).String()}}}); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("a film by its digest alone: %v", err)
		}
		rec = w.take(t, file(picture))
		if len(rec.Outcome.Matches) != 1 || !slices.Equal(rec.Outcome.Matches[0].Film.Stored, []jaga.Range{{From: 5, To: 5}}) {
			t.Errorf("a picture of a known film: %+v", rec.Outcome.Matches)
		}
		w.list(t, "PICTURES", picture)
		rec = w.take(t, intake.Request{Body: bytes.NewReader(longer), Banks: []string{"PICTURES"}})
		if len(rec.Outcome.Matches) != 1 || rec.Outcome.Matches[0].Film.Stored != nil || !slices.ContainsFunc(rec.Outcome.Matches[0].Film.Query, func(r jaga.Range) bool { return r.From <= 8 && r.To >= 8 }) {
			t.Errorf("a film with a known picture: %s", fmt.Sprint(rec.Outcome.Matches))
		}
	})
}

func filmOf(t *testing.T, signals []jaga.Signal) vpdq.Video {
	t.Helper()
	for _, s := range signals {
		if s.Type == jaga.VPDQ {
			v, err := vpdq.ParseBinary([]byte(s.Frames))
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Fatal("no film among the signals")
	return nil
}
