package live

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/plugin"
)

// The reasons for which speech was not checked, beside those of pictures.
const (
	GapUnanswered = "unanswered" // the plugin failed
	GapTimeout    = "timeout"    // the plugin took too long
	GapBudget     = "budget"     // the plugin was asked as often as it may be
	GapUnclear    = "unclear"    // the plugin was not sure of the words
	GapLanguage   = "language"   // no pack reads the language
	GapFailed     = "failed"     // the words could not be stored
	GapStopped    = "stopped"    // the watch ended before there was an answer
)

// SpeechGaps lists the reasons for which speech was not checked.
func SpeechGaps() []string {
	return []string{GapBusy, GapDecoder, GapUnanswered, GapTimeout, GapBudget, GapUnclear, GapLanguage, GapFailed, GapStopped}
}

const (
	// stretchMost and stretchLeast bound how long a stretch is that a plugin hears
	// at once. Between them it is cut where it is quietest, which is seldom within a
	// word.
	stretchMost, stretchLeast = 10 * time.Second, 6 * time.Second
	// shortest is below what anybody says.
	shortest = 500 * time.Millisecond
	// quietPeak is the largest sample of a stretch that holds no words, of 32,767:
	// 60 dB below the loudest. Models of speech are known to hear words in silence.
	quietPeak = 32
	// stretchesWait is how many stretches wait for the plugin.
	stretchesWait = 2
	// sureOf is how sure of an utterance a plugin must be for it to be read.
	sureOf = 0.5
)

// The states of listening to speech.
const (
	SpeechOff     = "off"      // no plugin hears speech
	SpeechWaits   = "waits"    // no answer came yet
	SpeechHears   = "hears"    // the last stretch was heard
	SpeechFails   = "fails"    // the last stretch was not
	SpeechNoSound = "no_sound" // the stream has none
)

// Speech says how what is said in a stream is listened to. It holds no words.
type Speech struct {
	State  string        `json:"state" doc:"off: no plugin hears speech. waits: no answer came yet. hears: the last stretch was heard. fails: it was not. no_sound: the stream has none." enum:"off,waits,hears,fails,no_sound"`
	Plugin jaga.Detector `json:"plugin,omitempty" doc:"Who is asked." example:"plugin/ear"`
	Why    string        `json:"why,omitempty" doc:"Why the last stretch was not heard." enum:"busy,decoder,unanswered,timeout,budget,failed,stopped"`
}

// stretch is some seconds of sound on their way to a plugin.
type stretch struct {
	plugin.Stretch
	at    time.Time // when it began, by the clock here
	until time.Time
}

// speaking cuts the sound of one connection into stretches and has them heard.
type speaking struct {
	w       *watcher
	ctx     context.Context // ends with the watch
	stream  string
	queue   chan stretch
	samples []int16
	pieces  []int // where each piece of samples begins
	loud    []int64
	at      time.Time // when samples began
	last    time.Time // when the last piece came
	from    time.Duration
}

// hearSpeech begins to hear the speech of a connection; nil where no plugin does.
func (w *watcher) hearSpeech(ctx context.Context) *listening {
	who, required, ok := w.s.opt.Plugins.Transcribes()
	if !ok {
		return nil
	}
	w.mu.Lock()
	w.speech.Plugin, w.optionalSpeech = who, !required
	if w.speech.State != SpeechHears {
		w.speech.State, w.speech.Why = SpeechWaits, ""
	}
	w.mu.Unlock()
	s := &speaking{w: w, ctx: ctx, stream: uuid.NewString(), queue: make(chan stretch, stretchesWait)}
	w.hears.Go(func() {
		for x := range s.queue {
			s.ask(x)
		}
	})
	return w.listen(ctx, plugin.SpeechRate, s)
}

func (s *speaking) piece(at time.Time, samples []int16) {
	if len(s.samples) == 0 {
		s.at = at.Add(-pieceTime)
	}
	var sum int64
	for _, v := range samples {
		sum += int64(v) * int64(v)
	}
	s.pieces, s.loud = append(s.pieces, len(s.samples)), append(s.loud, sum)
	s.samples, s.last = append(s.samples, samples...), at
	if len(s.pieces) < int(stretchMost/pieceTime) {
		return
	}
	cut := int(stretchLeast / pieceTime)
	for i := cut; i < len(s.loud); i++ {
		if s.loud[i] < s.loud[cut] {
			cut = i
		}
	}
	s.cut(cut)
}

// cut has everything before a piece heard, and keeps the rest.
func (s *speaking) cut(piece int) {
	if piece == 0 {
		return // nothing came
	}
	end, until := len(s.samples), s.last
	if piece < len(s.pieces) {
		end = s.pieces[piece]
		until = until.Add(-time.Duration(len(s.pieces)-piece) * pieceTime)
	}
	x := stretch{plugin.Stretch{Stream: s.stream, From: s.from, Samples: slices.Clone(s.samples[:end])}, s.at, until}
	s.from += x.Long()
	s.at = until
	rest := s.samples[end:]
	s.samples = s.samples[:copy(s.samples, rest)]
	s.loud = slices.Delete(s.loud, 0, piece)
	s.pieces = slices.Delete(s.pieces, 0, piece)
	for i := range s.pieces {
		s.pieces[i] -= end
	}
	select {
	case s.queue <- x:
	default:
		s.w.missed(x.at, x.until, x.Long(), GapBusy)
	}
}

func (s *speaking) lost(from, until time.Time, why string) {
	s.cut(len(s.pieces)) // what comes next does not follow on it
	s.w.missed(from, until, until.Sub(from), why)
	s.from += until.Sub(from)
}

func (s *speaking) over(silent bool) {
	if silent {
		s.w.mu.Lock()
		s.w.speech.State, s.w.speech.Why = SpeechNoSound, ""
		s.w.mu.Unlock()
	} else {
		s.cut(len(s.pieces))
	}
	close(s.queue)
}

// ask has one stretch heard, and hands the words to the conversation of the stream.
func (s *speaking) ask(x stretch) {
	w := s.w
	if x.Long() < shortest || peak(x.Samples) <= quietPeak {
		w.heard(x, 0, 0)
		return
	}
	got := w.s.opt.Plugins.Transcribe(s.ctx, w.base.By, x.Stretch)
	if got.Skip != nil {
		why := speechGap(got.Skip.Why)
		if s.ctx.Err() != nil {
			why = GapStopped
		}
		w.missed(x.at, x.until, x.Long(), why)
		return
	}
	reads := w.languages()
	var events []Event
	unclear := 0
	for _, u := range got.Utterances {
		at := x.at.Add(seconds(u.From))
		if at.After(x.until) {
			at = x.until
		}
		if u.Confidence < sureOf {
			unclear++
			w.missed(at, at.Add(seconds(u.Until-u.From)), 0, GapUnclear)
			continue
		}
		if tag, _, _ := strings.Cut(strings.ToLower(u.Language), "-"); tag != "" && len(reads) > 0 && !slices.Contains(reads, tag) {
			w.missed(at, at.Add(seconds(u.Until-u.From)), 0, GapLanguage)
		}
		events = append(events, Event{ID: "speech-" + uuid.NewString(), Type: EventSpeech, At: &at, Text: u.Text, Speaker: u.Speaker})
	}
	if len(events) > 0 {
		// What was heard is handed on also when the watch ends meanwhile.
		if _, err := w.events(context.WithoutCancel(s.ctx), w.base.By, events); err != nil {
			w.s.opt.Log.Error("take what was said in a stream", "id", w.base.ID, "error", err)
			w.missed(x.at, x.until, x.Long(), GapFailed)
			return
		}
	}
	w.heard(x, len(events), unclear)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func peak(samples []int16) int {
	most := 0
	for _, v := range samples {
		most = max(most, int(v), -int(v))
	}
	return most
}

// languages are those that packs read, such as en.
func (w *watcher) languages() (out []string) {
	det := w.s.detector()
	if det == nil {
		return nil
	}
	for _, p := range det.Packs() {
		tag, _, _ := strings.Cut(strings.ToLower(p.Language), "-")
		out = append(out, tag)
	}
	return out
}

// speechGap is the reason of a plugin, in the words of gaps.
func speechGap(why jaga.Why) string {
	switch why {
	case jaga.WhyTimeout:
		return GapTimeout
	case jaga.WhyBudget:
		return GapBudget
	case jaga.WhyBusy:
		return GapBusy
	}
	return GapUnanswered
}

// heard counts a stretch that was heard.
func (w *watcher) heard(x stretch, utterances, unclear int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.speech.State, w.speech.Why = SpeechHears, ""
	w.counts.Heard = tenths(w.counts.Heard + x.Long().Seconds())
	w.counts.Utterances += utterances
	w.counts.Unclear += unclear
}

// tenths rounds seconds to tenths.
func tenths(s float64) float64 { return math.Round(s*10) / 10 }

// togetherWithin is how near two stretches that were not checked for the same reason
// are told of as one.
const togetherWithin = 3 * time.Second

// missed notes a stretch of speech that was not checked. long is how much of it counts
// as not heard: words that are not understood were heard.
func (w *watcher) missed(from, until time.Time, long time.Duration, why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts.Unheard = tenths(w.counts.Unheard + long.Seconds())
	if long > 0 {
		w.speech.State, w.speech.Why = SpeechFails, why
	}
	w.gapOf(GapOfSpeech, from, until, why, w.optionalSpeech)
}

// gapOf marks a stretch of which something beside the picture was not checked; one
// that goes on where the last one of its kind ended makes that longer. The lock is
// held.
func (w *watcher) gapOf(what string, from, until time.Time, why string, optional bool) {
	for _, m := range slices.Backward(w.marks) {
		if m.Kind != MarkGap || m.Of != what {
			continue
		}
		if m.Why == why && m.Optional == optional && from.Sub(m.Until) <= togetherWithin {
			if until.After(m.Until) {
				m.Until = until
				w.mark(m)
			}
			return
		}
		break
	}
	w.mark(Mark{Kind: MarkGap, Of: what, From: from, Until: until, Why: why, Optional: optional})
	w.s.opt.Log.Warn("a stretch of a stream was not checked", "id", w.base.ID, "of", what, "why", why)
}

// voice is the sender of words that somebody said: a voice of this stream, unless the
// account is known.
func voice(conversation, speaker string) string {
	return "voice-" + cmp.Or(speaker, "unknown") + "/" + strings.TrimPrefix(conversation, Conversation(""))
}

// checkSpeaker refuses what is no label of a voice.
func checkSpeaker(label string) error {
	if label != "" && !(jaga.Score{Name: label, Version: "1", Category: "x"}).Valid() {
		return errors.New("it has characters other than letters, digits and -_./, or is longer than 64")
	}
	return nil
}
