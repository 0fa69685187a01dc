//go:build !purego

#include "textflag.h"

// SUM8 adds up the eight integers of y, whose lower half is x.
#define SUM8(x, y, tmp, sum) \
	VEXTRACTI128 $1, y, tmp \
	VPADDD tmp, x, x \
	VPSHUFD $0x4e, x, tmp \
	VPADDD tmp, x, x \
	VPSHUFD $0xb1, x, tmp \
	VPADDD tmp, x, x \
	VMOVD x, sum

// FLOAT turns a key back into the bits of its float.
#define FLOAT(key, tmp) \
	MOVL key, tmp \
	SARL $31, tmp \
	ANDL $0x7fffffff, tmp \
	XORL tmp, key

// func medianAVX2(c *coefficients, keys *[256]int32, above *[32]byte) (median, next float32)
//
// keys order as signed integers like the floats they stand for. The median is
// found bit by bit: the largest value that at most 127 keys lie below.
TEXT ·medianAVX2(SB), NOSPLIT, $0-32
	MOVQ c+0(FP), SI
	MOVQ keys+8(FP), DI
	VPCMPEQD Y15, Y15, Y15
	VPSRLD $1, Y15, Y15 // 0x7fffffff
	XORQ AX, AX

key:
	VMOVDQU (SI)(AX*1), Y0
	VPSRAD $31, Y0, Y1
	VPAND Y15, Y1, Y1
	VPXOR Y1, Y0, Y0
	VMOVDQU Y0, (DI)(AX*1)
	ADDQ $32, AX
	CMPQ AX, $1024
	JLT key

	XORL R8, R8 // the value found so far, biased to be unsigned
	MOVL $31, CX

bit:
	MOVL $1, R9
	SHLL CX, R9
	ORL R8, R9
	MOVL R9, R10
	XORL $0x80000000, R10
	VMOVD R10, X0
	VPBROADCASTD X0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4
	XORQ AX, AX

count:
	VPCMPGTD (DI)(AX*1), Y0, Y5
	VPCMPGTD 32(DI)(AX*1), Y0, Y6
	VPCMPGTD 64(DI)(AX*1), Y0, Y7
	VPCMPGTD 96(DI)(AX*1), Y0, Y8
	VPADDD Y5, Y1, Y1
	VPADDD Y6, Y2, Y2
	VPADDD Y7, Y3, Y3
	VPADDD Y8, Y4, Y4
	ADDQ $128, AX
	CMPQ AX, $1024
	JLT count

	VPADDD Y2, Y1, Y1
	VPADDD Y4, Y3, Y3
	VPADDD Y3, Y1, Y1
	SUM8(X1, Y1, X2, R10) // minus the number of keys below
	CMPL R10, $-127
	CMOVLGE R9, R8
	DECL CX
	JGE bit

	XORL $0x80000000, R8
	VMOVD R8, X0
	VPBROADCASTD X0, Y0
	FLOAT(R8, R9)
	MOVL R8, median+24(FP)
	VMOVD R8, X2
	VPBROADCASTD X2, Y2
	MOVQ above+16(FP), DX
	VPXOR Y1, Y1, Y1
	VMOVDQA Y15, Y3
	XORQ AX, AX

higher:
	VMOVDQU (DI)(AX*1), Y7
	VPCMPGTD Y0, Y7, Y5
	VPADDD Y5, Y1, Y1
	VPBLENDVB Y5, Y7, Y15, Y6
	VPMINSD Y6, Y3, Y3
	VMOVUPS (SI)(AX*1), Y4
	VCMPPS $0x1e, Y2, Y4, Y4
	VMOVMSKPS Y4, R10
	MOVB R10, (DX)
	INCQ DX
	ADDQ $32, AX
	CMPQ AX, $1024
	JLT higher

	// With more than 128 keys up to the median, the next is the median again.
	SUM8(X1, Y1, X2, R10)
	VEXTRACTI128 $1, Y3, X4
	VPMINSD X4, X3, X3
	VPSHUFD $0x4e, X3, X4
	VPMINSD X4, X3, X3
	VPSHUFD $0xb1, X3, X4
	VPMINSD X4, X3, X3
	VMOVD X3, R11
	FLOAT(R11, R9)
	CMPL R10, $-128
	CMOVLGT R8, R11
	MOVL R11, next+28(FP)
	VZEROUPPER
	RET
