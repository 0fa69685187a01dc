//go:build !purego

#include "textflag.h"

// WIDEN stores 8 sums of 16 bits as float32: line = sum*scale.
#define WIDEN(src, at) \
	VPMOVZXWD src, Y8 \
	VCVTDQ2PS Y8, Y8 \
	VMULPS Y15, Y8, Y8 \
	VMOVUPS Y8, at(DI)

// WIDENADD is the same, added to what stands there.
#define WIDENADD(src, at) \
	VPMOVZXWD src, Y8 \
	VCVTDQ2PS Y8, Y8 \
	VFMADD213PS at(DI), Y15, Y8 \
	VMOVUPS Y8, at(DI)

// func rowsAVX2(line *float32, src *byte, off *int, taps *byte, pairs, strips int, scale float32, add bool)
//
// Interleaves the bytes of two rows and multiplies and adds each pair in one
// instruction. The halves of a vector interleave separately, so the 16-bit sums
// stand in the order 0-7, 16-23 and 8-15, 24-31; widening puts them right.
TEXT ·rowsAVX2(SB), NOSPLIT, $0-53
	MOVQ line+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ off+16(FP), DX
	MOVQ taps+24(FP), CX
	MOVQ pairs+32(FP), R8
	MOVQ strips+40(FP), R9
	VBROADCASTSS scale+48(FP), Y15
	MOVBLZX add+52(FP), AX

strip:
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	MOVQ DX, R10
	MOVQ CX, R11
	MOVQ R8, R12

pair:
	MOVQ (R10), R13
	MOVQ 8(R10), BX
	VMOVDQU (SI)(R13*1), Y4
	VMOVDQU 32(SI)(R13*1), Y5
	VMOVDQU (SI)(BX*1), Y6
	VMOVDQU 32(SI)(BX*1), Y7
	VMOVDQU (R11), Y12
	VPUNPCKLBW Y6, Y4, Y8
	VPUNPCKHBW Y6, Y4, Y9
	VPUNPCKLBW Y7, Y5, Y10
	VPUNPCKHBW Y7, Y5, Y11
	VPMADDUBSW Y12, Y8, Y8
	VPMADDUBSW Y12, Y9, Y9
	VPMADDUBSW Y12, Y10, Y10
	VPMADDUBSW Y12, Y11, Y11
	VPADDW Y8, Y0, Y0
	VPADDW Y9, Y1, Y1
	VPADDW Y10, Y2, Y2
	VPADDW Y11, Y3, Y3
	ADDQ $16, R10
	ADDQ $32, R11
	DECQ R12
	JNZ pair

	VEXTRACTI128 $1, Y0, X4
	VEXTRACTI128 $1, Y1, X5
	VEXTRACTI128 $1, Y2, X6
	VEXTRACTI128 $1, Y3, X7
	TESTL AX, AX
	JNZ plus
	WIDEN(X0, 0)
	WIDEN(X1, 32)
	WIDEN(X4, 64)
	WIDEN(X5, 96)
	WIDEN(X2, 128)
	WIDEN(X3, 160)
	WIDEN(X6, 192)
	WIDEN(X7, 224)
	JMP next

plus:
	WIDENADD(X0, 0)
	WIDENADD(X1, 32)
	WIDENADD(X4, 64)
	WIDENADD(X5, 96)
	WIDENADD(X2, 128)
	WIDENADD(X3, 160)
	WIDENADD(X6, 192)
	WIDENADD(X7, 224)

next:
	ADDQ $256, DI
	ADDQ $64, SI
	DECQ R9
	JNZ strip
	VZEROUPPER
	RET

// func dotsAVX2(dst, line *float32, first *int, weights *float32, vectors, count int)
TEXT ·dotsAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ line+8(FP), SI
	MOVQ first+16(FP), DX
	MOVQ weights+24(FP), CX
	MOVQ vectors+32(FP), BX
	SHLQ $5, BX

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
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7
	XORQ AX, AX

step:
	VMOVUPS (CX)(AX*1), Y8
	VFMADD231PS (R8)(AX*1), Y8, Y0
	VFMADD231PS (R9)(AX*1), Y8, Y1
	VFMADD231PS (R10)(AX*1), Y8, Y2
	VFMADD231PS (R11)(AX*1), Y8, Y3
	VFMADD231PS (R12)(AX*1), Y8, Y4
	VFMADD231PS (R13)(AX*1), Y8, Y5
	VFMADD231PS (R14)(AX*1), Y8, Y6
	VFMADD231PS (R15)(AX*1), Y8, Y7
	ADDQ $32, AX
	CMPQ AX, BX
	JLT step

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
