//go:build !purego

#include "textflag.h"

// func scanNEON(out *[block]uint32, next *uint16, n int, key uint16, limit int) int
TEXT ·scanNEON(SB), NOSPLIT, $0-48
	MOVD out+0(FP), R0
	MOVD next+8(FP), R1
	MOVD n+16(FP), R2
	MOVHU key+24(FP), R3
	MOVD limit+32(FP), R4
	VDUP R3, V0.H8
	VDUP R4, V1.H8
	MOVD R0, R5
	MOVD $0, R6

loop:
	CMP R2, R6
	BGE done
	VLD1.P 32(R1), [V2.H8, V3.H8]
	VEOR V0.B16, V2.B16, V2.B16
	VEOR V0.B16, V3.B16, V3.B16
	VCNT V2.B16, V2.B16
	VCNT V3.B16, V3.B16
	VSHL $8, V2.H8, V4.H8
	VSHL $8, V3.H8, V5.H8
	VADD V4.B16, V2.B16, V2.B16    // bits of each word, in its high byte
	VADD V5.B16, V3.B16, V3.B16
	VUSHR $8, V2.H8, V2.H8
	VUSHR $8, V3.H8, V3.H8
	VUMIN V1.H8, V2.H8, V4.H8
	VUMIN V1.H8, V3.H8, V5.H8
	VCMEQ V2.H8, V4.H8, V4.H8      // bits <= limit
	VCMEQ V3.H8, V5.H8, V5.H8
	VUZP1 V5.B16, V4.B16, V4.B16   // one byte a word
	VMOV V4.D[0], R7
	VMOV V4.D[1], R8
	ORR R7, R8, R9
	CBNZ R9, some
next:
	ADD $16, R6
	B loop

some:
	MOVD R6, R10
	CBZ R7, second
first:
	RBIT R7, R9
	CLZ R9, R9
	LSR $3, R9, R11
	ADD R10, R11, R11
	CMP R2, R11
	BGE done                       // what follows belongs to another bucket
	MOVW.P R11, 4(R0)
	MOVD $0xff, R12
	LSL R9, R12, R12
	BIC R12, R7, R7
	CBNZ R7, first
second:
	CBZ R8, next
	ADD $8, R6, R10
	MOVD R8, R7
	MOVD $0, R8
	B first

done:
	SUB R5, R0, R0
	LSR $2, R0, R0
	MOVD R0, ret+40(FP)
	RET

// func prefetch(p unsafe.Pointer, n int)
TEXT ·prefetch(SB), NOSPLIT, $0-16
	MOVD p+0(FP), R0
	MOVD n+8(FP), R1
	ADD R0, R1, R1
	AND $~63, R0, R0

line:
	CMP R1, R0
	BHS end
	PRFM (R0), PLDL1KEEP
	ADD $64, R0, R0
	B line
end:
	RET
