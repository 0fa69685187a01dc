//go:build !purego

#include "textflag.h"
#include "avx512_amd64.h"

// Some kernels of exact_amd64.s with registers twice as long: one holds the
// values of all 16 rows of a batch. The boxes are not among them: they wait for
// divisions and for the addition before, which take as long for twice the values.

// SWAP replaces a and b by lo(a, b) and hi(a, b).
#define SWAP(lo, hi, a, b) \
	lo b, a, Z16 \
	hi b, a, b \
	VMOVAPS Z16, a

// FOURS transposes the 4 x 4 values in each lane of Z0 … Z3 and of Z4 … Z7; the
// second and third of the four then stand in each other's place.
#define FOURS \
	SWAP(VUNPCKLPS, VUNPCKHPS, Z0, Z1) \
	SWAP(VUNPCKLPS, VUNPCKHPS, Z2, Z3) \
	SWAP(VUNPCKLPS, VUNPCKHPS, Z4, Z5) \
	SWAP(VUNPCKLPS, VUNPCKHPS, Z6, Z7) \
	SWAP(VUNPCKLPD, VUNPCKHPD, Z0, Z2) \
	SWAP(VUNPCKLPD, VUNPCKHPD, Z1, Z3) \
	SWAP(VUNPCKLPD, VUNPCKHPD, Z4, Z6) \
	SWAP(VUNPCKLPD, VUNPCKHPD, Z5, Z7)

// EVENODD puts the even lanes of a and b into a and the odd ones into b.
#define EVENODD(a, b) \
	VSHUFF64X2 $0x88, b, a, Z16 \
	VSHUFF64X2 $0xdd, b, a, b \
	VMOVAPS Z16, a

// COLUMNS turns 16 rows of 8 values into 8 columns and stores them at DI. Z0 has
// rows 0 and 4, and so on to Z3; Z4 has rows 8 and 12, and so on to Z7.
#define COLUMNS \
	FOURS \
	EVENODD(Z0, Z4) \
	EVENODD(Z2, Z6) \
	EVENODD(Z1, Z5) \
	EVENODD(Z3, Z7) \
	VMOVUPS Z0, (DI) \
	VMOVUPS Z2, 64(DI) \
	VMOVUPS Z1, 128(DI) \
	VMOVUPS Z3, 192(DI) \
	VMOVUPS Z4, 256(DI) \
	VMOVUPS Z6, 320(DI) \
	VMOVUPS Z5, 384(DI) \
	VMOVUPS Z7, 448(DI)

// func turnAVX512(dst, src *float32, stride, tiles int)
TEXT ·turnAVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ stride+16(FP), CX
	MOVQ tiles+24(FP), R10
	LEAQ (CX)(CX*2), R11
	LEAQ (SI)(CX*4), DX
	LEAQ (SI)(CX*8), R8
	LEAQ (DX)(CX*8), R9

tile:
	VMOVUPS (SI), Y0
	VMOVUPS (SI)(CX*1), Y1
	VMOVUPS (SI)(CX*2), Y2
	VMOVUPS (SI)(R11*1), Y3
	VMOVUPS (R8), Y4
	VMOVUPS (R8)(CX*1), Y5
	VMOVUPS (R8)(CX*2), Y6
	VMOVUPS (R8)(R11*1), Y7
	VINSERTF64X4 $1, (DX), Z0, Z0
	VINSERTF64X4 $1, (DX)(CX*1), Z1, Z1
	VINSERTF64X4 $1, (DX)(CX*2), Z2, Z2
	VINSERTF64X4 $1, (DX)(R11*1), Z3, Z3
	VINSERTF64X4 $1, (R9), Z4, Z4
	VINSERTF64X4 $1, (R9)(CX*1), Z5, Z5
	VINSERTF64X4 $1, (R9)(CX*2), Z6, Z6
	VINSERTF64X4 $1, (R9)(R11*1), Z7, Z7
	COLUMNS
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, R8
	ADDQ $32, R9
	ADDQ $512, DI
	DECQ R10
	JNZ tile
	VZEROUPPER
	RET

// ROWS stores four rows, which are 4 apart: their first four values stand in the
// lanes of a, their last four in those of b.
#define ROWS(a, b, k) \
	VMOVAPS a, Z16 \
	VPERMT2PD b, Z18, Z16 \
	VPERMT2PD b, Z19, a \
	VEXTRACTF64X4 $0, Z16, (DI)(k) \
	VEXTRACTF64X4 $1, Z16, (DX)(k) \
	VEXTRACTF64X4 $0, a, (R8)(k) \
	VEXTRACTF64X4 $1, a, (R9)(k)

// func turnBackAVX512(dst *float32, stride int, src *float32, tiles int)
TEXT ·turnBackAVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ stride+8(FP), CX
	MOVQ src+16(FP), SI
	MOVQ tiles+24(FP), R10
	LEAQ (CX)(CX*2), R11
	LEAQ (DI)(CX*4), DX
	LEAQ (DI)(CX*8), R8
	LEAQ (DX)(CX*8), R9
	XORQ AX, AX
	VMOVUPD pairs<>+0(SB), Z18
	VMOVUPD pairs<>+64(SB), Z19

tile:
	VMOVUPS (SI), Z0
	VMOVUPS 64(SI), Z1
	VMOVUPS 128(SI), Z2
	VMOVUPS 192(SI), Z3
	VMOVUPS 256(SI), Z4
	VMOVUPS 320(SI), Z5
	VMOVUPS 384(SI), Z6
	VMOVUPS 448(SI), Z7
	FOURS
	ROWS(Z0, Z4, AX*1)
	ROWS(Z2, Z6, CX*1)
	ROWS(Z1, Z5, CX*2)
	ROWS(Z3, Z7, R11*1)
	ADDQ $32, DI
	ADDQ $32, DX
	ADDQ $32, R8
	ADDQ $32, R9
	ADDQ $512, SI
	DECQ R10
	JNZ tile
	VZEROUPPER
	RET

// LUMA sets z, whose parts are x and y, to the luma of eight pixels of two rows
// whose offsets stand at at and four on, in the reference's order, each step
// rounded.
#define LUMA(at, x, y, z) \
	MOVQ at(DX), AX \
	VMOVDQU (SI)(AX*1), x \
	ADDQ R9, AX \
	VINSERTI128 $1, (SI)(AX*1), y, y \
	MOVQ (at+32)(DX), AX \
	VINSERTI32X4 $2, (SI)(AX*1), z, z \
	ADDQ R9, AX \
	VINSERTI32X4 $3, (SI)(AX*1), z, z \
	VPSHUFB Z20, z, Z16 \
	VPSHUFB Z21, z, Z17 \
	VPSHUFB Z22, z, Z18 \
	VCVTDQ2PS Z16, Z16 \
	VCVTDQ2PS Z17, Z17 \
	VCVTDQ2PS Z18, Z18 \
	VMULPS Z23, Z16, Z16 \
	VMULPS Z24, Z17, Z17 \
	VMULPS Z25, Z18, Z18 \
	VADDPS Z17, Z16, z \
	VADDPS Z18, z, z

// func lumaAVX512(dst *float32, src *byte, off *[batch]int, coefs *[3]float32, masks *[96]byte, lane, step, tiles int)
TEXT ·lumaAVX512(SB), NOSPLIT, $0-64
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ off+16(FP), DX
	MOVQ coefs+24(FP), CX
	MOVQ masks+32(FP), AX
	MOVQ lane+40(FP), R9
	MOVQ step+48(FP), R8
	MOVQ tiles+56(FP), R10
	VBROADCASTI64X4 (AX), Z20
	VBROADCASTI64X4 32(AX), Z21
	VBROADCASTI64X4 64(AX), Z22
	VBROADCASTSS (CX), Z23
	VBROADCASTSS 4(CX), Z24
	VBROADCASTSS 8(CX), Z25

tile:
	LUMA(0, X0, Y0, Z0)
	LUMA(8, X1, Y1, Z1)
	LUMA(16, X2, Y2, Z2)
	LUMA(24, X3, Y3, Z3)
	LUMA(64, X4, Y4, Z4)
	LUMA(72, X5, Y5, Z5)
	LUMA(80, X6, Y6, Z6)
	LUMA(88, X7, Y7, Z7)
	COLUMNS
	ADDQ R8, SI
	ADDQ $512, DI
	DECQ R10
	JNZ tile
	VZEROUPPER
	RET
