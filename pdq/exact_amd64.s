//go:build !purego

#include "textflag.h"

// SWAP replaces a and b by lo(a, b) and hi(a, b).
#define SWAP(lo, hi, a, b) \
	lo b, a, Y15 \
	hi b, a, b \
	VMOVAPS Y15, a

#define HALVES(a, b) \
	VPERM2F128 $0x20, b, a, Y15 \
	VPERM2F128 $0x31, b, a, b \
	VMOVAPS Y15, a

// TRANSPOSE turns the 8 rows Y0 … Y7 into columns, which then stand in
// Y0, Y2, Y1, Y3, Y4, Y6, Y5, Y7.
#define TRANSPOSE \
	SWAP(VUNPCKLPS, VUNPCKHPS, Y0, Y1) \
	SWAP(VUNPCKLPS, VUNPCKHPS, Y2, Y3) \
	SWAP(VUNPCKLPS, VUNPCKHPS, Y4, Y5) \
	SWAP(VUNPCKLPS, VUNPCKHPS, Y6, Y7) \
	SWAP(VUNPCKLPD, VUNPCKHPD, Y0, Y2) \
	SWAP(VUNPCKLPD, VUNPCKHPD, Y1, Y3) \
	SWAP(VUNPCKLPD, VUNPCKHPD, Y4, Y6) \
	SWAP(VUNPCKLPD, VUNPCKHPD, Y5, Y7) \
	HALVES(Y0, Y4) \
	HALVES(Y2, Y6) \
	HALVES(Y1, Y5) \
	HALVES(Y3, Y7)

// STORE writes the columns to DI, BX bytes apart; R12 is 3*BX, R13 is DI+4*BX.
#define STORE \
	VMOVUPS Y0, (DI) \
	VMOVUPS Y2, (DI)(BX*1) \
	VMOVUPS Y1, (DI)(BX*2) \
	VMOVUPS Y3, (DI)(R12*1) \
	VMOVUPS Y4, (R13) \
	VMOVUPS Y6, (R13)(BX*1) \
	VMOVUPS Y5, (R13)(BX*2) \
	VMOVUPS Y7, (R13)(R12*1)

// func transposeAVX2(dst *float32, dstStride, dstStep int, src *float32, srcStride, srcStep, tiles int)
TEXT ·transposeAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ dstStride+8(FP), BX
	MOVQ dstStep+16(FP), R8
	MOVQ src+24(FP), SI
	MOVQ srcStride+32(FP), CX
	MOVQ srcStep+40(FP), R9
	MOVQ tiles+48(FP), R10
	LEAQ (BX)(BX*2), R12
	LEAQ (DI)(BX*4), R13
	LEAQ (CX)(CX*2), R11
	LEAQ (SI)(CX*4), DX

tile:
	VMOVUPS (SI), Y0
	VMOVUPS (SI)(CX*1), Y1
	VMOVUPS (SI)(CX*2), Y2
	VMOVUPS (SI)(R11*1), Y3
	VMOVUPS (DX), Y4
	VMOVUPS (DX)(CX*1), Y5
	VMOVUPS (DX)(CX*2), Y6
	VMOVUPS (DX)(R11*1), Y7
	TRANSPOSE
	STORE
	ADDQ R9, SI
	ADDQ R9, DX
	ADDQ R8, DI
	ADDQ R8, R13
	DECQ R10
	JNZ tile
	VZEROUPPER
	RET

// LUMA sets y to the luma of eight pixels of the row whose offset stands at at,
// in the reference's order, each step rounded.
#define LUMA(at, x, y) \
	MOVQ at(DX), AX \
	VMOVDQU (SI)(AX*1), x \
	ADDQ R9, AX \
	VINSERTI128 $1, (SI)(AX*1), y, y \
	VPSHUFB Y12, y, Y13 \
	VPSHUFB Y11, y, Y14 \
	VPSHUFB Y10, y, y \
	VCVTDQ2PS y, y \
	VCVTDQ2PS Y14, Y14 \
	VCVTDQ2PS Y13, Y13 \
	VMULPS Y9, Y13, Y13 \
	VBROADCASTSS 4(CX), Y15 \
	VMULPS Y15, Y14, Y14 \
	VMULPS Y8, y, y \
	VADDPS Y14, y, y \
	VADDPS Y13, y, y

// func lumaAVX2(dst *float32, src *byte, off *int, coefs *[3]float32, masks *[96]byte, lane, step, tiles int)
TEXT ·lumaAVX2(SB), NOSPLIT, $0-64
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ off+16(FP), DX
	MOVQ coefs+24(FP), CX
	MOVQ masks+32(FP), AX
	MOVQ lane+40(FP), R9
	MOVQ step+48(FP), R8
	MOVQ tiles+56(FP), R10
	VMOVDQU (AX), Y10
	VMOVDQU 32(AX), Y11
	VMOVDQU 64(AX), Y12
	VBROADCASTSS (CX), Y8
	VBROADCASTSS 8(CX), Y9
	MOVQ $64, BX
	MOVQ $192, R12
	LEAQ 256(DI), R13

tile:
	LUMA(0, X0, Y0)
	LUMA(8, X1, Y1)
	LUMA(16, X2, Y2)
	LUMA(24, X3, Y3)
	LUMA(32, X4, Y4)
	LUMA(40, X5, Y5)
	LUMA(48, X6, Y6)
	LUMA(56, X7, Y7)
	TRANSPOSE
	STORE
	ADDQ R8, SI
	ADDQ $512, DI
	ADDQ $512, R13
	DECQ R10
	JNZ tile
	VZEROUPPER
	RET

#define BOX(at) \
	VADDPS (2*at)(SI), Y0, Y0 \
	VADDPS (2*at+32)(SI), Y1, Y1 \
	VSUBPS (2*at)(DX), Y0, Y0 \
	VSUBPS (2*at+32)(DX), Y1, Y1

// func boxAVX2(dst, enter, leave *float32, state *[batch]float32, counts *float32, n int)
TEXT ·boxAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ enter+8(FP), SI
	MOVQ leave+16(FP), DX
	MOVQ state+24(FP), BX
	MOVQ counts+32(FP), CX
	MOVQ n+40(FP), R8
	VMOVUPS (BX), Y0
	VMOVUPS 32(BX), Y1

next:
	BOX(0)
	VBROADCASTSS (CX), Y2
	VDIVPS Y2, Y0, Y3
	VDIVPS Y2, Y1, Y4
	VMOVUPS Y3, (DI)
	VMOVUPS Y4, 32(DI)
	ADDQ $64, SI
	ADDQ $64, DX
	ADDQ $64, DI
	ADDQ $4, CX
	DECQ R8
	JNZ next
	VMOVUPS Y0, (BX)
	VMOVUPS Y1, 32(BX)
	VZEROUPPER
	RET

// func samplesAVX2(dst, enter, leave *float32, state *[batch]float32, counts *[64]float32, skips *[64]int)
TEXT ·samplesAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ enter+8(FP), SI
	MOVQ leave+16(FP), DX
	MOVQ state+24(FP), BX
	MOVQ counts+32(FP), CX
	MOVQ skips+40(FP), R9
	MOVQ $64, R10
	VMOVUPS (BX), Y0
	VMOVUPS 32(BX), Y1

sample:
	MOVQ (R9), R8
	TESTQ R8, R8
	JZ out

skip:
	BOX(0)
	ADDQ $64, SI
	ADDQ $64, DX
	DECQ R8
	JNZ skip

out:
	VBROADCASTSS (CX), Y2
	VDIVPS Y2, Y0, Y3
	VDIVPS Y2, Y1, Y4
	VMOVUPS Y3, (DI)
	VMOVUPS Y4, 32(DI)
	ADDQ $64, DI
	ADDQ $4, CX
	ADDQ $8, R9
	DECQ R10
	JNZ sample
	VZEROUPPER
	RET

// func columnsAVX2(mean, sum, enter, leave *float32, eights int, count float32)
TEXT ·columnsAVX2(SB), NOSPLIT, $0-44
	MOVQ mean+0(FP), DI
	MOVQ sum+8(FP), BX
	MOVQ enter+16(FP), SI
	MOVQ leave+24(FP), DX
	MOVQ eights+32(FP), CX
	VBROADCASTSS count+40(FP), Y2
	SHLQ $5, CX
	XORQ AX, AX

next:
	VMOVUPS (BX)(AX*1), Y0
	VADDPS (SI)(AX*1), Y0, Y0
	VSUBPS (DX)(AX*1), Y0, Y0
	VDIVPS Y2, Y0, Y3
	VMOVUPS Y0, (BX)(AX*1)
	VMOVUPS Y3, (DI)(AX*1)
	ADDQ $32, AX
	CMPQ AX, CX
	JLT next
	VZEROUPPER
	RET
