package media

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
)

// mostSound is how much of a sound is listened to. What is longer is mostly made
// to take time: a file may say that a byte of it lasts a second.
const mostSound = 12 * time.Hour

// TooLittleSound is the detail of [jaga.WhyLowQuality] for sound.
const TooLittleSound = "its sound has too little detail to be told from other sound"

var errLong = errors.New("the sound is longer than is listened to")

// hashSound adds the words of a file's sound and what was not listened to. Its
// error is that of the context.
func (d *Decoder) hashSound(ctx context.Context, m *Measured, in *input, info probed, opts Options) error {
	var w chroma.Writer
	left := int(d.mostSound.Seconds()) * chroma.Rate
	facts, err := d.sound(ctx, in, info, chroma.Rate, func(s []int16) error {
		s = s[:min(len(s), left)]
		w.Write(s)
		if opts.Hear != nil {
			opts.Hear(s)
		}
		if left -= len(s); left == 0 {
			return errLong
		}
		return nil
	})
	m.Sound = &facts
	var not *NotChecked
	switch {
	case err == nil && facts.Damaged:
		m.skip(jaga.DetectorSound, notChecked(jaga.WhyDamaged, "part of its sound could not be decoded"))
	case err == nil:
	case errors.Is(err, errLong):
		m.skip(jaga.DetectorSound, notChecked(jaga.WhyTooBig, "only its first %s were listened to", d.mostSound))
	case errors.As(err, &not):
		m.skip(jaga.DetectorSound, not)
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		m.skip(jaga.DetectorSound, notChecked(jaga.WhyInternal, "the decoder gave up"))
	}
	if facts.Others > 0 {
		m.skip(jaga.DetectorSound, notChecked(jaga.WhyUnsupported, "%d further streams of sound were not listened to", facts.Others))
	}
	m.addSound(w.Words(), err == nil)
	return nil
}

// addSound adds the signal of sound, if there is any, and says so when it cannot be
// compared. whole says that the words are all there are.
func (m *Measured) addSound(words []uint32, whole bool) {
	if len(words) > 0 {
		// mostSound is less than the text can count, so this does not fail.
		if text, err := chroma.Encode(words); err == nil {
			digest := sha256.Sum256([]byte(text))
			m.Signals = append(m.Signals, jaga.Signal{Type: jaga.Chromaprint, Value: hex.EncodeToString(digest[:]), Words: text, Quality: chroma.BestDetail(words), By: "chromaprint/1"})
		}
	}
	switch {
	case len(words) < chroma.MinWords && whole:
		m.skip(jaga.DetectorSound, notChecked(jaga.WhyLowQuality, "its sound is shorter than the %d seconds that can be compared", 5))
	case len(words) >= chroma.MinWords && chroma.BestDetail(words) < chroma.MinDetail:
		m.skip(jaga.DetectorSound, notChecked(jaga.WhyLowQuality, TooLittleSound))
	}
}
