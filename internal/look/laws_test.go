package look_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// model is what a bystander with a stop watch would say of a reveal.
type model struct {
	person, file int
	open         bool
	served       bool
	kind         jaga.Kind
	on, clear    bool
	loud         bool
	beat         time.Duration
	servedAt     time.Duration
	held, seen   time.Duration // seen without blur
	heard        time.Duration
}

// kindOf is the kind of a file of the model: each third is a film or a sound.
func kindOf(file int) jaga.Kind {
	return []jaga.Kind{jaga.KindImage, jaga.KindVideo, jaga.KindAudio}[file%3]
}

// player plays calls to a service and to the model side by side.
type player struct {
	*keeper
	rt       *rapid.T
	base     int
	all      []*model
	byID     map[int64]*model
	sessions map[int]int64
	offset   time.Duration // by which the wall clock jumped
}

// holds ends the reveals of a person in the model; what the browser had until
// now counts.
func (p *player) holds(person int) {
	for _, m := range p.all {
		if m.open && m.person == person {
			if m.served && p.c.mono-m.beat <= look.GapMost {
				m.held += p.c.mono - max(m.beat, m.servedAt)
			}
			m.open = false
		}
	}
}

func (p *player) begin(person, file int) {
	if p.sessions[person] == 0 {
		p.sessions[person] = p.session(person, look.Integrity).ID
	}
	r, err := p.Begin(p.ctx, who(person), look.Show{Session: p.sessions[person], File: key(file), Kind: kindOf(file)})
	if err != nil {
		p.sessions[person] = 0
		return
	}
	p.holds(person)
	m := &model{person: person, file: file, kind: kindOf(file), open: true, beat: p.c.mono}
	p.all, p.byID[r.ID] = append(p.all, m), m
	if rapid.Bool().Draw(p.rt, "glance") { // about a second, sometimes less
		p.serve(r.ID, m)
		p.beat(r.ID, m, look.Screen{On: true, Width: 10, Height: 10, Sound: m.kind != jaga.KindImage}, false)
		p.c.pass(time.Duration(rapid.IntRange(900, 1100).Draw(p.rt, "ms")) * time.Millisecond)
		p.beat(r.ID, m, look.Screen{On: true, Width: 10, Height: 10, Blur: 50}, false)
	}
}

func (p *player) serve(id int64, m *model) {
	from := rapid.Int64Range(0, 8).Draw(p.rt, "MiB") << 20
	if err := p.Serve(p.ctx, who(m.person), id, look.Bytes{From: from, To: from + 9, Size: 9 << 20}); err != nil {
		return
	}
	if !m.open || p.c.mono-m.beat > look.GapMost {
		p.rt.Fatalf("bytes of a reveal that has ended")
	}
	if !m.served {
		m.served, m.servedAt = true, p.c.mono
	}
}

func (p *player) beat(id int64, m *model, screen look.Screen, ending bool) {
	var err error
	if ending {
		err = p.End(p.ctx, who(m.person), id)
	} else {
		_, err = p.Beat(p.ctx, who(m.person), id, screen)
	}
	if m.open && p.c.mono-m.beat <= look.GapMost {
		if m.served {
			m.held += p.c.mono - max(m.beat, m.servedAt)
		}
		if m.clear {
			m.seen += p.c.mono - m.beat
		}
		if m.loud {
			m.heard += p.c.mono - m.beat
		}
		sound := m.kind == jaga.KindAudio
		m.beat, m.on = p.c.mono, screen.On && m.served && (screen.Sound || !sound)
		m.clear = m.on && (screen.Blur == 0 || sound)
		m.loud = m.on && screen.Sound
	}
	if err != nil || ending || p.c.mono-m.beat > look.GapMost {
		m.open = false
	}
}

// pick draws one of the reveals so far.
func (p *player) pick() (int64, *model) {
	ids := slices.Sorted(maps.Keys(p.byID))
	if len(ids) == 0 {
		return 0, &model{}
	}
	id := rapid.SampledFrom(ids).Draw(p.rt, "reveal")
	return id, p.byID[id]
}

func (p *player) step() {
	person := p.base + rapid.IntRange(0, 1).Draw(p.rt, "person")
	switch rapid.SampledFrom([]string{"begin", "begin", "serve", "beat", "beat", "beat", "end", "pass", "pass", "pass", "jump", "restart", "sweep", "close", "exif", "decide"}).Draw(p.rt, "call") {
	case "begin":
		p.begin(person, p.base+rapid.IntRange(0, 2).Draw(p.rt, "file"))
	case "serve":
		if id, m := p.pick(); id != 0 {
			p.serve(id, m)
		}
	case "beat":
		if id, m := p.pick(); id != 0 {
			p.beat(id, m, look.Screen{On: rapid.Bool().Draw(p.rt, "on"), Width: 10, Height: 10, Blur: rapid.SampledFrom([]int64{0, 0, 30}).Draw(p.rt, "blur"), Sound: rapid.Bool().Draw(p.rt, "sound")}, false)
		}
	case "end":
		if id, m := p.pick(); id != 0 {
			p.beat(id, m, look.Screen{}, true)
		}
	case "pass":
		p.c.pass(time.Duration(rapid.IntRange(1, 3500).Draw(p.rt, "ms")) * time.Millisecond)
	case "jump":
		d := time.Duration(rapid.Int64Range(-1e6, 1e6).Draw(p.rt, "seconds")) * time.Second
		p.offset += d
		p.c.jump(d)
	case "restart":
		// A process that starts believes a clock that is ahead: it cannot tell
		// that from having been away.
		p.c.jump(-p.offset)
		p.offset = 0
		p.restart()
		for _, m := range p.all {
			m.open = false
		}
	case "sweep":
		_, err := p.Sweep(p.ctx)
		p.fine(err)
	case "close":
		if p.sessions[person] != 0 {
			p.fine(p.Close(p.ctx, who(person), p.sessions[person]))
			p.sessions[person] = 0
			p.holds(person)
		}
	case "exif":
		if p.sessions[person] != 0 {
			_ = p.ViewExif(p.ctx, who(person), p.sessions[person], key(p.base))
		}
	case "decide":
		p.fine(p.db.Bulk(p.ctx, func(tx *store.Tx) error { return p.Decided(tx, who(person), key(p.base+2), 1) }))
	}
}

// check compares the service with the stop watch, and returns how many files
// were viewed.
func (p *player) check() (looks int) {
	for f := p.base; f < p.base+3; f++ {
		want, heard := false, false
		for _, m := range p.all {
			want = want || m.file == f && m.served && m.seen >= look.ViewedAfter
			heard = heard || m.file == f && m.served && m.heard >= look.ViewedAfter
		}
		if got := p.viewed(f); got.Viewed != want || got.Heard != heard {
			p.rt.Fatalf("file %d: %+v, the stop watch says %v and %v", f, got, want, heard)
		}
		if want {
			looks++
		}
		n, err := p.NeedLook(p.ctx, key(f), 9)
		if p.fine(err); n.Viewed != want {
			p.rt.Fatalf("%+v", n)
		}
		if exif, err := p.ExifViewed(p.ctx, key(f)); err != nil || exif && !want {
			p.rt.Fatalf("EXIF of a file that nobody viewed, %v", err)
		}
	}
	for person := p.base; person < p.base+2; person++ {
		var want time.Duration
		for _, m := range p.all {
			if m.person == person && m.served {
				want += max(m.held, time.Second) // every reveal counts at least that
			}
		}
		if got := p.mine(person).WeekSeconds; got != int64(want/time.Second) {
			p.rt.Fatalf("person %d: %d s by the server, %s by the stop watch", person, got, want)
		}
	}
	return looks
}

// TestNothingIsViewedWithoutALook plays random calls, with clocks that jump and
// processes that end, and compares with a model that knows the stop watch only.
func TestNothingIsViewedWithoutALook(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clocks{wall: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}
		looks, runs := 0, 0
		rapid.Check(t, func(rt *rapid.T) {
			runs++
			p := &player{keeper: &keeper{t: rt, ctx: t.Context(), db: db, c: c}, rt: rt, base: runs * 1000, byID: map[int64]*model{}, sessions: map[int]int64{}}
			c.pass(48 * time.Hour)
			p.restart()
			p.limits(func(l *look.Limits) {
				l.All = look.Budget{ShiftSeconds: 3 * 3600, WeekSeconds: 12 * 3600, ShiftFiles: 1000, WeekFiles: 4000}
				l.BreakAfter = 50
			})
			for range rapid.IntRange(5, 40).Draw(rt, "calls") {
				p.step()
			}
			looks += p.check()
		})
		if looks < runs/10 {
			t.Errorf("%d files were viewed in %d runs: hardly anything was tested", looks, runs)
		}
	})
}

// TestClockJumps: setting the wall clock neither makes exposure nor forgets it,
// nor gives a break or a budget back.
func TestClockJumps(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		k.limits(func(l *look.Limits) { l.All.ShiftSeconds = 30 })
		for i, jump := range []time.Duration{8 * 24 * time.Hour, -8 * 24 * time.Hour, 400 * 24 * time.Hour, -400 * 24 * time.Hour} {
			s := k.session(1, look.Review)
			r := k.show(1, s.ID, i, plain)
			k.c.pass(time.Second)
			k.c.jump(jump)
			_, err := k.Beat(k.ctx, who(1), r, plain)
			k.fine(err)
			k.c.pass(time.Second)
			k.fine(k.End(k.ctx, who(1), r))
			k.c.jump(jump)
			if e := k.mine(1); e.ShiftSeconds != int64(2*(i+1)) || e.WeekSeconds != e.ShiftSeconds {
				t.Fatalf("after a jump of %s: %d s", jump, e.ShiftSeconds)
			}
			k.c.jump(-2 * jump)
		}
		// The correction comes slowly: an hour in ten.
		k.c.jump(time.Hour)
		k.watch(2, k.session(2, look.Review).ID, 1, 1)
		before := k.mine(2).Break.Next
		k.c.pass(10 * time.Minute)
		k.watch(2, k.session(2, look.Review).ID, 2, 1)
		if after := k.mine(2).Break.Next; after <= before {
			t.Errorf("a break that had to be taken: %d, %d", before, after)
		}
		// A process that starts while the clock is behind goes on where the last
		// one was.
		k.c.jump(-30 * 24 * time.Hour)
		k.restart()
		if e := k.mine(1); e.WeekSeconds != 8 {
			t.Errorf("after a restart with a clock that was set back: %d s", e.WeekSeconds)
		}
	})
}

// TestRestartEndsReveals: what a process left running ends at its last beat.
func TestRestartEndsReveals(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		r := k.show(1, k.session(1, look.Review).ID, 1, plain)
		k.c.pass(2 * time.Second)
		_, err := k.Beat(k.ctx, who(1), r, plain)
		k.fine(err)
		k.c.pass(time.Hour)
		k.restart()
		if e := k.mine(1); e.ShiftSeconds != 2 {
			t.Errorf("%d s", e.ShiftSeconds)
		}
		if n, err := k.Sweep(k.ctx); err != nil || n != 0 {
			t.Errorf("%d reveals still ran, %v", n, err)
		}
	})
}

// past puts reveals of a past week into the database: seconds by person and
// class.
func (k *keeper) past(monday time.Time, seconds map[string]map[int]int64) {
	k.t.Helper()
	k.fine(k.db.Bulk(k.ctx, func(tx *store.Tx) error {
		for class, people := range seconds {
			for p, n := range people {
				at := monday.Add(30 * time.Hour).UnixMicro()
				if _, err := tx.Exec(`INSERT INTO look_reveals (session_id, case_id, person, file_key, kind, class, began_at, beat_at, ended_at, served, held, shown)
					VALUES (1, 1, $1, $2, 'image', $3, $4, $4, $4, 1, $5, $5)`, who(p), key(p), class, at, n*1_000_000); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

func (k *keeper) week(monday time.Time) look.Week {
	k.t.Helper()
	weeks, err := k.Team(k.ctx)
	k.fine(err)
	for _, w := range weeks {
		if w.Monday == monday.Format(time.DateOnly) {
			return w
		}
	}
	k.t.Fatalf("no week %s", monday)
	return look.Week{}
}

// TestTeamGivesNobodyAway attacks the sums.
func TestTeamGivesNobodyAway(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		monday := func(weeksAgo int) time.Time { return time.Date(2026, 11, 23-7*weeksAgo, 0, 0, 0, 0, time.UTC) }
		even := func(people ...int) map[int]int64 {
			out := map[int]int64{}
			for _, p := range people {
				out[p] = 1800
			}
			return out
		}
		k.past(monday(1), map[string]map[int]int64{"A": even(1, 2, 3, 4)})
		if w := k.week(monday(1)); w.Shown || w.Minutes != 0 || w.People != 0 {
			t.Errorf("four people are shown: %+v", w)
		}
		k.past(monday(2), map[string]map[int]int64{"A": even(1, 2, 3, 4, 5)})
		if w := k.week(monday(2)); !w.Shown || w.Minutes != 150 || w.People != 5 || len(w.Classes) != 1 {
			t.Errorf("five people: %+v", w)
		}
		// The difference of the total and a class would be person 6 alone.
		k.past(monday(3), map[string]map[int]int64{"A": even(1, 2, 3, 4, 5), "B": even(6)})
		if w := k.week(monday(3)); !w.Shown || len(w.Classes) != 0 {
			t.Errorf("a class beside one that one person saw: %+v", w)
		}
		// One person makes nearly all of it.
		k.past(monday(4), map[string]map[int]int64{"A": {1: 36000, 2: 60, 3: 60, 4: 60, 5: 60}})
		if w := k.week(monday(4)); w.Shown {
			t.Errorf("one person's sum: %+v", w)
		}
		// The week that runs is not shown: asking before and after somebody
		// looked would give them away.
		weeks, err := k.Team(k.ctx)
		k.fine(err)
		before := fmt.Sprint(weeks)
		k.watch(7, k.session(7, look.Review).ID, 1, 30)
		if weeks, err = k.Team(k.ctx); err != nil || fmt.Sprint(weeks) != before || weeks[len(weeks)-1].Monday != "2026-11-16" {
			t.Errorf("a look changes what is shown: %v", err)
		}
	})
}

// TestNoDifferenceIsOnePerson takes every pair of sums of random weeks: what one
// has and the other has not is over nobody or over at least five people.
func TestNoDifferenceIsOnePerson(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clocks{wall: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}
		shown, sums := 0, 0
		rapid.Check(t, func(rt *rapid.T) {
			k := &keeper{t: rt, ctx: t.Context(), db: db, c: c}
			k.fine(db.Bulk(k.ctx, func(tx *store.Tx) error { _, err := tx.Exec(`DELETE FROM look_reveals`); return err }))
			k.restart()
			monday := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
			seconds := map[string]map[int]int64{}
			for _, class := range []string{"A", "B", "C"} {
				for p := range 9 {
					if rapid.SampledFrom([]bool{true, true, true, false}).Draw(rt, "has") {
						if seconds[class] == nil {
							seconds[class] = map[int]int64{}
						}
						seconds[class][p] = rapid.SampledFrom([]int64{60, 1800, 2400, 3600}).Draw(rt, "seconds")
					}
				}
			}
			k.past(monday, seconds)
			w := k.week(monday)
			if !w.Shown {
				return
			}
			shown++
			// The contributions behind each sum: pairs of person and class.
			cells := []map[string]int{{}}
			for class, people := range seconds {
				for p := range people {
					cells[0][fmt.Sprint(p, class)] = p
				}
			}
			for _, s := range w.Classes {
				sums++
				cell := map[string]int{}
				for p := range seconds[s.Class] {
					cell[fmt.Sprint(p, s.Class)] = p
				}
				cells = append(cells, cell)
			}
			for i, a := range cells {
				for j, b := range cells {
					people := map[int]bool{}
					for x, p := range a {
						if _, both := b[x]; !both || i == j {
							people[p] = true
						}
					}
					if len(people) > 0 && len(people) < look.AggregateLeast {
						rt.Fatalf("the difference of two sums is over %d people", len(people))
					}
				}
			}
			if w.Minutes%10 != 0 || w.People != 5 {
				rt.Fatalf("not rounded: %+v", w)
			}
		})
		if shown == 0 || sums == 0 {
			t.Errorf("%d weeks and %d classes were shown; nothing was tested", shown, sums)
		}
	})
}
