// Package testsound makes sound for tests and measurements: music of several
// voices, something with the rhythm and spectrum of speech, noise, tones and
// sweeps. The same arguments always make the same samples. Nothing in it was
// ever recorded.
package testsound

import (
	"math"
	"math/rand/v2"
)

// Samples rounds values in -1..1 to 16 bits; what is louder is clipped.
func Samples(x []float64) []int16 {
	out := make([]int16, len(x))
	for i, v := range x {
		out[i] = int16(math.Round(max(-1, min(1, v)) * math.MaxInt16))
	}
	return out
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x736f756e64)) }

// level scales to an effective value of 0.2.
func level(x []float64) []float64 {
	var sum float64
	for _, v := range x {
		sum += v * v
	}
	if sum == 0 {
		return x
	}
	f := 0.2 / math.Sqrt(sum/float64(len(x)))
	for i := range x {
		x[i] *= f
	}
	return x
}

// Music returns a piece of the seed's own key, tempo, chords, melody, bass and
// drums.
func Music(seed uint64, rate int, seconds float64) []float64 {
	r := random(seed)
	n := int(seconds * float64(rate))
	out := make([]float64, n)
	beat := 60 / (70 + 90*r.Float64()) // seconds
	key := 33 + r.IntN(12)
	scale := [][]int{{0, 2, 4, 5, 7, 9, 11}, {0, 2, 3, 5, 7, 8, 10}}[r.IntN(2)]
	pitch := func(degree int) float64 {
		octave := int(math.Floor(float64(degree) / 7))
		semitones := key + scale[degree-7*octave] + 12*octave
		return 440 * math.Exp2(float64(semitones-69)/12)
	}
	voices := [3]voice{newVoice(r), newVoice(r), newVoice(r)}
	detune := math.Exp2((r.Float64() - 0.5) / 24)
	chords := make([]int, 4+r.IntN(5))
	for i := range chords {
		chords[i] = r.IntN(7)
	}
	drums := r.Float64() < 0.8
	melody := 14 + r.IntN(7)
	for b := 0; float64(b)*beat < seconds; b++ {
		at := float64(b) * beat
		root := chords[b/4%len(chords)]
		if b%4 == 0 {
			for _, d := range []int{0, 2, 4} {
				voices[0].play(out, rate, at, 4*beat, detune*pitch(7+root+d), 0.25)
			}
		}
		if b%2 == 0 || r.Float64() < 0.4 {
			voices[1].play(out, rate, at, beat, detune*pitch(root), 0.5)
		}
		for part := 0.0; part < 1; {
			length := []float64{0.25, 0.5, 0.5, 1}[r.IntN(4)]
			melody = max(11, min(25, melody+r.IntN(5)-2))
			if r.Float64() < 0.85 {
				voices[2].play(out, rate, at+part*beat, length*beat*1.2, detune*pitch(melody), 0.4)
			}
			part += length
		}
		if drums {
			hit(out, rate, at, 0.15, 0.5, r)
			hit(out, rate, at+beat/2, 0.04, 0.15, r)
		}
	}
	return level(out)
}

// voice is an instrument: the strength of its overtones and how fast it fades.
type voice struct {
	overtones []float64
	fade      float64
}

func newVoice(r *rand.Rand) voice {
	v := voice{fade: 0.5 + 4*r.Float64()}
	slope := 0.8 + 1.5*r.Float64()
	for k := 1; k <= 12; k++ {
		v.overtones = append(v.overtones, math.Pow(float64(k), -slope)*(0.3+0.7*r.Float64()))
	}
	return v
}

func (v voice) play(out []float64, rate int, at, seconds, frequency, loud float64) {
	from := int(at * float64(rate))
	to := min(len(out), int((at+seconds)*float64(rate)))
	for k, a := range v.overtones {
		f := frequency * float64(k+1)
		if f > 0.45*float64(rate) || f > 12000 {
			break
		}
		// One rotation a sample instead of a sine.
		s, c := math.Sincos(2 * math.Pi * f / float64(rate))
		x, y := 1.0, 0.0
		amp, decay := loud*a, math.Exp(-v.fade*(1+0.15*float64(k))/float64(rate))
		rise := 0.01 * float64(rate)
		for i := from; i < to; i++ {
			e := amp
			if d := float64(i - from); d < rise {
				e *= d / rise
			}
			if d := float64(to - i); d < rise {
				e *= d / rise
			}
			out[i] += e * y
			x, y = x*c-y*s, x*s+y*c
			amp *= decay
		}
	}
}

// hit adds a burst of noise.
func hit(out []float64, rate int, at, seconds, loud float64, r *rand.Rand) {
	from := int(at * float64(rate))
	to := min(len(out), int((at+seconds)*float64(rate)))
	e, decay := loud, math.Exp(-5/(seconds*float64(rate)))
	for i := from; i < to; i++ {
		out[i] += e * (2*r.Float64() - 1)
		e *= decay
	}
}

// Speech returns syllables of a voice with moving pitch and resonances, hisses
// and pauses.
func Speech(seed uint64, rate int, seconds float64) []float64 {
	r := random(seed ^ 0x5eec)
	n := int(seconds * float64(rate))
	out := make([]float64, n)
	base := 90 + 150*r.Float64()
	body := 0.85 + 0.3*r.Float64() // the length of the vocal tract
	var filters [3]resonator
	var phase float64
	for at := 0; at < n; {
		length := int((0.08 + 0.2*r.Float64()) * float64(rate))
		to := min(n, at+length)
		switch kind := r.Float64(); {
		case kind < 0.15: // a pause
		case kind < 0.35: // a hiss
			var before float64
			for i := at; i < to; i++ {
				x := 2*r.Float64() - 1
				out[i] = 0.1 * (x - before) * math.Sin(math.Pi*float64(i-at)/float64(length))
				before = x
			}
		default:
			f0, slide := base*(0.85+0.4*r.Float64()), 0.8+0.4*r.Float64()
			formants := [3]float64{body * (280 + 520*r.Float64()), body * (850 + 1500*r.Float64()), body * (2300 + 800*r.Float64())}
			for k := range filters {
				filters[k].tune(formants[k], 60+40*float64(k), float64(rate))
			}
			for i := at; i < to; i++ {
				done := float64(i-at) / float64(length)
				phase += f0 * (1 + (slide-1)*done) * (1 + 0.01*math.Sin(2*math.Pi*5.5*float64(i)/float64(rate))) / float64(rate)
				pulse := 0.03 * (2*r.Float64() - 1)
				if phase >= 1 {
					phase--
					pulse += 1
				}
				var y float64
				for k := range filters {
					y += filters[k].step(pulse) / float64(k+1)
				}
				out[i] = y * math.Sin(math.Pi*done)
			}
		}
		at = to
	}
	return level(out)
}

// resonator is a filter with one peak.
type resonator struct{ a, b, c, y1, y2 float64 }

func (f *resonator) tune(frequency, width, rate float64) {
	radius := math.Exp(-math.Pi * width / rate)
	f.b = 2 * radius * math.Cos(2*math.Pi*min(frequency/rate, 0.49))
	f.c = -radius * radius
	f.a = 1 - f.b - f.c
}

func (f *resonator) step(x float64) float64 {
	y := f.a*x + f.b*f.y1 + f.c*f.y2
	f.y1, f.y2 = y, f.y1
	return y
}

// Noise returns noise that has the same power at all frequencies.
func Noise(seed uint64, rate int, seconds float64) []float64 {
	r := random(seed ^ 0x015e)
	out := make([]float64, int(seconds*float64(rate)))
	for i := range out {
		out[i] = r.NormFloat64()
	}
	return level(out)
}

// Tone returns a sine of the frequency in Hz.
func Tone(frequency float64, rate int, seconds float64) []float64 {
	return Sweep(frequency, frequency, rate, seconds)
}

// Sweep returns a sine whose frequency goes evenly from one to the other.
func Sweep(from, to float64, rate int, seconds float64) []float64 {
	out := make([]float64, int(seconds*float64(rate)))
	for i := range out {
		t := float64(i) / float64(rate)
		out[i] = math.Sin(2 * math.Pi * (from*t + (to-from)*t*t/(2*seconds)))
	}
	return level(out)
}

// Mix adds b to a at so many decibels below it; the shorter one ends.
func Mix(a, b []float64, below float64) []float64 {
	f := math.Pow(10, -below/20)
	out := make([]float64, len(a))
	for i := range out {
		out[i] = a[i]
		if i < len(b) {
			out[i] += f * b[i]
		}
	}
	return out
}

// Bits rounds to so many steps of loudness, for sound that is hardly there.
func Bits(x []float64, steps float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = math.Round(v*steps) / math.MaxInt16
	}
	return out
}

// WAV returns a file of 16-bit samples, channels interleaved.
func WAV(samples []int16, rate, channels int) []byte {
	size := 2 * len(samples)
	h := make([]byte, 0, 44+size)
	u16 := func(v int) { h = append(h, byte(v), byte(v>>8)) }
	u32 := func(v int) { u16(v); u16(v >> 16) }
	h = append(h, "RIFF"...)
	u32(36 + size)
	h = append(h, "WAVEfmt "...)
	u32(16)
	u16(1) // plain samples
	u16(channels)
	u32(rate)
	u32(rate * channels * 2)
	u16(channels * 2)
	u16(16)
	h = append(h, "data"...)
	u32(size)
	for _, s := range samples {
		u16(int(uint16(s)))
	}
	return h
}
