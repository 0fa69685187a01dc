package live

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/sealed"
	"github.com/jaga-project/jaga/internal/store"
)

// Clip is the end of a stream that is to become evidence.
type Clip struct {
	Watch, Account string
	From, Until    time.Time
	Body           io.Reader
}

// Options configure a [Service]. DB, Intake, Talk, Engine, Decoder and Key are
// required.
type Options struct {
	DB      *store.DB
	Intake  *intake.Service
	Talk    *converse.Service
	Engine  *engine.Engine
	Decoder *media.Decoder
	// Plugins turn what is said in streams into words; nil is nobody.
	Plugins *plugin.Service
	// Key is the installation's secret, at least 16 bytes.
	Key []byte
	// FFmpeg is the absolute path of ffmpeg; without it only pictures that are
	// pushed can be watched.
	FFmpeg string
	// Unconfined runs it also where the kernel cannot confine it.
	Unconfined bool
	// Reach says where sources may lie beside the public internet.
	Reach Reach
	// Most is how many streams are watched at a time; 0 is 200.
	Most int
	// Workers is how many frames are compared at a time; 0 is one for each
	// processor.
	Workers int
	// Rotations also compares the seven other rotations and mirrorings: the
	// front camera of a phone mirrors.
	Rotations bool
	// Keep is how long watches that are over are kept; 0 is 30 days.
	Keep time.Duration
	// Seal keeps a clip with a case; nil keeps none. It is for findings of the
	// chat; those of frames are sealed by intake.
	Seal func(ctx context.Context, caseID int64, c Clip) error
	// Log receives what goes wrong on our side; nil is silent.
	Log *slog.Logger
}

// Service keeps watches. It is safe for concurrent use.
type Service struct {
	opt     Options
	key     *sealed.Key
	ff      ffmpeg
	pool    *pool
	ctx     context.Context // ends with the service
	stop    context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	active map[string]*watcher
	closed bool
}

// flushEvery is how often what happened is written down.
const flushEvery = 5 * time.Second

// Open returns a service. Nothing is watched until Start or Resume is called.
func Open(ctx context.Context, opt Options) (*Service, error) {
	if opt.DB == nil || opt.Intake == nil || opt.Talk == nil || opt.Engine == nil || opt.Decoder == nil {
		return nil, jaga.Errorf(jaga.CodeInternal, "open live: a service is missing")
	}
	key, err := sealed.New(opt.Key, "jaga live streams")
	if err != nil {
		return nil, err
	}
	opt.Most, opt.Workers, opt.Keep = cmp.Or(opt.Most, 200), cmp.Or(opt.Workers, runtime.GOMAXPROCS(0)), cmp.Or(opt.Keep, 30*24*time.Hour)
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{opt: opt, key: key, ff: ffmpeg{opt.FFmpeg, opt.Unconfined}, pool: newPool(opt.Workers), active: map[string]*watcher{}}
	s.ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.running.Go(s.flushing)
	return s, nil
}

// Close ends all watches without stopping them: Resume goes on with them.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.running.Wait()
	s.pool.close()
	s.flush(context.WithoutCancel(s.ctx))
}

// Start begins to watch a stream, for an actor as in custody records.
func (s *Service) Start(ctx context.Context, actor string, n New) (Watch, error) {
	src, err := ParseSource(n.Source)
	if err != nil {
		return Watch{}, err
	}
	if err := src.check(s.opt.Reach); err != nil {
		return Watch{}, err
	}
	if err := n.check(); err != nil {
		return Watch{}, err
	}
	if src.Kind != KindFrames && src.Kind != KindSocket && s.ff.path == "" {
		return Watch{}, &jaga.Error{Code: jaga.CodeUnavailable, Field: "source", Msg: "ffmpeg is not installed, so streams cannot be decoded", Hint: "install ffmpeg, or send pictures with the source frames"}
	}
	set := settings{Banks: n.Banks, Rule: Rule{Matching: n.Matching, Of: n.Of}, Draw: cmp.Or(rand.Float64(), 0.5)}
	if err := set.Rule.Check(); err != nil {
		return Watch{}, err
	}
	if err := s.room(src); err != nil {
		return Watch{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Watch{}, err
	}
	text, err := json.Marshal(set)
	if err != nil {
		return Watch{}, err
	}
	row := watchRow{ID: id.String(), By: actor, State: string(Starting), Kind: src.Kind, Shown: src.Shown, Source: s.key.Seal("live "+id.String(), []byte(n.Source)),
		Ref: n.Ref, Account: n.Account, Settings: string(text), Counts: "{}"}
	err = s.opt.DB.Update(ctx, custody.Event{Actor: actor, Action: "live.start", Subject: subject(row.ID), Detail: map[string]string{"kind": src.Kind}}, func(tx *store.Tx) error {
		row.At = tx.Now()
		_, err := tx.Exec(`INSERT INTO live_watches (id, at, by_actor, state, kind, shown, source, ref, account, settings) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			row.ID, row.At, row.By, row.State, row.Kind, row.Shown, row.Source, row.Ref, row.Account, row.Settings)
		return err
	})
	if err != nil {
		return Watch{}, err
	}
	w, err := s.begin(row, src, nil, nil)
	if err != nil {
		return Watch{}, err
	}
	return w.detail(time.Now()).Watch, nil
}

func subject(id string) string { return "live:" + id }

// room refuses one watch more than there may be, and a second one that listens where
// one does already.
func (s *Service) room(src Source) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return &jaga.Error{Code: jaga.CodeUnavailable, Msg: "the server is stopping"}
	}
	if len(s.active) >= s.opt.Most {
		return &jaga.Error{Code: jaga.CodeBusy, Msg: fmt.Sprintf("%d streams are watched already", len(s.active)), Hint: "stop one, or raise the setting live.most"}
	}
	for _, w := range s.active {
		if src.Kind == KindListen && w.src.Kind == KindListen && w.src.host == src.host {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "source", Msg: "another watch listens at that address", Hint: "each address takes one stream; stop the other watch, or choose another address"}
		}
	}
	return nil
}

// begin runs a watch that is stored.
func (s *Service) begin(row watchRow, src Source, slots []Slot, marks []Mark) (*watcher, error) {
	base, set, err := row.watch()
	if err != nil {
		return nil, err
	}
	w := &watcher{s: s, src: src, set: set, base: base, ring: NewRing(RingTime, ringBytes), crowd: NewCrowd(base.Account), cover: NewCoverage(time.Now()),
		marks: marks, dirty: map[string]bool{}, pushed: make(chan push), state: Starting, format: inTransport, speech: Speech{State: SpeechOff}, over: make(chan struct{})}
	w.counts = base.Counts
	if len(row.People) > 0 {
		text, err := s.key.Open("live people "+row.ID, row.People)
		if err == nil {
			err = w.crowd.decode(text, slots)
		}
		if err != nil {
			return nil, fmt.Errorf("who did what in the watch %s: %w", row.ID, err)
		}
	}
	if w.window, err = NewWindow(set.Rule, w.match); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, &jaga.Error{Code: jaga.CodeUnavailable, Msg: "the server is stopping"}
	}
	ctx, cancel := context.WithCancel(s.ctx)
	w.cancel = cancel
	s.active[base.ID] = w
	s.running.Go(func() {
		defer cancel()
		w.run(ctx)
	})
	return w, nil
}

// Again begins to watch the source of a watch once more, in a watch of its own, with
// the same settings: the way back for somebody who stopped the wrong one.
func (s *Service) Again(ctx context.Context, actor, id string) (Watch, error) {
	var row watchRow
	err := s.opt.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[watchRow](tx, `SELECT `+watchColumns+` FROM live_watches WHERE id = $1`, id)
		if err == nil && len(rows) == 0 {
			err = notFound()
		}
		if err == nil {
			row = rows[0]
		}
		return err
	})
	if err != nil {
		return Watch{}, err
	}
	if s.get(id) != nil {
		return Watch{}, &jaga.Error{Code: jaga.CodeConflict, Field: "watch", Msg: "the stream is being watched"}
	}
	text, err := s.key.Open("live "+id, row.Source)
	if err != nil {
		return Watch{}, fmt.Errorf("open the source of the watch %s: %w", id, err)
	}
	was, set, err := row.watch()
	if err != nil {
		return Watch{}, err
	}
	return s.Start(ctx, actor, New{Source: string(text), Ref: was.Ref, Account: was.Account, Banks: set.Banks, Matching: set.Rule.Matching, Of: set.Rule.Of})
}

// Listens are the addresses at which an encoder can be listened for.
func (s *Service) Listens() []netip.AddrPort { return slices.Clone(s.opt.Reach.Listen) }

// Decodes reports whether streams can be decoded; without ffmpeg only pictures that
// are sent can be watched.
func (s *Service) Decodes() bool { return s.ff.path != "" }

// Resume goes on with the watches that were running when the program ended. The
// time between is a gap.
func (s *Service) Resume(ctx context.Context) error {
	type stored struct {
		watchRow
		slots []Slot
		marks []Mark
	}
	var all []stored
	err := s.opt.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[watchRow](tx, `SELECT `+watchColumns+` FROM live_watches WHERE state <> 'ended' AND state <> 'stopped' ORDER BY id LIMIT $1`, int64(s.opt.Most))
		if err != nil {
			return err
		}
		for _, r := range rows {
			one := stored{watchRow: r}
			if one.slots, err = loadSlots(tx, r.ID); err == nil {
				one.marks, err = loadMarks(tx, r.ID)
			}
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, one := range all {
		if s.get(one.ID) != nil {
			continue
		}
		text, err := s.key.Open("live "+one.ID, one.Source)
		var src Source
		if err == nil {
			src, err = ParseSource(string(text))
		}
		if err == nil {
			err = src.check(s.opt.Reach)
		}
		if err == nil {
			var w *watcher
			if w, err = s.begin(one.watchRow, src, one.slots, one.marks); err == nil {
				w.resumed(time.UnixMicro(max(one.At, lastOf(one.slots).UnixMicro())))
				continue
			}
		}
		s.opt.Log.Error("go on with a watch", "id", one.ID, "error", err)
		if err := s.finish(ctx, one.ID, Ended, "it could not go on after a restart", "system"); err != nil {
			return err
		}
	}
	return nil
}

// lastOf is the end of the last slot in which a frame was compared.
func lastOf(slots []Slot) time.Time {
	for _, s := range slices.Backward(slots) {
		if s.Frames > 0 {
			return s.At.Add(SlotLength)
		}
	}
	return time.UnixMicro(0)
}

func (s *Service) get(id string) *watcher {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.active[id]
}

func notFound() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: "watch", Msg: "there is no watch of this number, or it is no longer kept"}
}

// Stop ends a watch. One that is over stays as it is.
func (s *Service) Stop(ctx context.Context, actor, id string) error {
	w := s.get(id)
	if w == nil {
		_, err := s.Get(ctx, id)
		return err
	}
	w.cancel()
	<-w.over
	return s.finish(ctx, id, Stopped, "", actor)
}

// finish writes down that a watch is over.
func (s *Service) finish(ctx context.Context, id string, state State, why, actor string) error {
	action := "live.end"
	if state == Stopped {
		action = "live.stop"
	}
	s.mu.Lock()
	w := s.active[id]
	s.mu.Unlock()
	err := s.opt.DB.Update(ctx, custody.Event{Actor: actor, Action: action, Subject: subject(id)}, func(tx *store.Tx) error {
		if w != nil {
			if _, err := w.save(tx); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`UPDATE live_watches SET state = $1, ended_at = $2, why = $3 WHERE id = $4 AND ended_at = 0`, string(state), tx.Now(), why, id)
		tx.Notify("live", id)
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	delete(s.active, id)
	s.mu.Unlock()
	if w != nil {
		w.ring.Forget()
	}
	return nil
}

// Running counts the watches that run.
func (s *Service) Running() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.active)
}

// Urgent is called when a finding of a stream's conversation is put into a case:
// the end of the stream becomes evidence of it. It returns at once.
func (s *Service) Urgent(conversation string, caseID int64) {
	id, ok := strings.CutPrefix(conversation, Conversation(""))
	if !ok || s.opt.Seal == nil {
		return
	}
	if w := s.get(id); w != nil {
		w.urgent(caseID)
	}
}

// Events takes what happened in a stream beside its picture. When it returns
// without an error the events are durable and observed.
func (s *Service) Events(ctx context.Context, source, id string, events []Event) (converse.Answer, error) {
	w := s.get(id)
	if w == nil {
		d, err := s.Get(ctx, id)
		if err == nil {
			err = &jaga.Error{Code: jaga.CodeConflict, Field: "watch", Msg: "the watch is over: it is " + string(d.State)}
		}
		return converse.Answer{}, err
	}
	return w.events(ctx, source, events)
}

// Push is the stream of a watch of the kind push. It returns when the stream has
// ended.
func (s *Service) Push(ctx context.Context, id string, body io.Reader) error {
	w := s.get(id)
	if w == nil || w.src.Kind != KindPush {
		return s.wrongKind(ctx, id, w, KindPush)
	}
	p := push{body: body, done: make(chan string, 1)}
	select {
	case w.pushed <- p:
	case <-w.over:
		return s.wrongKind(ctx, id, nil, KindPush)
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pushWait):
		return &jaga.Error{Code: jaga.CodeConflict, Field: "watch", Msg: "somebody else sends the stream of this watch"}
	}
	select {
	case why := <-p.done:
		if why != "" {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: "body", Msg: "it could not be watched: " + why}
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pushWait is how long a stream that is pushed waits for the one before it to end.
const pushWait = 5 * time.Second

func (s *Service) wrongKind(ctx context.Context, id string, w *watcher, want string) error {
	if w == nil {
		d, err := s.Get(ctx, id)
		if err != nil {
			return err
		}
		return &jaga.Error{Code: jaga.CodeConflict, Field: "watch", Msg: "the watch is over: it is " + string(d.State)}
	}
	return &jaga.Error{Code: jaga.CodeConflict, Field: "watch", Msg: fmt.Sprintf("its source is %s, not %s", w.src.Kind, want)}
}

// Picture takes a JPEG picture of a watch of the kind frames.
func (s *Service) Picture(ctx context.Context, id string, picture []byte) error {
	w := s.get(id)
	if w == nil || w.src.Kind != KindFrames {
		return s.wrongKind(ctx, id, w, KindFrames)
	}
	return w.picture(ctx, picture)
}

// flushing writes down what happened, every few seconds.
func (s *Service) flushing() {
	every := time.NewTicker(flushEvery)
	defer every.Stop()
	for {
		select {
		case <-every.C:
			s.flush(s.ctx)
		case <-s.ctx.Done():
			return
		}
	}
}

func (s *Service) flush(ctx context.Context) {
	s.mu.Lock()
	all := make([]*watcher, 0, len(s.active))
	for _, w := range s.active {
		all = append(all, w)
	}
	s.mu.Unlock()
	if len(all) == 0 {
		return
	}
	var wrote []func()
	err := s.opt.DB.Bulk(ctx, func(tx *store.Tx) error {
		wrote = wrote[:0]
		for _, w := range all {
			done, err := w.save(tx)
			if err != nil {
				return err
			}
			wrote = append(wrote, done)
		}
		return nil
	})
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			s.opt.Log.Error("write down what happened in streams", "error", err)
		}
		return
	}
	for _, done := range wrote {
		done()
	}
}

// Purge removes watches that are over for longer than they are kept, and returns
// how many. Items and cases of their findings stay.
func (s *Service) Purge(ctx context.Context) (n int64, err error) {
	err = s.opt.DB.Bulk(ctx, func(tx *store.Tx) error {
		before := time.UnixMicro(tx.Now()).Add(-s.opt.Keep).UnixMicro()
		for _, table := range []string{"live_slots", "live_marks"} {
			if _, err := tx.Exec(`DELETE FROM `+table+` WHERE watch IN (SELECT id FROM live_watches WHERE ended_at > 0 AND ended_at < $1)`, before); err != nil {
				return err
			}
		}
		n, err = tx.Exec(`DELETE FROM live_watches WHERE ended_at > 0 AND ended_at < $1`, before)
		return err
	})
	return n, err
}

// Detector reads words, for counting what directs.
func (s *Service) detector() *convo.Detector {
	d, err := s.opt.Talk.Detector()
	if err != nil {
		return nil // observing will say so
	}
	return d
}
