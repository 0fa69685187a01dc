//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"

// LOAD8 reads a row of 8 values; p moves on by the stride in R4.
#define LOAD8(p, a, b) \
	VLD1 (p), [a.S4, b.S4] \
	ADD R4, p

// TURN4 turns the rows a, b, c, d of 4 values into the columns V24 … V27.
#define TURN4(a, b, c, d) \
	VTRN1 b.S4, a.S4, V16.S4 \
	VTRN2 b.S4, a.S4, V17.S4 \
	VTRN1 d.S4, c.S4, V18.S4 \
	VTRN2 d.S4, c.S4, V19.S4 \
	VTRN1 V18.D2, V16.D2, V24.D2 \
	VTRN1 V19.D2, V17.D2, V25.D2 \
	VTRN2 V18.D2, V16.D2, V26.D2 \
	VTRN2 V19.D2, V17.D2, V27.D2

// STORE4 writes four columns, p moving on by the stride in R1.
#define STORE4(p) \
	VST1 [V24.S4], (p) \
	ADD R1, p \
	VST1 [V25.S4], (p) \
	ADD R1, p \
	VST1 [V26.S4], (p) \
	ADD R1, p \
	VST1 [V27.S4], (p) \
	ADD R1, p

// func transposeNEON(dst *float32, dstStride, dstStep int, src *float32, srcStride, srcStep, tiles int)
TEXT ·transposeNEON(SB), NOSPLIT, $0-56
	MOVD dst+0(FP), R0
	MOVD dstStride+8(FP), R1
	MOVD dstStep+16(FP), R2
	MOVD src+24(FP), R3
	MOVD srcStride+32(FP), R4
	MOVD srcStep+40(FP), R5
	MOVD tiles+48(FP), R6

tile:
	MOVD R3, R8
	LOAD8(R8, V0, V1)
	LOAD8(R8, V2, V3)
	LOAD8(R8, V4, V5)
	LOAD8(R8, V6, V7)
	LOAD8(R8, V8, V9)
	LOAD8(R8, V10, V11)
	LOAD8(R8, V12, V13)
	LOAD8(R8, V14, V15)
	MOVD R0, R9
	ADD $16, R0, R10
	TURN4(V0, V2, V4, V6)
	STORE4(R9)
	TURN4(V8, V10, V12, V14)
	STORE4(R10)
	TURN4(V1, V3, V5, V7)
	STORE4(R9)
	TURN4(V9, V11, V13, V15)
	STORE4(R10)
	ADD R2, R0
	ADD R5, R3
	SUBS $1, R6
	BNE tile
	RET

// FLOATS widens 8 bytes to the floats of registers x (lower) and y.
#define FLOATS(bytes, lo, hi, x, y) \
	VUXTL bytes.B8, hi.H8 \
	VUXTL hi.H4, lo.S4 \
	VUXTL2 hi.H8, hi.S4 \
	UCVTF4S(x, x) \
	UCVTF4S(y, y)

// func lumaNEON(dst *float32, src *byte, coefs *[3]float32, channels, eights int)
//
// Each step is rounded, in the reference's order.
TEXT ·lumaNEON(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD coefs+16(FP), R2
	MOVD channels+24(FP), R3
	MOVD eights+32(FP), R4
	VLD1R.P 4(R2), [V28.S4]
	VLD1R.P 4(R2), [V29.S4]
	VLD1R (R2), [V30.S4]

next:
	CMP $3, R3
	BGT four
	BEQ three
	VLD1.P 8(R1), [V0.B8]
	FLOATS(V0, V4, V5, 4, 5)
	B store

three:
	VLD3.P 24(R1), [V0.B8, V1.B8, V2.B8]
	B weigh

four:
	VLD4.P 32(R1), [V0.B8, V1.B8, V2.B8, V3.B8]

weigh:
	FLOATS(V0, V4, V5, 4, 5)
	FLOATS(V1, V6, V7, 6, 7)
	FLOATS(V2, V16, V17, 16, 17)
	FMUL4S(28, 4, 4)
	FMUL4S(28, 5, 5)
	FMUL4S(29, 6, 6)
	FMUL4S(29, 7, 7)
	FMUL4S(30, 16, 16)
	FMUL4S(30, 17, 17)
	FADD4S(6, 4, 4)
	FADD4S(7, 5, 5)
	FADD4S(16, 4, 4)
	FADD4S(17, 5, 5)

store:
	VST1.P [V4.S4, V5.S4], 32(R0)
	SUBS $1, R4
	BNE next
	RET

// BOX adds the column that enters to the sums V0 … V3 and takes away the one
// that leaves.
#define BOX \
	VLD1.P 64(R1), [V16.S4, V17.S4, V18.S4, V19.S4] \
	VLD1.P 64(R2), [V20.S4, V21.S4, V22.S4, V23.S4] \
	FADD4S(16, 0, 0) \
	FADD4S(17, 1, 1) \
	FADD4S(18, 2, 2) \
	FADD4S(19, 3, 3) \
	FSUB4S(20, 0, 0) \
	FSUB4S(21, 1, 1) \
	FSUB4S(22, 2, 2) \
	FSUB4S(23, 3, 3)

// MEAN stores the sums divided by the next count.
#define MEAN \
	VLD1R.P 4(R4), [V24.S4] \
	FDIV4S(24, 0, 16) \
	FDIV4S(24, 1, 17) \
	FDIV4S(24, 2, 18) \
	FDIV4S(24, 3, 19) \
	VST1.P [V16.S4, V17.S4, V18.S4, V19.S4], 64(R0)

// func boxNEON(dst, enter, leave *float32, state *[16]float32, counts *float32, n int)
TEXT ·boxNEON(SB), NOSPLIT, $0-48
	MOVD dst+0(FP), R0
	MOVD enter+8(FP), R1
	MOVD leave+16(FP), R2
	MOVD state+24(FP), R3
	MOVD counts+32(FP), R4
	MOVD n+40(FP), R5
	VLD1 (R3), [V0.S4, V1.S4, V2.S4, V3.S4]

next:
	BOX
	MEAN
	SUBS $1, R5
	BNE next
	VST1 [V0.S4, V1.S4, V2.S4, V3.S4], (R3)
	RET

// func samplesNEON(dst, enter, leave *float32, state *[16]float32, counts *[64]float32, skips *[64]int)
TEXT ·samplesNEON(SB), NOSPLIT, $0-48
	MOVD dst+0(FP), R0
	MOVD enter+8(FP), R1
	MOVD leave+16(FP), R2
	MOVD state+24(FP), R3
	MOVD counts+32(FP), R4
	MOVD skips+40(FP), R5
	MOVD $64, R6
	VLD1 (R3), [V0.S4, V1.S4, V2.S4, V3.S4]

sample:
	MOVD.P 8(R5), R7
	CBZ R7, out

skip:
	BOX
	SUBS $1, R7
	BNE skip

out:
	MEAN
	SUBS $1, R6
	BNE sample
	RET

// func columnsNEON(mean, sum, enter, leave *float32, eights int, count float32)
TEXT ·columnsNEON(SB), NOSPLIT, $0-44
	MOVD mean+0(FP), R0
	MOVD sum+8(FP), R1
	MOVD enter+16(FP), R2
	MOVD leave+24(FP), R3
	MOVD eights+32(FP), R4
	MOVWU count+40(FP), R5
	VDUP R5, V31.S4

next:
	VLD1 (R1), [V0.S4, V1.S4]
	VLD1.P 32(R2), [V2.S4, V3.S4]
	VLD1.P 32(R3), [V4.S4, V5.S4]
	FADD4S(2, 0, 0)
	FADD4S(3, 1, 1)
	FSUB4S(4, 0, 0)
	FSUB4S(5, 1, 1)
	FDIV4S(31, 0, 6)
	FDIV4S(31, 1, 7)
	VST1.P [V0.S4, V1.S4], 32(R1)
	VST1.P [V6.S4, V7.S4], 32(R0)
	SUBS $1, R4
	BNE next
	RET
