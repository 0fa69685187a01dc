//go:build !purego

#include "textflag.h"

DATA shift<>+0(SB)/4, $1
DATA shift<>+4(SB)/4, $2
DATA shift<>+8(SB)/4, $3
DATA shift<>+12(SB)/4, $4
DATA shift<>+16(SB)/4, $5
DATA shift<>+20(SB)/4, $6
DATA shift<>+24(SB)/4, $7
DATA shift<>+28(SB)/4, $8
DATA shift<>+32(SB)/4, $9
DATA shift<>+36(SB)/4, $10
DATA shift<>+40(SB)/4, $11
DATA shift<>+44(SB)/4, $12
DATA shift<>+48(SB)/4, $13
DATA shift<>+52(SB)/4, $14
DATA shift<>+56(SB)/4, $15
DATA shift<>+60(SB)/4, $15
GLOBL shift<>(SB), RODATA|NOPTR, $64

// TERM adds the term of the neighbours Z0 and Z1: Z4 the sum, Z5 and Z6 the
// numbers of terms that could be one lower or higher.
#define TERM \
	VSUBPS Z1, Z0, Z0 \
	VMULPS Z8, Z0, Z0 \
	VDIVPS Z9, Z0, Z0 \
	VPANDD Z10, Z0, Z0 \
	VMINPS Z11, Z0, Z0 \
	VCVTTPS2DQ Z0, Z1 \
	VCVTDQ2PS Z1, Z2 \
	VSUBPS Z2, Z0, Z0 \
	VPADDD Z1, Z4, Z4 \
	VCMPPS $0x11, Z12, Z0, K1 \
	VPCMPGTD Z14, Z1, K1, K1 \
	VPADDD Z7, Z5, K1, Z5 \
	VCMPPS $0x1d, Z13, Z0, K2 \
	VPADDD Z7, Z6, K2, Z6

#define BROADCAST(bits, z) \
	MOVL $bits, AX \
	VPBROADCASTD AX, z

// SUM16 adds up the sixteen integers of z, whose parts are x and y.
#define SUM16(x, y, z, sum) \
	VEXTRACTI64X4 $1, z, Y0 \
	VPADDD Y0, y, y \
	VEXTRACTI128 $1, y, X0 \
	VPADDD X0, x, x \
	VPSHUFD $0x4e, x, X0 \
	VPADDD X0, x, x \
	VPSHUFD $0xb1, x, X0 \
	VPADDD X0, x, x \
	VMOVD x, sum

// func gradientAVX512(u *Buffer, low, high float32) (sum, down, up int32)
TEXT ·gradientAVX512(SB), NOSPLIT, $0-28
	MOVQ u+0(FP), SI
	BROADCAST(1, Z7)
	BROADCAST(0x42c80000, Z8)  // 100
	BROADCAST(0x437f0000, Z9)  // 255
	BROADCAST(0x7fffffff, Z10) // without the sign
	BROADCAST(0x47c35000, Z11) // gradientLimit
	VBROADCASTSS low+8(FP), Z12
	VBROADCASTSS high+12(FP), Z13
	VPXORD Z14, Z14, Z14
	VPXORD Z4, Z4, Z4
	VPXORD Z5, Z5, Z5
	VPXORD Z6, Z6, Z6
	VMOVDQU32 shift<>(SB), Z15
	MOVQ $252, CX
	MOVQ SI, DI

down:
	VMOVUPS (DI), Z0
	VMOVUPS 256(DI), Z1
	TERM
	ADDQ $64, DI
	DECQ CX
	JNZ down

	MOVQ $64, CX

across:
	MOVQ $3, DX

sixteen:
	VMOVUPS (SI), Z0
	VMOVUPS 4(SI), Z1
	TERM
	ADDQ $64, SI
	DECQ DX
	JNZ sixteen

	// The last column has no neighbour; it is compared with itself.
	VMOVUPS (SI), Z0
	VPERMPS Z0, Z15, Z1
	TERM
	ADDQ $64, SI
	DECQ CX
	JNZ across

	SUM16(X4, Y4, Z4, AX)
	MOVL AX, sum+16(FP)
	SUM16(X5, Y5, Z5, AX)
	MOVL AX, down+20(FP)
	SUM16(X6, Y6, Z6, AX)
	MOVL AX, up+24(FP)
	VZEROUPPER
	RET
