//go:build !purego

#include "textflag.h"

// KEY sets z to the keys of 16 floats.
#define KEY(at, z) \
	VMOVDQU32 (64*at)(SI), z \
	VPSRAD $31, z, Z16 \
	VPANDD Z17, Z16, Z16 \
	VPXORD Z16, z, z

// COUNT adds the number of bits in mask to sum.
#define COUNT(mask, tmp, sum) \
	KMOVW mask, tmp \
	POPCNTL tmp, tmp \
	ADDL tmp, sum

// BELOW adds to R10 the number of keys in z below that in Z18.
#define BELOW(z, mask, tmp) \
	VPCMPGTD z, Z18, mask \
	COUNT(mask, tmp, R10)

// HIGHER counts in R10 the keys of z above the median, keeps in Z21 the least of
// them, and stores a bit for each float above it. That is another question: as
// floats, the zeros of either sign are equal.
#define HIGHER(at, z) \
	VPCMPGTD Z18, z, K1 \
	COUNT(K1, AX, R10) \
	VPMINSD z, Z21, K1, Z21 \
	VMOVUPS (64*at)(SI), Z16 \
	VCMPPS $0x1e, Z22, Z16, K2 \
	KMOVW K2, AX \
	MOVW AX, (2*at)(DX)

// LEAST puts the least of the sixteen integers of Z21 into every lane.
#define LEAST \
	VSHUFI64X2 $0x4e, Z21, Z21, Z16 \
	VPMINSD Z16, Z21, Z21 \
	VSHUFI64X2 $0xb1, Z21, Z21, Z16 \
	VPMINSD Z16, Z21, Z21 \
	VPSHUFD $0x4e, Z21, Z16 \
	VPMINSD Z16, Z21, Z21 \
	VPSHUFD $0xb1, Z21, Z16 \
	VPMINSD Z16, Z21, Z21

// FLOAT turns a key back into the bits of its float.
#define FLOAT(key, tmp) \
	MOVL key, tmp \
	SARL $31, tmp \
	ANDL $0x7fffffff, tmp \
	XORL tmp, key

// func medianAVX512(c *coefficients, above *[32]byte) (median, next float32)
//
// This is medianAVX2, but the keys stay in Z0 to Z15.
TEXT ·medianAVX512(SB), NOSPLIT, $0-24
	MOVQ c+0(FP), SI
	MOVL $0x7fffffff, AX
	VPBROADCASTD AX, Z17
	KEY(0, Z0)
	KEY(1, Z1)
	KEY(2, Z2)
	KEY(3, Z3)
	KEY(4, Z4)
	KEY(5, Z5)
	KEY(6, Z6)
	KEY(7, Z7)
	KEY(8, Z8)
	KEY(9, Z9)
	KEY(10, Z10)
	KEY(11, Z11)
	KEY(12, Z12)
	KEY(13, Z13)
	KEY(14, Z14)
	KEY(15, Z15)

	XORL R8, R8 // the value found so far, biased to be unsigned
	MOVL $31, CX

bit:
	MOVL $1, R9
	SHLL CX, R9
	ORL R8, R9
	MOVL R9, AX
	XORL $0x80000000, AX
	VPBROADCASTD AX, Z18
	XORL R10, R10 // the number of keys below
	BELOW(Z0, K1, AX)
	BELOW(Z1, K2, BX)
	BELOW(Z2, K3, DX)
	BELOW(Z3, K4, DI)
	BELOW(Z4, K1, AX)
	BELOW(Z5, K2, BX)
	BELOW(Z6, K3, DX)
	BELOW(Z7, K4, DI)
	BELOW(Z8, K1, AX)
	BELOW(Z9, K2, BX)
	BELOW(Z10, K3, DX)
	BELOW(Z11, K4, DI)
	BELOW(Z12, K1, AX)
	BELOW(Z13, K2, BX)
	BELOW(Z14, K3, DX)
	BELOW(Z15, K4, DI)
	CMPL R10, $127
	CMOVLLE R9, R8
	DECL CX
	JGE bit

	XORL $0x80000000, R8
	VPBROADCASTD R8, Z18
	FLOAT(R8, R9)
	MOVL R8, median+16(FP)
	VPBROADCASTD R8, Z22
	MOVQ above+8(FP), DX
	XORL R10, R10
	VMOVDQA32 Z17, Z21
	HIGHER(0, Z0)
	HIGHER(1, Z1)
	HIGHER(2, Z2)
	HIGHER(3, Z3)
	HIGHER(4, Z4)
	HIGHER(5, Z5)
	HIGHER(6, Z6)
	HIGHER(7, Z7)
	HIGHER(8, Z8)
	HIGHER(9, Z9)
	HIGHER(10, Z10)
	HIGHER(11, Z11)
	HIGHER(12, Z12)
	HIGHER(13, Z13)
	HIGHER(14, Z14)
	HIGHER(15, Z15)

	// With more than 128 keys up to the median, the next is the median again.
	LEAST
	VMOVD X21, R11
	FLOAT(R11, R9)
	CMPL R10, $128
	CMOVLLT R8, R11
	MOVL R11, next+20(FP)
	VZEROUPPER
	RET
