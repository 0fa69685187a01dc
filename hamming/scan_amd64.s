//go:build !purego

#include "textflag.h"

// The number of bits of each of the sixteen half bytes, and the mask that
// leaves a half byte.
DATA nibbles<>+0(SB)/8, $0x0302020102010100
DATA nibbles<>+8(SB)/8, $0x0403030203020201
GLOBL nibbles<>(SB), RODATA|NOPTR, $16
DATA low<>+0(SB)/8, $0x0f0f0f0f0f0f0f0f
GLOBL low<>(SB), RODATA|NOPTR, $8
DATA one<>+0(SB)/8, $0x0101010101010101
GLOBL one<>(SB), RODATA|NOPTR, $8

// func scanAVX2(out *[block]uint32, next *uint16, n int, key uint16, limit int) int
TEXT ·scanAVX2(SB), NOSPLIT, $0-48
	MOVQ out+0(FP), DI
	MOVQ next+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ limit+32(FP), DX
	INCQ DX
	VPBROADCASTW key+24(FP), Y0
	VMOVQ DX, X1
	VPBROADCASTW X1, Y1            // limit + 1
	VBROADCASTI128 nibbles<>(SB), Y2
	VPBROADCASTQ low<>(SB), Y3
	VPBROADCASTQ one<>(SB), Y4
	MOVQ DI, R8
	XORQ BX, BX

loop2:
	CMPQ BX, CX
	JGE done2
	VPXOR (SI)(BX*2), Y0, Y5
	VPAND Y3, Y5, Y6
	VPSRLW $4, Y5, Y5
	VPAND Y3, Y5, Y5
	VPSHUFB Y6, Y2, Y6
	VPSHUFB Y5, Y2, Y5
	VPADDB Y5, Y6, Y5              // bits of each byte
	VPMADDUBSW Y4, Y5, Y5          // bits of each word
	VPCMPGTW Y5, Y1, Y5            // limit + 1 > bits
	VPMOVMSKB Y5, AX
	ANDL $0x55555555, AX           // one mask bit a word, at its even place
	JNZ some2
next2:
	ADDQ $16, BX
	JMP loop2

some2:
	BSFL AX, R9
	SHRL $1, R9
	ADDQ BX, R9
	CMPQ R9, CX
	JGE done2                      // what follows belongs to another bucket
	MOVL R9, (DI)
	ADDQ $4, DI
	LEAL -1(AX), R10
	ANDL R10, AX
	JNZ some2
	JMP next2

done2:
	VZEROUPPER
	SUBQ R8, DI
	SHRQ $2, DI
	MOVQ DI, ret+40(FP)
	RET

// func scanAVX512(out *[block]uint32, next *uint16, n int, key uint16, limit int) int
TEXT ·scanAVX512(SB), NOSPLIT, $0-48
	MOVQ out+0(FP), DI
	MOVQ next+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ limit+32(FP), DX
	VPBROADCASTW key+24(FP), Z0
	VPBROADCASTW DX, Z1
	MOVQ DI, R8
	XORQ BX, BX

loop512:
	CMPQ BX, CX
	JGE done512
	VPXORQ (SI)(BX*2), Z0, Z2
	VPOPCNTW Z2, Z2
	VPCMPUW $2, Z1, Z2, K1         // bits <= limit
	KMOVD K1, AX
	TESTL AX, AX
	JNZ some512
next512:
	ADDQ $32, BX
	JMP loop512

some512:
	BSFL AX, R9
	ADDQ BX, R9
	CMPQ R9, CX
	JGE done512                    // what follows belongs to another bucket
	MOVL R9, (DI)
	ADDQ $4, DI
	LEAL -1(AX), R10
	ANDL R10, AX
	JNZ some512
	JMP next512

done512:
	VZEROUPPER
	SUBQ R8, DI
	SHRQ $2, DI
	MOVQ DI, ret+40(FP)
	RET

// func prefetch(p unsafe.Pointer, n int)
TEXT ·prefetch(SB), NOSPLIT, $0-16
	MOVQ p+0(FP), AX
	MOVQ n+8(FP), CX
	ADDQ AX, CX
	ANDQ $-64, AX
	JMP check

line:
	PREFETCHT0 (AX)
	ADDQ $64, AX
check:
	CMPQ AX, CX
	JCS line
	RET

// func cpuid(leaf, sub uint32) (a, b, c, d uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-24
	MOVL leaf+0(FP), AX
	MOVL sub+4(FP), CX
	CPUID
	MOVL AX, a+8(FP)
	MOVL BX, b+12(FP)
	MOVL CX, c+16(FP)
	MOVL DX, d+20(FP)
	RET

// func xgetbv() uint32
TEXT ·xgetbv(SB), NOSPLIT, $0-4
	XORL CX, CX
	XGETBV
	MOVL AX, ret+0(FP)
	RET
