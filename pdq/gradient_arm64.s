//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"

// TERM adds the term of the neighbours V0 and V1: V4 the sum, V5 and V6 minus
// the numbers of terms that could be one lower or higher.
#define TERM \
	FSUB4S(1, 0, 0) \
	FMUL4S(8, 0, 0) \
	FDIV4S(9, 0, 0) \
	FABS4S(0, 0) \
	FMINNM4S(11, 0, 0) \
	FCVTZS4S(0, 1) \
	SCVTF4S(1, 2) \
	FSUB4S(2, 0, 0) \
	VADD V1.S4, V4.S4, V4.S4 \
	FCMGT4S(0, 12, 2) \
	CMGT4S(14, 1, 3) \
	VAND V3.B16, V2.B16, V2.B16 \
	VADD V2.S4, V5.S4, V5.S4 \
	FCMGE4S(13, 0, 2) \
	VADD V2.S4, V6.S4, V6.S4

#define BROADCAST(bits, v) \
	MOVD $bits, R3 \
	VDUP R3, v.S4

// func gradientNEON(u *Buffer, low, high float32) (sum, down, up int32)
TEXT ·gradientNEON(SB), NOSPLIT, $0-28
	MOVD u+0(FP), R0
	BROADCAST(0x42c80000, V8)  // 100
	BROADCAST(0x437f0000, V9)  // 255
	BROADCAST(0x47c35000, V11) // gradientLimit
	MOVWU low+8(FP), R3
	VDUP R3, V12.S4
	MOVWU high+12(FP), R3
	VDUP R3, V13.S4
	VEOR V14.B16, V14.B16, V14.B16
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	MOVD R0, R1
	ADD $256, R0, R2
	MOVD $1008, R4

down:
	VLD1.P 16(R1), [V0.S4]
	VLD1.P 16(R2), [V1.S4]
	TERM
	SUBS $1, R4
	BNE down

	MOVD $64, R4

across:
	MOVD $15, R5

four:
	ADD $4, R0, R1
	VLD1.P 16(R0), [V0.S4]
	VLD1 (R1), [V1.S4]
	TERM
	SUBS $1, R5
	BNE four

	// The last column has no neighbour; it is compared with itself.
	VLD1.P 16(R0), [V0.S4]
	VDUP V0.S[3], V1.S4
	VEXT $4, V1.B16, V0.B16, V1.B16
	TERM
	SUBS $1, R4
	BNE across

	VADDV V4.S4, V4
	VMOV V4.S[0], R3
	MOVW R3, sum+16(FP)
	VADDV V5.S4, V5
	VMOV V5.S[0], R3
	NEGW R3, R3
	MOVW R3, down+20(FP)
	VADDV V6.S4, V6
	VMOV V6.S[0], R3
	NEGW R3, R3
	MOVW R3, up+24(FP)
	RET
