//go:build !purego

#include "textflag.h"

// ROW adds what byte i contributes, 32 bytes of its table of 256, to y.
#define ROW(i, y) \
	MOVBLZX i(SI), AX \
	SHLQ $5, AX \
	VPXOR (8192*i)(DX)(AX*1), y, y

#define FIRST(i, y) \
	MOVBLZX i(SI), AX \
	SHLQ $5, AX \
	VMOVDQU (8192*i)(DX)(AX*1), y

// func permuteAVX2(w *words, c *Code, table *[32][256]words)
TEXT ·permuteAVX2(SB), NOSPLIT, $0-24
	MOVQ w+0(FP), DI
	MOVQ c+8(FP), SI
	MOVQ table+16(FP), DX
	FIRST(0, Y0)
	FIRST(1, Y1)
	FIRST(2, Y2)
	FIRST(3, Y3)
	ROW(4, Y0)
	ROW(5, Y1)
	ROW(6, Y2)
	ROW(7, Y3)
	ROW(8, Y0)
	ROW(9, Y1)
	ROW(10, Y2)
	ROW(11, Y3)
	ROW(12, Y0)
	ROW(13, Y1)
	ROW(14, Y2)
	ROW(15, Y3)
	ROW(16, Y0)
	ROW(17, Y1)
	ROW(18, Y2)
	ROW(19, Y3)
	ROW(20, Y0)
	ROW(21, Y1)
	ROW(22, Y2)
	ROW(23, Y3)
	ROW(24, Y0)
	ROW(25, Y1)
	ROW(26, Y2)
	ROW(27, Y3)
	ROW(28, Y0)
	ROW(29, Y1)
	ROW(30, Y2)
	ROW(31, Y3)
	VPXOR Y1, Y0, Y0
	VPXOR Y3, Y2, Y2
	VPXOR Y2, Y0, Y0
	VMOVDQU Y0, (DI)
	VZEROUPPER
	RET
