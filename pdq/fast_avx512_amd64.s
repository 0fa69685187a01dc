//go:build !purego

#include "textflag.h"
#include "avx512_amd64.h"

// These kernels are those of fast_amd64.s with registers twice as long.

// WIDEN stores 16 sums of 16 bits as float32: line = sum*scale.
#define WIDEN(src, at) \
	VPMOVZXWD src, Z8 \
	VCVTDQ2PS Z8, Z8 \
	VMULPS Z15, Z8, Z8 \
	VMOVUPS Z8, at(DI)

// WIDENADD is the same, added to what stands there.
#define WIDENADD(src, at) \
	VPMOVZXWD src, Z8 \
	VCVTDQ2PS Z8, Z8 \
	VFMADD213PS at(DI), Z15, Z8 \
	VMOVUPS Z8, at(DI)

// func rowsAVX512(line *float32, src *byte, off *int, taps *byte, pairs, strips int, scale float32, add bool)
//
// The lanes of a vector interleave separately, so the sums of Z0 and Z1 stand in
// the order 0-7, 16-23, 32-39, 48-55 and 8-15, 24-31, 40-47, 56-63.
TEXT ·rowsAVX512(SB), NOSPLIT, $0-53
	MOVQ line+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ off+16(FP), DX
	MOVQ taps+24(FP), CX
	MOVQ pairs+32(FP), R8
	MOVQ strips+40(FP), R9
	VBROADCASTSS scale+48(FP), Z15
	MOVBLZX add+52(FP), AX
	VMOVDQU64 pairs<>+0(SB), Z13
	VMOVDQU64 pairs<>+64(SB), Z14

strip:
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	MOVQ DX, R10
	MOVQ CX, R11
	MOVQ R8, R12

pair:
	MOVQ (R10), R13
	MOVQ 8(R10), BX
	VMOVDQU64 (SI)(R13*1), Z4
	VMOVDQU64 (SI)(BX*1), Z6
	VBROADCASTI64X4 (R11), Z12
	VPUNPCKLBW Z6, Z4, Z8
	VPUNPCKHBW Z6, Z4, Z9
	VPMADDUBSW Z12, Z8, Z8
	VPMADDUBSW Z12, Z9, Z9
	VPADDW Z8, Z0, Z0
	VPADDW Z9, Z1, Z1
	ADDQ $16, R10
	ADDQ $32, R11
	DECQ R12
	JNZ pair

	VMOVDQA64 Z0, Z2
	VPERMT2Q Z1, Z13, Z0 // 0-31
	VPERMT2Q Z1, Z14, Z2 // 32-63
	VEXTRACTI64X4 $1, Z0, Y1
	VEXTRACTI64X4 $1, Z2, Y3
	TESTL AX, AX
	JNZ plus
	WIDEN(Y0, 0)
	WIDEN(Y1, 64)
	WIDEN(Y2, 128)
	WIDEN(Y3, 192)
	JMP next

plus:
	WIDENADD(Y0, 0)
	WIDENADD(Y1, 64)
	WIDENADD(Y2, 128)
	WIDENADD(Y3, 192)

next:
	ADDQ $256, DI
	ADDQ $64, SI
	DECQ R9
	JNZ strip
	VZEROUPPER
	RET

// FOLD adds the upper half of z to its lower, y.
#define FOLD(z, y) \
	VEXTRACTF64X4 $1, z, Y8 \
	VADDPS Y8, y, y

// func dotsAVX512(dst, line *float32, first *int, weights *float32, vectors, count int)
//
// vectors are of 8 weights; an odd one is taken under a mask.
TEXT ·dotsAVX512(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ line+8(FP), SI
	MOVQ first+16(FP), DX
	MOVQ weights+24(FP), CX
	MOVL $0xff, AX
	KMOVW AX, K1

eight:
	MOVQ 0(DX), R8
	MOVQ 8(DX), R9
	MOVQ 16(DX), R10
	MOVQ 24(DX), R11
	MOVQ 32(DX), R12
	MOVQ 40(DX), R13
	MOVQ 48(DX), R14
	MOVQ 56(DX), R15
	LEAQ (SI)(R8*4), R8
	LEAQ (SI)(R9*4), R9
	LEAQ (SI)(R10*4), R10
	LEAQ (SI)(R11*4), R11
	LEAQ (SI)(R12*4), R12
	LEAQ (SI)(R13*4), R13
	LEAQ (SI)(R14*4), R14
	LEAQ (SI)(R15*4), R15
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	VPXORD Z4, Z4, Z4
	VPXORD Z5, Z5, Z5
	VPXORD Z6, Z6, Z6
	VPXORD Z7, Z7, Z7
	XORQ AX, AX
	MOVQ vectors+32(FP), BX
	SUBQ $2, BX
	JLT odd

step:
	VMOVUPS (CX)(AX*1), Z8
	VFMADD231PS (R8)(AX*1), Z8, Z0
	VFMADD231PS (R9)(AX*1), Z8, Z1
	VFMADD231PS (R10)(AX*1), Z8, Z2
	VFMADD231PS (R11)(AX*1), Z8, Z3
	VFMADD231PS (R12)(AX*1), Z8, Z4
	VFMADD231PS (R13)(AX*1), Z8, Z5
	VFMADD231PS (R14)(AX*1), Z8, Z6
	VFMADD231PS (R15)(AX*1), Z8, Z7
	ADDQ $64, AX
	SUBQ $2, BX
	JGE step

odd:
	CMPQ BX, $-2
	JEQ sums
	VMOVUPS.Z (CX)(AX*1), K1, Z8
	VFMADD231PS (R8)(AX*1), Z8, K1, Z0
	VFMADD231PS (R9)(AX*1), Z8, K1, Z1
	VFMADD231PS (R10)(AX*1), Z8, K1, Z2
	VFMADD231PS (R11)(AX*1), Z8, K1, Z3
	VFMADD231PS (R12)(AX*1), Z8, K1, Z4
	VFMADD231PS (R13)(AX*1), Z8, K1, Z5
	VFMADD231PS (R14)(AX*1), Z8, K1, Z6
	VFMADD231PS (R15)(AX*1), Z8, K1, Z7

sums:
	FOLD(Z0, Y0)
	FOLD(Z1, Y1)
	FOLD(Z2, Y2)
	FOLD(Z3, Y3)
	FOLD(Z4, Y4)
	FOLD(Z5, Y5)
	FOLD(Z6, Y6)
	FOLD(Z7, Y7)
	VHADDPS Y1, Y0, Y0
	VHADDPS Y3, Y2, Y2
	VHADDPS Y5, Y4, Y4
	VHADDPS Y7, Y6, Y6
	VHADDPS Y2, Y0, Y0
	VHADDPS Y6, Y4, Y4
	VPERM2F128 $0x20, Y4, Y0, Y1
	VPERM2F128 $0x31, Y4, Y0, Y2
	VADDPS Y2, Y1, Y1
	VMOVUPS Y1, (DI)
	ADDQ $32, DI
	ADDQ $64, DX
	SUBQ $8, count+40(FP)
	JNZ eight
	VZEROUPPER
	RET
