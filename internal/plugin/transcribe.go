package plugin

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
)

// SpeechRate is how many samples a second the sound has that transcribers get: what
// models of speech are trained with.
const SpeechRate = 16_000

// The limits of what a transcriber answers.
const (
	maxUtterances = 64
	maxUttered    = 4 << 10 // bytes of one utterance
	// lateBy is how far, in seconds, an utterance may reach beyond the sound: models
	// round.
	lateBy = 1
)

// SpeakerBroadcaster is the speaker of words that a transcriber knows to be those of
// whoever broadcasts.
const SpeakerBroadcaster = "broadcaster"

// Stretch is some seconds of the sound of a stream.
type Stretch struct {
	// Stream is the same for all stretches of one stream, and means nothing beyond
	// that.
	Stream string
	// From is when it begins, since the sound of the stream did.
	From time.Duration
	// Samples are mono, [SpeechRate] a second.
	Samples []int16
}

// Long is how long the stretch is.
func (s Stretch) Long() time.Duration {
	return time.Duration(len(s.Samples)) * time.Second / SpeechRate
}

// Utterance is what a transcriber heard somebody say.
type Utterance struct {
	Text string `json:"text"`
	// From and Until are in seconds since the beginning of the stretch.
	From  float64 `json:"from"`
	Until float64 `json:"until"`
	// Language is a tag such as en or id; empty when the transcriber does not tell.
	Language string `json:"language,omitempty"`
	// Confidence is how sure it is of the words, between 0 and 1.
	Confidence float64 `json:"confidence"`
	// Speaker tells the voices of a stream apart, in the characters of [jaga.Score];
	// [SpeakerBroadcaster] is the broadcaster's, empty is unknown.
	Speaker string `json:"speaker,omitempty"`
}

// Heard is what became of a stretch.
type Heard struct {
	Utterances []Utterance
	// Plugin is who was asked.
	Plugin jaga.Detector
	// Skip says why nobody listened; nil when somebody did.
	Skip *jaga.Skip
}

// Transcribes reports whether a plugin is set up that hears speech, which, and whether
// what it did not hear is not checked. A nil service has none.
func (s *Service) Transcribes() (who jaga.Detector, required, ok bool) {
	if p := s.transcriber(); p != nil {
		return p.Detector(), p.Required, true
	}
	return "", false, false
}

func (s *Service) transcriber() *peer {
	if s == nil {
		return nil
	}
	all := s.all()
	if i := slices.IndexFunc(all, func(p *peer) bool { return p.Kind == Transcriber }); i >= 0 {
		return all[i]
	}
	return nil
}

// Transcribe asks the first transcriber what is said in a stretch. It learns the
// sound, and neither whose stream it is nor where. It never fails: without an answer
// there is a Skip.
func (s *Service) Transcribe(ctx context.Context, source string, x Stretch) Heard {
	p := s.transcriber()
	if p == nil {
		return Heard{Skip: &jaga.Skip{Detector: "plugin", Why: jaga.WhyUnanswered, Detail: "no plugin hears speech here", Optional: true}}
	}
	file := wave(x.Samples)
	facts := Facts{ID: x.Stream, Kind: jaga.KindAudio, Type: "audio/wav", Bytes: int64(len(file)), From: x.From.Seconds(), Seconds: x.Long().Seconds()}
	got, skip := p.ask(ctx, source, facts, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file)), nil })
	if skip == notMine { // its answer to about was checked: it takes sound
		skip = p.skip(failure{jaga.WhyUnanswered, "it does not take sound"})
	}
	return Heard{Utterances: got.uttered, Plugin: p.Detector(), Skip: skip}
}

// utterances takes the words of an answer about a stretch of so many seconds, or
// says what is wrong.
func (s Signals) utterances(kind Kind, seconds float64) ([]Utterance, error) {
	if len(s.Utterances) > 0 && kind != Transcriber {
		return nil, errors.New("it answered what its kind does not")
	}
	if len(s.Utterances) > maxUtterances {
		return nil, fmt.Errorf("it answered more than %d utterances", maxUtterances)
	}
	for i, u := range s.Utterances {
		bad := func(what string) ([]Utterance, error) { return nil, fmt.Errorf("its utterance %d %s", i+1, what) }
		switch {
		case strings.TrimSpace(u.Text) == "":
			return bad("has no words")
		case len(u.Text) > maxUttered || !utf8.ValidString(u.Text) || strings.ContainsRune(u.Text, 0):
			return bad("is longer than 4 KiB, or no text")
		case !(u.From >= 0 && u.From <= u.Until && u.Until <= seconds+lateBy):
			return bad("lies outside of the sound")
		case !(jaga.Score{Name: "x", Version: "1", Category: "x", Value: u.Confidence}).Valid():
			return bad("has a confidence that is not between 0 and 1")
		case !named(u.Speaker):
			return bad("has a speaker of other characters than letters, digits and -_./, or longer than 64")
		case !named(u.Language):
			return bad("has a language that is no tag")
		}
	}
	return s.Utterances, nil
}

// named reports whether a text is empty, or a name as scores have them.
func named(text string) bool {
	return text == "" || (jaga.Score{Name: text, Version: "1", Category: "x"}).Valid()
}

// wave is a file of mono sound, 16 bits a sample.
func wave(samples []int16) []byte {
	le := binary.LittleEndian
	size := uint32(2 * len(samples))
	out := make([]byte, 0, 44+int(size))
	out = le.AppendUint32(append(out, "RIFF"...), 36+size)
	out = le.AppendUint32(append(out, "WAVEfmt "...), 16)
	out = le.AppendUint16(le.AppendUint16(out, 1), 1) // PCM, one channel
	out = le.AppendUint32(le.AppendUint32(out, SpeechRate), 2*SpeechRate)
	out = le.AppendUint16(le.AppendUint16(out, 2), 16) // bytes and bits of a sample
	out = le.AppendUint32(append(out, "data"...), size)
	for _, s := range samples {
		out = le.AppendUint16(out, uint16(s))
	}
	return out
}
