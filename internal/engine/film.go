package engine

import (
	"encoding/hex"
	"math"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/hamming"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

// inFilm appends the matches of a film: with films whose bank's rule says so, and
// with every picture that one of its frames is near to. A film without frames
// matches nothing.
func (t *tables) inFilm(dst []jaga.Match, q Query, s jaga.Signal, v Value) ([]jaga.Match, error) {
	if v.Frames == "" {
		return dst, nil
	}
	film, err := v.Film()
	if err != nil {
		return dst, err
	}
	s.Value = v.String()
	radius := t.radius(q)
	found := t.film.Search(film, radius, t.reachOf(q))
	pictures := t.picturesIn(film, radius, q)
	if len(found) == 0 && len(pictures) == 0 {
		return dst, nil
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, o := range found {
		b, ok := t.asked(q, o.ID)
		if !ok || !b.Film.accepts(o) && q.Radius == 0 {
			continue
		}
		m := t.match(s, b, o.ID, t.films.text(o.ID), o.Distance, b.Threshold)
		m.Film = FilmOf(o)
		dst = append(dst, m)
	}
	for _, p := range pictures {
		b, ok := t.asked(q, p.entry)
		if !ok {
			continue
		}
		m := t.match(s, b, p.entry, hex.EncodeToString(p.code[:]), p.distance, b.Threshold)
		m.Film = p.film
		dst = append(dst, m)
	}
	return dst, nil
}

// reachOf returns the largest distance at which frames of a film entry count;
// negative where it is not asked.
func (t *tables) reachOf(q Query) func(entry uint32) int {
	return func(entry uint32) int {
		t.mu.RLock()
		defer t.mu.RUnlock()
		b, ok := t.asked(q, entry)
		if !ok {
			return -1
		}
		return q.reach(b)
	}
}

// inPicture is a picture's entry that frames of a film are near to.
type inPicture struct {
	entry    uint32
	code     hamming.Code
	distance int
	film     *jaga.Film
}

// picturesIn compares each distinct frame of a film with the pictures.
func (t *tables) picturesIn(film vpdq.Video, radius int, q Query) (out []inPicture) {
	kept := film.Prune(vpdq.PruneOptions{Quality: pdq.MinQuality})
	type found struct {
		inPicture
		frames map[pdq.Hash]bool
	}
	by := map[uint32]*found{}
	var order []uint32
	seen := map[pdq.Hash]bool{}
	reach := t.reachOf(q)
	var hits []hamming.Hit
	for _, f := range kept {
		if seen[f.Hash] {
			continue
		}
		seen[f.Hash] = true
		hits = t.pdq.Search(hits[:0], hamming.Code(f.Hash), radius)
		for _, h := range hits {
			if h.Distance > reach(h.ID) {
				continue
			}
			p := by[h.ID]
			if p == nil {
				p = &found{inPicture{entry: h.ID, code: h.Code, distance: h.Distance}, map[pdq.Hash]bool{}}
				by[h.ID] = p
				order = append(order, h.ID)
			}
			p.distance = min(p.distance, h.Distance)
			p.frames[f.Hash] = true
		}
	}
	for _, id := range order {
		p := by[id]
		o := vpdq.Overlap{QueryFrames: len(seen), QueryMatched: len(p.frames), QuerySeconds: film.Seconds(),
			Query: film.Segments(func(f vpdq.Feature) bool { return f.Quality >= pdq.MinQuality }, func(f vpdq.Feature) bool { return p.frames[f.Hash] })}
		p.film = FilmOf(o)
		out = append(out, p.inPicture)
	}
	return out
}

// inFilms appends the films that a picture is a frame of.
func (t *tables) inFilms(dst []jaga.Match, q Query, s jaga.Signal, v Value) []jaga.Match {
	near := t.film.Picture(v.Bytes, t.radius(q))
	if len(near) == 0 {
		return dst
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, n := range near {
		b, ok := t.asked(q, n.ID)
		if !ok || n.Distance > q.reach(b) {
			continue
		}
		m := t.match(s, b, n.ID, n.Hash.String(), n.Distance, b.Threshold)
		m.Film = &jaga.Film{StoredSeconds: seconds(n.Seconds), Stored: []jaga.Range{{From: seconds(n.At), To: seconds(n.At)}}}
		dst = append(dst, m)
	}
	return dst
}

// FilmOf puts what two films have in common into the words of a match.
func FilmOf(o vpdq.Overlap) *jaga.Film {
	f := &jaga.Film{
		QueryFrames: o.QueryFrames, QueryMatched: o.QueryMatched, QueryPercent: tenths(o.QueryPercent()), QuerySeconds: seconds(o.QuerySeconds),
		StoredFrames: o.StoredFrames, StoredMatched: o.StoredMatched, StoredPercent: tenths(o.StoredPercent()), StoredSeconds: seconds(o.StoredSeconds),
	}
	f.Query, f.Stored = ranges(o.Query, f), ranges(o.Stored, f)
	return f
}

func ranges(in []vpdq.Segment, f *jaga.Film) (out []jaga.Range) {
	if len(in) > jaga.MaxRanges {
		in, f.More = in[:jaga.MaxRanges], true
	}
	for _, s := range in {
		out = append(out, jaga.Range{From: seconds(s.From), To: seconds(s.To)})
	}
	return out
}

func tenths(v float64) float64  { return math.Round(v*10) / 10 }
func seconds(v float64) float64 { return math.Round(v*1000) / 1000 }
