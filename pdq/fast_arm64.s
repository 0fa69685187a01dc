//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"

// ROW adds the 64 bytes at R1+offset, times the tap, to the sums V0 … V7.
#define ROW(offset, tap) \
	MOVD offset, R10 \
	ADD R1, R10 \
	VLD1 (R10), [V16.B16, V17.B16, V18.B16, V19.B16] \
	MOVBU tap, R11 \
	VDUP R11, V20.B16 \
	UMLAL8H(20, 16, 0) \
	UMLAL28H(20, 16, 1) \
	UMLAL8H(20, 17, 2) \
	UMLAL28H(20, 17, 3) \
	UMLAL8H(20, 18, 4) \
	UMLAL28H(20, 18, 5) \
	UMLAL8H(20, 19, 6) \
	UMLAL28H(20, 19, 7)

// WIDEN stores the sums of two registers as float32, times the scale in V31,
// added to V24 … V27.
#define WIDEN(a, b) \
	VUXTL a.H4, V16.S4 \
	VUXTL2 a.H8, V17.S4 \
	VUXTL b.H4, V18.S4 \
	VUXTL2 b.H8, V19.S4 \
	UCVTF4S(16, 16) \
	UCVTF4S(17, 17) \
	UCVTF4S(18, 18) \
	UCVTF4S(19, 19) \
	CBZ R7, 2(PC) \
	VLD1 (R0), [V24.S4, V25.S4, V26.S4, V27.S4] \
	CBNZ R7, 5(PC) \
	VEOR V24.B16, V24.B16, V24.B16 \
	VEOR V25.B16, V25.B16, V25.B16 \
	VEOR V26.B16, V26.B16, V26.B16 \
	VEOR V27.B16, V27.B16, V27.B16 \
	VFMLA V31.S4, V16.S4, V24.S4 \
	VFMLA V31.S4, V17.S4, V25.S4 \
	VFMLA V31.S4, V18.S4, V26.S4 \
	VFMLA V31.S4, V19.S4, V27.S4 \
	VST1.P [V24.S4, V25.S4, V26.S4, V27.S4], 64(R0)

// func rowsNEON(line *float32, src *byte, off *int, taps *byte, pairs, strips int, scale float32, add bool)
TEXT ·rowsNEON(SB), NOSPLIT, $0-53
	MOVD line+0(FP), R0
	MOVD src+8(FP), R1
	MOVD off+16(FP), R2
	MOVD taps+24(FP), R3
	MOVD pairs+32(FP), R4
	MOVD strips+40(FP), R5
	MOVWU scale+48(FP), R6
	VDUP R6, V31.S4
	MOVBU add+52(FP), R7

strip:
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16
	MOVD R2, R8
	MOVD R3, R9
	MOVD R4, R12

pair:
	ROW(0(R8), 0(R9))
	ROW(8(R8), 1(R9))
	ADD $16, R8
	ADD $32, R9
	SUBS $1, R12
	BNE pair

	WIDEN(V0, V1)
	WIDEN(V2, V3)
	WIDEN(V4, V5)
	WIDEN(V6, V7)
	ADD $64, R1
	SUBS $1, R5
	BNE strip
	RET

// DOT adds eight products to the sums a and b of the output whose samples p
// points at.
#define DOT(p, a, b) \
	VLD1.P 32(p), [V18.S4, V19.S4] \
	VFMLA V18.S4, V16.S4, a.S4 \
	VFMLA V19.S4, V17.S4, b.S4

#define ADDRESS(at, p) \
	MOVD at(R2), p \
	ADD p<<2, R1, p

// func dotsNEON(dst, line *float32, first *int, weights *float32, vectors, count int)
TEXT ·dotsNEON(SB), NOSPLIT, $0-48
	MOVD dst+0(FP), R0
	MOVD line+8(FP), R1
	MOVD first+16(FP), R2
	MOVD count+40(FP), R5

four:
	MOVD weights+24(FP), R3
	MOVD vectors+32(FP), R4
	ADDRESS(0, R8)
	ADDRESS(8, R9)
	ADDRESS(16, R10)
	ADDRESS(24, R11)
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16

step:
	VLD1.P 32(R3), [V16.S4, V17.S4]
	DOT(R8, V0, V1)
	DOT(R9, V2, V3)
	DOT(R10, V4, V5)
	DOT(R11, V6, V7)
	SUBS $1, R4
	BNE step

	FADD4S(1, 0, 0)
	FADD4S(3, 2, 2)
	FADD4S(5, 4, 4)
	FADD4S(7, 6, 6)
	FADDP4S(2, 0, 0)
	FADDP4S(6, 4, 4)
	FADDP4S(4, 0, 0)
	VST1.P [V0.S4], 16(R0)
	ADD $32, R2
	SUBS $4, R5
	BNE four
	RET
