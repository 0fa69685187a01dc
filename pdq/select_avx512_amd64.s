//go:build !purego

#include "textflag.h"

// KEY sets z to the keys of 16 floats.
#define KEY(at, z) \
	VMOVDQU32 (64*at)(SI), z \
	VPSRAD $31, z, Z16 \
	VPANDD Z17, Z16, Z16 \
	VPXORD Z16, z, z

// BELOW adds one to the lanes of sum whose key in z is below that in Z18.
#define BELOW(z, mask, sum) \
	VPCMPGTD z, Z18, mask \
	VPADDD Z19, sum, mask, sum

// HIGHER counts in Z20 the keys of z above the median, keeps in Z21 the least of
// them, and stores a bit for each float above it. That is another question: as
// floats, the zeros of either sign are equal.
#define HIGHER(at, z) \
	VPCMPGTD Z18, z, K1 \
	VPADDD Z19, Z20, K1, Z20 \
	VPMINSD z, Z21, K1, Z21 \
	VMOVUPS (64*at)(SI), Z16 \
	VCMPPS $0x1e, Z22, Z16, K2 \
	KMOVW K2, AX \
	MOVW AX, (2*at)(DX)

// FOLD joins the sixteen integers of z by op, in every lane.
#define FOLD(op, z) \
	VSHUFI64X2 $0x4e, z, z, Z16 \
	op Z16, z, z \
	VSHUFI64X2 $0xb1, z, z, Z16 \
	op Z16, z, z \
	VPSHUFD $0x4e, z, Z16 \
	op Z16, z, z \
	VPSHUFD $0xb1, z, Z16 \
	op Z16, z, z

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
	MOVL $1, AX
	VPBROADCASTD AX, Z19
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
	MOVL R9, R10
	XORL $0x80000000, R10
	VPBROADCASTD R10, Z18
	VPXORD Z20, Z20, Z20
	VPXORD Z21, Z21, Z21
	VPXORD Z22, Z22, Z22
	VPXORD Z23, Z23, Z23
	BELOW(Z0, K1, Z20)
	BELOW(Z1, K2, Z21)
	BELOW(Z2, K3, Z22)
	BELOW(Z3, K4, Z23)
	BELOW(Z4, K1, Z20)
	BELOW(Z5, K2, Z21)
	BELOW(Z6, K3, Z22)
	BELOW(Z7, K4, Z23)
	BELOW(Z8, K1, Z20)
	BELOW(Z9, K2, Z21)
	BELOW(Z10, K3, Z22)
	BELOW(Z11, K4, Z23)
	BELOW(Z12, K1, Z20)
	BELOW(Z13, K2, Z21)
	BELOW(Z14, K3, Z22)
	BELOW(Z15, K4, Z23)
	VPADDD Z21, Z20, Z20
	VPADDD Z23, Z22, Z22
	VPADDD Z22, Z20, Z20
	FOLD(VPADDD, Z20)
	VMOVD X20, R10 // the number of keys below
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
	VPXORD Z20, Z20, Z20
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
	FOLD(VPADDD, Z20)
	FOLD(VPMINSD, Z21)
	VMOVD X20, R10
	VMOVD X21, R11
	FLOAT(R11, R9)
	CMPL R10, $128
	CMOVLLT R8, R11
	MOVL R11, next+20(FP)
	VZEROUPPER
	RET
