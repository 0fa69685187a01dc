//go:build !purego

#include "textflag.h"

DATA shift<>+0(SB)/4, $1
DATA shift<>+4(SB)/4, $2
DATA shift<>+8(SB)/4, $3
DATA shift<>+12(SB)/4, $4
DATA shift<>+16(SB)/4, $5
DATA shift<>+20(SB)/4, $6
DATA shift<>+24(SB)/4, $7
DATA shift<>+28(SB)/4, $7
GLOBL shift<>(SB), RODATA|NOPTR, $32

// TERM adds the term of the neighbours Y0 and Y1: Y4 the sum, Y5 and Y6 minus
// the numbers of terms that could be one lower or higher.
#define TERM \
	VSUBPS Y1, Y0, Y0 \
	VMULPS Y8, Y0, Y0 \
	VDIVPS Y9, Y0, Y0 \
	VANDPS Y10, Y0, Y0 \
	VMINPS Y11, Y0, Y0 \
	VCVTTPS2DQ Y0, Y1 \
	VCVTDQ2PS Y1, Y2 \
	VSUBPS Y2, Y0, Y0 \
	VPADDD Y1, Y4, Y4 \
	VCMPPS $0x11, Y12, Y0, Y2 \
	VPCMPGTD Y14, Y1, Y3 \
	VPAND Y3, Y2, Y2 \
	VPADDD Y2, Y5, Y5 \
	VCMPPS $0x1d, Y13, Y0, Y2 \
	VPADDD Y2, Y6, Y6

#define BROADCAST(bits, x, y) \
	MOVL $bits, AX \
	VMOVD AX, x \
	VPBROADCASTD x, y

// SUM8 adds up the eight integers of y, whose lower half is x.
#define SUM8(x, y, tmp, sum) \
	VEXTRACTI128 $1, y, tmp \
	VPADDD tmp, x, x \
	VPSHUFD $0x4e, x, tmp \
	VPADDD tmp, x, x \
	VPSHUFD $0xb1, x, tmp \
	VPADDD tmp, x, x \
	VMOVD x, sum

// func gradientAVX2(u *Buffer, low, high float32) (sum, down, up int32)
TEXT ·gradientAVX2(SB), NOSPLIT, $0-28
	MOVQ u+0(FP), SI
	BROADCAST(0x42c80000, X8, Y8)   // 100
	BROADCAST(0x437f0000, X9, Y9)   // 255
	BROADCAST(0x7fffffff, X10, Y10) // without the sign
	BROADCAST(0x47c35000, X11, Y11) // gradientLimit
	VBROADCASTSS low+8(FP), Y12
	VBROADCASTSS high+12(FP), Y13
	VPXOR Y14, Y14, Y14
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VMOVDQU shift<>(SB), Y15
	MOVQ $504, CX
	MOVQ SI, DI

down:
	VMOVUPS (DI), Y0
	VMOVUPS 256(DI), Y1
	TERM
	ADDQ $32, DI
	DECQ CX
	JNZ down

	MOVQ $64, CX

across:
	MOVQ $7, DX

eight:
	VMOVUPS (SI), Y0
	VMOVUPS 4(SI), Y1
	TERM
	ADDQ $32, SI
	DECQ DX
	JNZ eight

	// The last column has no neighbour; it is compared with itself.
	VMOVUPS (SI), Y0
	VPERMPS Y0, Y15, Y1
	TERM
	ADDQ $32, SI
	DECQ CX
	JNZ across

	SUM8(X4, Y4, X0, AX)
	MOVL AX, sum+16(FP)
	SUM8(X5, Y5, X0, AX)
	NEGL AX
	MOVL AX, down+20(FP)
	SUM8(X6, Y6, X0, AX)
	NEGL AX
	MOVL AX, up+24(FP)
	VZEROUPPER
	RET
