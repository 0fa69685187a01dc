//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"

DATA weights<>+0(SB)/4, $1
DATA weights<>+4(SB)/4, $2
DATA weights<>+8(SB)/4, $4
DATA weights<>+12(SB)/4, $8
DATA weights<>+16(SB)/4, $16
DATA weights<>+20(SB)/4, $32
DATA weights<>+24(SB)/4, $64
DATA weights<>+28(SB)/4, $128
GLOBL weights<>(SB), RODATA|NOPTR, $32

// FLOAT turns a key back into the bits of its float.
#define FLOAT(key, tmp) \
	ASRW $31, key, tmp \
	ANDW $0x7fffffff, tmp \
	EORW tmp, key

// func medianNEON(c *coefficients, keys *[256]int32, above *[32]byte) (median, next float32)
//
// keys order as signed integers like the floats they stand for. The median is
// found bit by bit: the largest value that at most 127 keys lie below.
TEXT ·medianNEON(SB), NOSPLIT, $0-32
	MOVD c+0(FP), R0
	MOVD keys+8(FP), R1
	MOVD $0x7fffffff, R3
	VDUP R3, V31.S4
	MOVD $64, R4
	MOVD R1, R5

key:
	VLD1.P 16(R0), [V0.S4]
	SSHR31(0, 1)
	VAND V31.B16, V1.B16, V1.B16
	VEOR V1.B16, V0.B16, V0.B16
	VST1.P [V0.S4], 16(R5)
	SUBS $1, R4
	BNE key

	MOVD $0, R6          // the value found so far, biased to be unsigned
	MOVD $0x80000000, R7 // the bit that is tried
	MOVD R7, R8

bit:
	ORRW R7, R6, R9
	EORW R8, R9, R10
	VDUP R10, V0.S4
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	MOVD $16, R4
	MOVD R1, R5

count:
	VLD1.P 64(R5), [V16.S4, V17.S4, V18.S4, V19.S4]
	CMGT4S(16, 0, 20)
	CMGT4S(17, 0, 21)
	CMGT4S(18, 0, 22)
	CMGT4S(19, 0, 23)
	VADD V20.S4, V1.S4, V1.S4
	VADD V21.S4, V2.S4, V2.S4
	VADD V22.S4, V1.S4, V1.S4
	VADD V23.S4, V2.S4, V2.S4
	SUBS $1, R4
	BNE count

	VADD V2.S4, V1.S4, V1.S4
	VADDV V1.S4, V1
	VMOV V1.S[0], R10
	NEGW R10, R10 // the number of keys below
	CMPW $127, R10
	CSELW LE, R9, R6, R6
	LSRW $1, R7
	CBNZW R7, bit

	EORW R8, R6
	VDUP R6, V0.S4
	FLOAT(R6, R9)
	MOVW R6, median+24(FP)
	VDUP R6, V2.S4
	MOVD c+0(FP), R0
	MOVD above+16(FP), R2
	MOVD $weights<>(SB), R5
	VLD1 (R5), [V24.S4, V25.S4]
	VEOR V1.B16, V1.B16, V1.B16
	VORR V31.B16, V31.B16, V3.B16
	MOVD $32, R4

higher:
	VLD1.P 32(R1), [V16.S4, V17.S4]
	CMGT4S(0, 16, 18)
	CMGT4S(0, 17, 19)
	VADD V18.S4, V1.S4, V1.S4
	VADD V19.S4, V1.S4, V1.S4
	VBSL V31.B16, V16.B16, V18.B16
	VBSL V31.B16, V17.B16, V19.B16
	SMIN4S(18, 3, 3)
	SMIN4S(19, 3, 3)
	VLD1.P 32(R0), [V20.S4, V21.S4]
	FCMGT4S(2, 20, 20)
	FCMGT4S(2, 21, 21)
	VAND V24.B16, V20.B16, V20.B16
	VAND V25.B16, V21.B16, V21.B16
	VADD V21.S4, V20.S4, V20.S4
	VADDV V20.S4, V20
	VMOV V20.S[0], R9
	MOVB R9, (R2)
	ADD $1, R2
	SUBS $1, R4
	BNE higher

	// With more than 128 keys up to the median, the next is the median again.
	VADDV V1.S4, V1
	VMOV V1.S[0], R10
	NEGW R10, R10
	SMINV4S(3, 3)
	VMOV V3.S[0], R11
	FLOAT(R11, R9)
	CMPW $128, R10
	CSELW LT, R6, R11, R11
	MOVW R11, next+28(FP)
	RET
