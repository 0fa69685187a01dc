package chroma

import "math"

// taps is the number of samples on each side that a resampled one is made of.
const taps = 8

// phases is how finely the places between two samples are told apart.
const phases = 256

// kernel is the low-pass filter of resample, by phase: a sinc below 0.48 of the
// rate under a Hann window.
var kernel = func() *[phases + 1][2 * taps]float32 {
	k := new([phases + 1][2 * taps]float32)
	for p := range k {
		var sum float64
		var row [2 * taps]float64
		for i := range row {
			x := float64(i-taps+1) - float64(p)/phases
			v := 0.5 + 0.5*math.Cos(math.Pi*x/taps)
			if y := math.Pi * 0.96 * x; y != 0 {
				v *= math.Sin(y) / y
			}
			row[i] = v
			sum += v
		}
		for i, v := range row {
			k[p][i] = float32(v / sum)
		}
	}
	return k
}()

// resample returns the sound as if it had been played at the speed: 1.02 is
// shorter and higher by 2 %.
func resample(samples []int16, speed float64) []int16 {
	if speed == 1 {
		return samples
	}
	padded := make([]float32, len(samples)+2*taps)
	for i, s := range samples {
		padded[taps+i] = float32(s)
	}
	out := make([]int16, int(float64(len(samples))/speed))
	for i := range out {
		at := float64(i) * speed
		whole := int(at)
		k := &kernel[int((at-float64(whole))*phases+0.5)]
		in := (*[2 * taps]float32)(padded[whole+1:])
		var a, b, c, d float32
		for j := 0; j < 2*taps; j += 4 {
			a += k[j] * in[j]
			b += k[j+1] * in[j+1]
			c += k[j+2] * in[j+2]
			d += k[j+3] * in[j+3]
		}
		sum := a + b + c + d
		out[i] = int16(math.Floor(float64(max(math.MinInt16, min(math.MaxInt16, sum))) + 0.5))
	}
	return out
}
