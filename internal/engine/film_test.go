package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

// scene is a hash that noise moves by a few bits.
func scene(n, noise int) (h pdq.Hash) {
	rnd := rand.New(rand.NewPCG(uint64(n), 77))
	for i := range h {
		h[i] = byte(rnd.Uint32())
	}
	shake := rand.New(rand.NewPCG(uint64(n), uint64(noise)))
	for _, b := range shake.Perm(256)[:noise] {
		h[b/8] ^= 1 << (b % 8)
	}
	return h
}

// reel is a film of one frame a second with the scenes.
func reel(noise int, scenes ...int) (v vpdq.Video) {
	for i, n := range scenes {
		v = append(v, vpdq.Feature{Frame: 25 * i, Quality: 90, Hash: scene(n, noise), At: float64(i)})
	}
	return v
}

func picture(n, noise int) engine.Value {
	return engine.Value{Type: jaga.PDQ, Bytes: scene(n, noise)}
}

func ask(t *testing.T, e *engine.Engine, q engine.Query) []jaga.Match {
	t.Helper()
	q.Now = now
	a, err := e.Match(q)
	if err != nil {
		t.Fatal(err)
	}
	any, _, err := e.Any(q)
	if err != nil || any != (len(a.Matches) > 0) {
		t.Fatalf("Any says %v (error %v), Match has %d", any, err, len(a.Matches))
	}
	return a.Matches
}

func filmBank(id int64, name string, role jaga.Role, rule engine.FilmRule) engine.Bank {
	b := bank(id, name, role)
	b.Film = rule
	return b
}

// TestFilmDirections: a known film inside a longer one, a piece of a known film,
// and how each bank asks for one, the other, or both.
func TestFilmDirections(t *testing.T) {
	t.Parallel()
	known := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	longer := reel(5, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89)
	piece := reel(5, 3, 4)
	for _, c := range []struct {
		rule          engine.FilmRule
		longer, piece bool
	}{
		{engine.DefaultFilmRule(), true, true},
		{engine.FilmRule{Query: 80}, false, true},
		{engine.FilmRule{Stored: 80}, true, false},
		{engine.FilmRule{Query: 80, Both: true}, false, true}, // as python-threatexchange
		{engine.FilmRule{Query: 50, Stored: 50, Both: true}, false, false},
		{engine.FilmRule{Query: 10, Stored: 10, Both: true}, true, true},
		{engine.FilmRule{}, false, false},
		{engine.FilmRule{Both: true}, true, true},
	} {
		e := newEngine(t, filmBank(1, "FILMS", jaga.RoleMatch, c.rule))
		value := engine.FilmValue(reel(0, known...))
		insert(t, e, 1, 7, value)
		got := ask(t, e, engine.Query{Signals: []jaga.Signal{engine.FilmSignal(longer)}})
		if (len(got) == 1) != c.longer {
			t.Errorf("%+v: the longer film has %d matches", c.rule, len(got))
		}
		if len(got) == 1 {
			f := got[0].Film
			if !slices.Equal(f.Query, []jaga.Range{{From: 10, To: 20}}) || !slices.Equal(f.Stored, []jaga.Range{{From: 0, To: 9}}) ||
				f.StoredPercent != 100 || f.QueryPercent != 33.3 || f.QuerySeconds != 29 || got[0].Distance != 5 || got[0].Value != value.String() {
				t.Errorf("%+v: %+v %+v", c.rule, got[0], f)
			}
		}
		got = ask(t, e, engine.Query{Signals: []jaga.Signal{engine.FilmSignal(piece)}})
		if (len(got) == 1) != c.piece {
			t.Errorf("%+v: the piece has %d matches", c.rule, len(got))
		}
		if len(got) == 1 && !slices.Equal(got[0].Film.Stored, []jaga.Range{{From: 2, To: 4}}) {
			t.Errorf("%+v: %+v", c.rule, got[0].Film)
		}
		if got := ask(t, e, engine.Query{Signals: []jaga.Signal{engine.FilmSignal(reel(0, 60, 61))}}); len(got) != 0 {
			t.Errorf("another film matches: %+v", got)
		}
		if err := e.Delete(7, value); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, e, engine.Query{Signals: []jaga.Signal{engine.FilmSignal(longer)}}); len(got) != 0 || e.Has(1, value, now.Unix()) {
			t.Errorf("a deleted film matches or is there")
		}
	}
}

// TestPicturesAndFilms: a picture that is a frame of a known film, and a known
// picture that appears in a film, with the second at which it does.
func TestPicturesAndFilms(t *testing.T) {
	t.Parallel()
	strict := filmBank(2, "STRICT", jaga.RoleMatch, engine.DefaultFilmRule())
	strict.Threshold = 3
	e := newEngine(t, filmBank(1, "MIXED", jaga.RoleMatch, engine.DefaultFilmRule()), strict)
	insert(t, e, 1, 1, engine.FilmValue(reel(0, 1, 2, 3, 4)))
	insert(t, e, 1, 2, picture(50, 0))
	insert(t, e, 2, 3, picture(50, 0))
	insert(t, e, 2, 4, engine.FilmValue(reel(0, 3, 60)))
	frame := jaga.Signal{Type: jaga.PDQ, Value: picture(3, 8).String(), Quality: 90}
	got := ask(t, e, engine.Query{Signals: []jaga.Signal{frame}})
	if len(got) != 1 || got[0].Entry != 1 || got[0].Distance != 8 || got[0].Value != picture(3, 0).String() ||
		!slices.Equal(got[0].Film.Stored, []jaga.Range{{From: 2, To: 2}}) || got[0].Film.Query != nil || got[0].Film.StoredSeconds != 3 {
		t.Errorf("a picture of a film: %+v", got)
	}
	film := reel(8, 70, 71, 50, 50, 72, 50)
	film[0].Quality = 20
	got = ask(t, e, engine.Query{Signals: []jaga.Signal{engine.FilmSignal(film)}})
	if len(got) != 1 || got[0].Entry != 2 || got[0].Value != picture(50, 0).String() || got[0].Film.QueryMatched != 1 || got[0].Film.QueryFrames != 3 ||
		!slices.Equal(got[0].Film.Query, []jaga.Range{{From: 2, To: 4}, {From: 5, To: 5}}) || got[0].Film.Stored != nil {
		t.Errorf("a film with a picture: %+v", got)
	}
	if err := e.SetFacts(2, engine.Facts{}); err != nil {
		t.Fatal(err)
	}
	if got = ask(t, e, engine.Query{Signals: []jaga.Signal{engine.FilmSignal(film)}}); len(got) != 0 {
		t.Errorf("an entry that is switched off matches: %+v", got)
	}
	if got = ask(t, e, engine.Query{Signals: []jaga.Signal{engine.FilmSignal(film)}, Raw: true, Radius: 8}); len(got) != 2 {
		t.Errorf("looking around finds %d entries, want both", len(got))
	}
	if got = ask(t, e, engine.Query{Signals: []jaga.Signal{{Type: jaga.VPDQ, Value: engine.FilmValue(film).String()}}}); len(got) != 0 {
		t.Error("a film without its frames matches")
	}
	if s := e.Stats(); s.Entries[jaga.VPDQ] != 2 || s.Frames != 6 || s.Entries[jaga.PDQ] != 2 {
		t.Errorf("%+v", s)
	}
}

// TestOneHarmlessFrame: an entry of an allow bank speaks against what it covers
// and nothing else.
func TestOneHarmlessFrame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		allowed    engine.Value
		suppressed bool
	}{
		{"the end card alone", picture(9, 0), false},
		{"the whole film", engine.FilmValue(reel(0, 1, 2, 3, 9)), true},
	} {
		e := newEngine(t, filmBank(1, "KNOWN", jaga.RoleMatch, engine.DefaultFilmRule()), filmBank(2, "BENIGN", jaga.RoleAllow, engine.DefaultFilmRule()))
		insert(t, e, 1, 1, engine.FilmValue(reel(12, 1, 2, 3, 9)))
		insert(t, e, 2, 2, c.allowed)
		matches := ask(t, e, engine.Query{Signals: []jaga.Signal{engine.FilmSignal(reel(0, 1, 2, 3, 9))}})
		o := engine.Judge(matches, []jaga.Detector{jaga.DetectorVPDQ}, nil, "v1")
		if len(matches) != 2 || (o.State() == jaga.StateClear) != c.suppressed {
			t.Errorf("%s: %d matches, %s", c.name, len(matches), o.State())
		}
	}
}

func TestFilmTexts(t *testing.T) {
	t.Parallel()
	film := reel(0, 1, 2)
	v, err := engine.ParseValue(jaga.VPDQ, film.List())
	if err != nil {
		t.Fatal(err)
	}
	back, err := v.Film()
	if err != nil || len(back) != 2 || back[1].Hash != film[1].Hash || back[1].At != 1 {
		t.Errorf("%+v, error %v", back, err)
	}
	bare, err := engine.ParseValue(jaga.VPDQ, v.String())
	if err != nil || bare.Bytes != v.Bytes || bare.Frames != "" {
		t.Errorf("%+v, error %v", bare, err)
	}
	for _, bad := range []string{"", "[", `["x"]`, fmt.Sprintf("%062x", 1)} {
		if _, err := engine.ParseValue(jaga.VPDQ, bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	e := newEngine(t, bank(1, "A", jaga.RoleMatch))
	if e.Insert(1, 1, bare) == nil {
		t.Error("a film without frames was stored")
	}
}
