//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"

// MULADD adds the factor m times V16 … V19 to the sums a … d, in two roundings,
// as the reference does.
#define MULADD(m, a, b, c, d) \
	FMUL4S(m, 16, 24) \
	FMUL4S(m, 17, 25) \
	FMUL4S(m, 18, 26) \
	FMUL4S(m, 19, 27) \
	FADD4S(24, a, a) \
	FADD4S(25, b, b) \
	FADD4S(26, c, c) \
	FADD4S(27, d, d)

#define ZERO4(a, b, c, d) \
	VEOR a.B16, a.B16, a.B16 \
	VEOR b.B16, b.B16, b.B16 \
	VEOR c.B16, c.B16, c.B16 \
	VEOR d.B16, d.B16, d.B16

#define ZERO16 \
	ZERO4(V0, V1, V2, V3) \
	ZERO4(V4, V5, V6, V7) \
	ZERO4(V8, V9, V10, V11) \
	ZERO4(V12, V13, V14, V15)

#define STORE16(p) \
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(p) \
	VST1.P [V4.S4, V5.S4, V6.S4, V7.S4], 64(p) \
	VST1.P [V8.S4, V9.S4, V10.S4, V11.S4], 64(p) \
	VST1.P [V12.S4, V13.S4, V14.S4, V15.S4], 64(p)

// func transformNEON(b *coefficients, t *[1024]float32, u *Buffer, d, dt *[1024]float32)
TEXT ·transformNEON(SB), NOSPLIT, $0-40
	MOVD t+8(FP), R1
	MOVD d+24(FP), R3
	MOVD $16, R5 // rows of t

down:
	MOVD u+16(FP), R2
	MOVD $64, R6
	ZERO16

row:
	VLD1R.P 4(R3), [V20.S4]
	VLD1.P 64(R2), [V16.S4, V17.S4, V18.S4, V19.S4]
	MULADD(20, 0, 1, 2, 3)
	VLD1.P 64(R2), [V16.S4, V17.S4, V18.S4, V19.S4]
	MULADD(20, 4, 5, 6, 7)
	VLD1.P 64(R2), [V16.S4, V17.S4, V18.S4, V19.S4]
	MULADD(20, 8, 9, 10, 11)
	VLD1.P 64(R2), [V16.S4, V17.S4, V18.S4, V19.S4]
	MULADD(20, 12, 13, 14, 15)
	SUBS $1, R6
	BNE row
	STORE16(R1)
	SUBS $1, R5
	BNE down

	MOVD b+0(FP), R0
	MOVD t+8(FP), R1
	MOVD $4, R5 // fours of rows of b

across:
	MOVD dt+32(FP), R4
	MOVD $64, R6
	ADD $256, R1, R8
	ADD $512, R1, R9
	ADD $768, R1, R10
	ZERO16

column:
	VLD1.P 64(R4), [V16.S4, V17.S4, V18.S4, V19.S4]
	VLD1R.P 4(R1), [V20.S4]
	VLD1R.P 4(R8), [V21.S4]
	VLD1R.P 4(R9), [V22.S4]
	VLD1R.P 4(R10), [V23.S4]
	MULADD(20, 0, 1, 2, 3)
	MULADD(21, 4, 5, 6, 7)
	MULADD(22, 8, 9, 10, 11)
	MULADD(23, 12, 13, 14, 15)
	SUBS $1, R6
	BNE column
	STORE16(R0)
	MOVD R10, R1
	SUBS $1, R5
	BNE across
	RET
