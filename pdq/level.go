package pdq

// level says which instructions the kernels may use. Every kernel has a
// portable twin; those that repeat the reference's operations give the same
// bits at every level, those of the fast path the same within its slack.
type level uint8

const (
	portable level = iota
	vector         // AVX2 with FMA on amd64, NEON on arm64
	avx512         // AVX-512 F and BW, on amd64 only; its speed is not measured
)

// best is the level of this machine; it never changes. The functions called
// …Vector take every level from vector up to it.
var best = detect()
