package intake

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/store"
)

// Service takes items in. It is safe for concurrent use.
type Service struct {
	db    *store.DB
	eng   *engine.Engine
	dec   *media.Decoder
	guard *bank.Guard
	opt   Options
	write *writer

	ctx     context.Context // ends with the process
	waiting chan struct{}   // a slot for each accepted file in memory
	running sync.WaitGroup
}

// Options configure a Service.
type Options struct {
	// Rotations also compares the seven other rotations and mirrorings of
	// pictures.
	Rotations bool
	// Keep is how long items are kept, and matched again when a bank grows.
	Keep time.Duration
	// Settle returns when every entry that was stored before is in the
	// engine, or an error when that is not so yet; nil means that it always is.
	Settle func() error
	// Guard puts entries that match too much into quarantine; nil does not.
	Guard *bank.Guard
	// Matched is called when an outcome with matches is stored, in the same
	// transaction, with the matches that the item had before; nil does
	// nothing.
	Matched func(tx *store.Tx, before, after []jaga.Match) error
	// Found is called when an outcome with findings is stored, in the same
	// transaction, also when looking again found more; and once when there are
	// scores of classifiers without a finding, which rules may act on. nil does
	// nothing.
	Found func(tx *store.Tx, rec Record) error
	// Needed returns those of items that somebody still works with, so that
	// they are kept although their time is over; nil needs none.
	Needed func(tx *store.Tx, ids []string) ([]string, error)
	// Evidence seals files that are taken while they are checked; nil keeps
	// none. Found finds what was sealed in [Record.Evidence].
	Evidence Keeper
	// Plugins are asked about every file beside the banks; nil asks none.
	Plugins *plugin.Service
	// Log receives one line for each item; nil is silent.
	Log *slog.Logger
}

// New returns a service. Its writer stops when ctx ends.
func New(ctx context.Context, db *store.DB, eng *engine.Engine, dec *media.Decoder, opt Options) *Service {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Keep <= 0 {
		opt.Keep = 30 * 24 * time.Hour
	}
	if opt.Matched == nil {
		opt.Matched = func(*store.Tx, []jaga.Match, []jaga.Match) error { return nil }
	}
	if opt.Found == nil {
		opt.Found = func(*store.Tx, Record) error { return nil }
	}
	if opt.Needed == nil {
		opt.Needed = func(*store.Tx, []string) ([]string, error) { return nil, nil }
	}
	return &Service{db: db, eng: eng, dec: dec, guard: opt.Guard, opt: opt, write: newWriter(ctx, db, hooks{opt.Matched, opt.Found}),
		ctx: ctx, waiting: make(chan struct{}, maxWaiting)}
}

// Request is an item that comes in.
type Request struct {
	Source   string // who hands it in, such as "key:7"
	Ref      string
	Author   string
	Audience string
	// Body is the file; nil when only hashes are handed in.
	Body io.Reader
	// Signals are hashes that the platform computed itself, used when there
	// is no body.
	Signals []jaga.Signal
	// Text is words, a profile or a playlist, compared with lists of addresses
	// and words when there is neither a body nor hashes. It is not kept. Base is
	// the address of a playlist, to which short addresses in it belong.
	Text string
	Base string
	// Banks are the names of the banks to ask; empty asks all.
	Banks []string
	// Radius replaces the threshold of every bank when it is positive, for
	// looking around; at most [engine.MaxThreshold].
	Radius int
	// Frame says that the hashes are of a picture of a live stream.
	Frame bool
	// Ear heard the sound of the Chromaprint among the hashes, see
	// [engine.Query]; nil compares its words.
	Ear *engine.Ear
	// Clip is what the frame is from; it is sealed when something is found. nil
	// keeps nothing.
	Clip io.Reader
	// Draw is the look-up's random number, see [engine.Query]: all frames of a
	// stream ask the same banks. 0 draws one.
	Draw float64
}

func (r Request) check() error {
	for field, v := range map[string]string{"ref": r.Ref, "author": r.Author, "audience": r.Audience} {
		if len(v) > 512 {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: "it is longer than 512 bytes"}
		}
		if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: "it is not text", Hint: "send UTF-8 without zero bytes"}
		}
	}
	if r.Body != nil {
		return nil
	}
	if r.Text != "" && len(r.Signals) == 0 {
		return checkText(r)
	}
	if len(r.Signals) == 0 {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "signals", Msg: "neither a file nor a hash was handed in"}
	}
	for _, s := range r.Signals {
		v, err := engine.ParseSignal(s)
		if err != nil {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: "signals", Msg: err.Error(), Err: err}
		}
		if s.Type == jaga.VPDQ && v.Frames == "" {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: "signals", Msg: "a film needs its frames, not only their digest", Hint: `send the list of "hash,quality,seconds" texts as the value`}
		}
		if s.Type == jaga.Chromaprint && v.Words == "" {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: "signals", Msg: "sound needs its fingerprint, not only its digest", Hint: "send what fpcalc prints as the value"}
		}
	}
	return nil
}

// Record is an item with what is known of it.
type Record struct {
	Item        jaga.Item     `json:"item"`
	Type        string        `json:"type,omitempty"` // media type, by content
	Bytes       int64         `json:"bytes"`
	Width       int           `json:"width,omitempty"`
	Height      int           `json:"height,omitempty"`
	Orientation int           `json:"orientation,omitempty"`
	Signals     []jaga.Signal `json:"signals"`
	Outcome     jaga.Outcome  `json:"outcome"`
	Late        bool          `json:"late,omitempty"`

	// Evidence names the sealed file while the outcome is stored, and
	// EvidenceLost says that it was to be sealed and could not be. Neither is
	// kept with the item.
	Evidence     string `json:"-"`
	EvidenceLost bool   `json:"-"`

	grown uint64 // of the engine, before it was asked
}

// Take reads the item to its end, checks it and stores what is known. When it
// returns without an error the item is durable.
func (s *Service) Take(ctx context.Context, r Request) (Record, error) {
	rec, err := s.check(ctx, r, false)
	if err != nil {
		return Record{}, err
	}
	if err := s.write.put(ctx, &rec); err != nil {
		return Record{}, err
	}
	s.stored(ctx, rec)
	s.finish(ctx, rec)
	s.catchUp(rec)
	return rec, nil
}

// catchUp looks once more when a bank grew between the check and the storing of
// an item: the job that compares stored items with new entries may have passed
// before the item was there.
func (s *Service) catchUp(rec Record) {
	if s.eng.Grown() == rec.grown {
		return
	}
	s.running.Go(func() {
		if _, err := s.again(s.ctx, rec, everything); err != nil {
			s.opt.Log.Error("match an item again", "id", rec.Item.ID, "error", err)
		}
	})
}

// Look checks an item like Take, with the same findings, but stores nothing. A
// JPEG file that is far from everything in the banks is done with after
// screening, several times faster; it is answered without a PDQ hash, for that
// takes decoding. What is stored has one: it is compared again when a bank
// grows, and by then the file is gone.
func (s *Service) Look(ctx context.Context, r Request) (Record, error) { return s.check(ctx, r, true) }

// check measures and matches; screen allows it to do without the PDQ hash.
func (s *Service) check(ctx context.Context, r Request, screen bool) (Record, error) {
	if err := r.check(); err != nil {
		return Record{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Record{}, err
	}
	now := time.Now()
	if at, ok := store.TimeOf(ctx); ok {
		now = at
	}
	rec := Record{Item: jaga.Item{ID: id.String(), Source: r.Source, Ref: r.Ref, Kind: jaga.KindHash, At: now, Author: r.Author, Audience: r.Audience},
		grown: s.eng.Grown()}
	q := engine.Query{Banks: r.Banks, Radius: r.Radius, Now: now, Draw: cmp.Or(r.Draw, rand.Float64()), Limit: maxMatches}
	var file *kept
	var evidence *sealing
	screened, asked := false, "" // asked: the tables that a screened file was compared with
	var usable []jaga.Signal
	var skipped []jaga.Skip
	if r.isText() {
		return s.text(rec, q, r), nil
	}
	if r.Body == nil {
		rec.Signals = given(r.Signals)
		usable, skipped = telling(rec.Signals)
		skipped = append(skipped, notGiven(r.Signals)...)
		q.Ear = r.Ear
		if r.Frame {
			rec.Item.Kind = jaga.KindFrame
		}
	} else {
		opts := media.Options{Rotations: s.opt.Rotations}
		var sounds bool
		if q.Ear, sounds, err = s.listen(q); err != nil {
			return Record{}, err
		}
		if q.Ear != nil {
			opts.Hear = q.Ear.Write
		}
		// What is stored is compared again when a bank grows, so its sound is
		// measured whatever the banks hold now.
		opts.Deaf = screen && !sounds
		if screen {
			opts.Far = func(screened []jaga.Signal) (far bool) {
				far, asked = s.far(q, screened)
				return far
			}
		}
		if s.opt.Evidence != nil && !screen {
			evidence = s.seal(ctx, rec.Item, r.Body)
			r.Body = evidence
			defer func() { _, _ = evidence.end(false) }() // where it is not kept below
		}
		if s.opt.Plugins.Asks() {
			file = &kept{Reader: r.Body}
			r.Body = file
		}
		m, err := s.dec.Measure(ctx, r.Body, opts)
		if err != nil {
			return Record{}, &jaga.Error{Code: jaga.CodeInvalid, Field: "file", Msg: "the file could not be read to its end", Err: err}
		}
		rec.Item.Kind, rec.Type, rec.Bytes = m.Type.Kind(), string(m.Type), m.Bytes
		rec.Width, rec.Height, rec.Orientation = m.Width, m.Height, m.Orientation
		rec.Signals, usable, skipped, screened = m.Signals, m.Usable(), m.Skipped, m.Screened
		if q.Ear != nil {
			q.Ear.Flush()
		}
	}
	q.Signals = usable
	rec.Outcome = s.judge(q, skipped)
	if screened {
		// A bank may have grown meanwhile; what it has now was not asked.
		rec.Outcome.Index = asked
	}
	if file != nil {
		s.askPlugins(ctx, r.Source, &rec, file)
	}
	// A rule may open a case for a score alone, which needs the file.
	if evidence != nil && (rec.Outcome.State() == jaga.StateFindings || len(rec.Outcome.Scores) > 0) {
		if rec.Evidence, err = evidence.end(true); err != nil {
			// The finding must reach people all the same; the case says that
			// the file is missing.
			rec.EvidenceLost = true
			s.opt.Log.Error("seal file with a finding", "id", rec.Item.ID, "error", err)
		}
	}
	if r.Clip != nil && s.opt.Evidence != nil && !screen && rec.Outcome.State() == jaga.StateFindings {
		if rec.Evidence, err = s.opt.Evidence.Put(ctx, rec.Item, r.Clip); err != nil {
			rec.Evidence, rec.EvidenceLost = "", true
			s.opt.Log.Error("seal the end of a stream with a finding", "id", rec.Item.ID, "error", err)
		}
	}
	return rec, nil
}

// far reports whether nothing that the query asks is near enough to hashes from
// screening that the hash of the decoded picture could match it, and which
// tables it asked.
func (s *Service) far(q engine.Query, screened []jaga.Signal) (bool, string) {
	q.Signals, q.Margin = screened, media.ScreenMargin
	near, version, err := s.eng.Any(q)
	return err == nil && !near, version
}

// listen returns an ear for the sound of a file, nil where no bank that is asked
// has sound, and whether any bank has that the query names.
func (s *Service) listen(q engine.Query) (ear *engine.Ear, sounds bool, err error) {
	size, err := s.eng.Match(q)
	switch {
	case errors.Is(err, engine.ErrNotLoaded):
		return nil, true, nil // nobody knows
	case err != nil:
		return nil, false, err
	case size.Asked[jaga.Chromaprint] == 0:
		return nil, size.Absent[jaga.Chromaprint] > 0, nil
	}
	ear, err = s.eng.Listen(0)
	return ear, true, err
}

// telling are the signals that tell their item from others, as far as that is not
// for whoever handed them in to say: sound with too little detail is not compared.
func telling(signals []jaga.Signal) (usable []jaga.Signal, skipped []jaga.Skip) {
	for _, s := range signals {
		if s.Type == jaga.Chromaprint && !media.Tells(s) {
			skipped = append(skipped, jaga.Skip{Detector: jaga.DetectorSound, Why: jaga.WhyLowQuality, Detail: media.TooLittleSound})
			continue
		}
		usable = append(usable, s)
	}
	return usable, skipped
}

// given are the hashes that a platform handed in, films and sound by their digest.
func given(signals []jaga.Signal) []jaga.Signal {
	out := slices.Clone(signals)
	for i, s := range out {
		// They were checked.
		v, err := engine.ParseSignal(s)
		switch {
		case err != nil:
		case s.Type == jaga.VPDQ:
			out[i].Value, out[i].Frames = v.String(), v.Frames
		case s.Type == jaga.Chromaprint:
			out[i].Value, out[i].Words = v.String(), v.Words
			if words, err := v.Sound(); err == nil {
				out[i].Quality = chroma.BestDetail(words)
			}
		}
	}
	return out
}

// notGiven lists the detectors that had no hash to work with.
func notGiven(signals []jaga.Signal) (skipped []jaga.Skip) {
	var near, exact bool
	for _, s := range signals {
		near = near || s.Type == jaga.PDQ || s.Type == jaga.VPDQ || s.Type == jaga.Chromaprint
		exact = exact || s.Type.Exact()
	}
	// The platform chose which hashes to hand in, so the other kind is not
	// required of it.
	if !near {
		skipped = append(skipped, jaga.Skip{Detector: jaga.DetectorPDQ, Why: jaga.WhyNotGiven, Optional: true})
	}
	if !exact {
		skipped = append(skipped, jaga.Skip{Detector: jaga.DetectorExact, Why: jaga.WhyNotGiven, Optional: true})
	}
	return skipped
}

// maxMatches is how many matches an outcome holds, the nearest: a bank with a
// cluster of copies must not make every outcome as large as the cluster.
const maxMatches = 1000

// judge matches the query's signals and says what that means.
func (s *Service) judge(q engine.Query, skipped []jaga.Skip) jaga.Outcome {
	answer, err := s.eng.Match(q)
	size, absent := byDetector(q, answer.Asked), byDetector(q, answer.Absent)
	// An installation without any sound in its banks does not ask for it.
	other := size[jaga.DetectorPDQ]+size[jaga.DetectorExact]+size[jaga.DetectorSound] > 0 // films and pictures are compared with the same
	if other && size[jaga.DetectorSound]+absent[jaga.DetectorSound] == 0 {
		skipped = slices.Clone(skipped)
		for i := range skipped {
			skipped[i].Optional = skipped[i].Optional || skipped[i].Detector == jaga.DetectorSound
		}
	}
	var checked []jaga.Detector
	for _, d := range detectors(q.Signals, skipped) {
		if has(skipped, d) {
			continue
		}
		switch {
		case errors.Is(err, engine.ErrNotLoaded):
			skipped = append(skipped, jaga.Skip{Detector: d, Why: jaga.WhyNotLoaded})
		case err != nil:
			skipped = append(skipped, jaga.Skip{Detector: d, Why: jaga.WhyInternal})
		case (d == jaga.DetectorPDQ || d == jaga.DetectorVPDQ) && answer.Narrow:
			skipped = append(skipped, jaga.Skip{Detector: d, Why: jaga.WhyNotGiven, Detail: "the radius that was asked for is smaller than the threshold of a bank"})
		case size[d] == 0:
			// Nothing was compared: there is no such list, or no bank that
			// has one took part. An installation with lists of one kind only
			// does not ask for the other; one whose lists merely sat this
			// look-up out does.
			skipped = append(skipped, jaga.Skip{Detector: d, Why: jaga.WhyNoBanks, Optional: other && absent[d] == 0})
		default:
			checked = append(checked, d)
		}
	}
	if err != nil {
		s.opt.Log.Error("match", "error", err)
	}
	return engine.Judge(answer.Matches, checked, skipped, answer.Version)
}

// detectors are those that look at an item: the exact one, and that of pictures,
// films or sound; of films, and of what was handed in as hashes alone, several.
func detectors(signals []jaga.Signal, skipped []jaga.Skip) []jaga.Detector {
	of := func(t jaga.SignalType) bool {
		return slices.ContainsFunc(signals, func(s jaga.Signal) bool { return s.Type == t })
	}
	out := []jaga.Detector{jaga.DetectorExact}
	film := of(jaga.VPDQ) || has(skipped, jaga.DetectorVPDQ)
	sound := of(jaga.Chromaprint) || has(skipped, jaga.DetectorSound)
	if !film && !sound || of(jaga.PDQ) {
		out = append(out, jaga.DetectorPDQ)
	}
	if film {
		out = append(out, jaga.DetectorVPDQ)
	}
	if sound {
		out = append(out, jaga.DetectorSound)
	}
	return out
}

// byDetector adds up numbers of hashes for the detectors that compare them: all
// of pictures and films, which are compared with each other, those of sound, and
// the exact ones of the types that the query has.
func byDetector(q engine.Query, sizes map[jaga.SignalType]int) map[jaga.Detector]int {
	near := sizes[jaga.PDQ] + sizes[jaga.VPDQ]
	sum := map[jaga.Detector]int{jaga.DetectorPDQ: near, jaga.DetectorVPDQ: near, jaga.DetectorSound: sizes[jaga.Chromaprint]}
	for t, n := range sizes {
		if t.Exact() && slices.ContainsFunc(q.Signals, func(x jaga.Signal) bool { return x.Type == t }) {
			sum[jaga.DetectorExact] += n
		}
	}
	return sum
}

func has(skipped []jaga.Skip, d jaga.Detector) bool {
	for _, s := range skipped {
		if s.Detector == d {
			return true
		}
	}
	return false
}

// finish tells the guard and the log.
func (s *Service) finish(ctx context.Context, rec Record) {
	if s.guard != nil {
		seen := map[int64]bool{}
		for _, m := range rec.Outcome.Matches {
			if !seen[m.Entry] && m.Role == jaga.RoleMatch {
				seen[m.Entry] = true
				s.guard.Saw(ctx, m, rec.Item.At)
			}
		}
	}
	s.opt.Log.Info("item", "id", rec.Item.ID, "source", rec.Item.Source, "kind", string(rec.Item.Kind),
		"state", string(rec.Outcome.State()), "band", rec.Outcome.Band().String(), "matches", len(rec.Outcome.Matches), "skipped", len(rec.Outcome.Skipped))
}
