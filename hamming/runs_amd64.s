//go:build !purego

#include "textflag.h"
#include "go_asm.h"

// CLEAR takes the lowest set bit from every word of x that has one; Y15 is -1.
#define CLEAR(x, t) \
	VPADDW Y15, x, t \
	VPAND t, x, x

// LOAD sets Y1 and Y2 to the bits in which 32 entries differ from the key.
#define LOAD \
	VPXOR (R12)(CX*2), Y0, Y1 \
	VPXOR 32(R12)(CX*2), Y0, Y2

// JUDGE sets AX to which of 32 words, in some order, have no bit left.
#define JUDGE \
	VPCMPEQW Y14, Y1, Y1 \
	VPCMPEQW Y14, Y2, Y2 \
	VPACKSSWB Y2, Y1, Y1 \
	VPMOVMSKB Y1, AX \
	TESTL AX, AX

// TAKE writes the candidates of Y1 in ascending order and goes on at back. What
// lies behind the end of the bucket belongs to another one.
#define TAKE(bit, back) \
	CMPQ DI, R8 \
	JHI full \
	VPERMQ $0xd8, Y1, Y1 \
	VPMOVMSKB Y1, AX \
bit: \
	BSFL AX, BX \
	ADDQ CX, BX \
	CMPQ BX, DX \
	JGE end \
	MOVL R11, (DI) \
	MOVL BX, 4(DI) \
	ADDQ $8, DI \
	PREFETCHT0 (R13)(BX*4) \
	LEAL -1(AX), BX \
	ANDL BX, AX \
	JNZ bit \
	JMP back

// TOUCH asks for one more cache line of a bucket, or once more for its last.
#define TOUCH \
	ADDQ $64, CX \
	CMPQ CX, DX \
	CMOVQHI DX, CX \
	PREFETCHT0 (CX)

// func scanRunsAVX2(out *[room]candidate, runs *run, n, from int, bands *[bands]band) (found, next int)
TEXT ·scanRunsAVX2(SB), NOSPLIT, $0-56
	MOVQ out+0(FP), DI
	LEAQ (8*(const_room-const_few))(DI), R8 // up to here 32 more fit
	MOVQ runs+8(FP), SI
	MOVQ n+16(FP), R9
	IMULQ $run__size, R9
	ADDQ SI, R9                    // the end of the runs
	MOVQ from+24(FP), R11
	MOVQ R11, AX
	IMULQ $run__size, AX
	ADDQ AX, SI
	MOVQ bands+32(FP), R10
	VPCMPEQW Y15, Y15, Y15
	VPXOR Y14, Y14, Y14

bucket:
	CMPQ SI, R9
	JCC done

	// Ask for the bucket that comes ahead: six lines at once, which for most is
	// all, then a few more.
	LEAQ (run__size*const_ahead)(SI), BX
	CMPQ BX, R9
	JCC asked
	MOVBLZX run_band(BX), AX
	IMULQ $band__size, AX
	MOVQ band_next(R10)(AX*1), R12
	MOVL run_lo(BX), CX
	MOVL run_hi(BX), DX
	LEAQ (R12)(CX*2), CX
	LEAQ -2(R12)(DX*2), DX
	PREFETCHT0 (CX)
	TOUCH
	TOUCH
	TOUCH
	TOUCH
	TOUCH
	CMPQ CX, DX
	JCC asked
	LEAQ 640(CX), BX               // of longer runs the processor asks by itself
	CMPQ BX, DX
	CMOVQCS BX, DX
more:
	TOUCH
	CMPQ CX, DX
	JCS more
asked:

	MOVBLZX run_band(SI), AX
	IMULQ $band__size, AX
	ADDQ R10, AX
	MOVQ band_next(AX), R12
	MOVQ band_tags(AX), R13
	MOVL run_lo(SI), CX
	MOVL run_hi(SI), DX
	VPBROADCASTW run_key(SI), Y0

	// Make the guess of where the run begins and ends right, as band.widen does.
	MOVWLZX run_key(SI), AX
	POPCNTL AX, AX
	MOVBLZX run_limit(SI), BX
	SUBL BX, AX                    // the least weight within the limit
lower:
	CMPL CX, run_first(SI)
	JLS lowered
	MOVWLZX (R12)(CX*2), BX
	POPCNTL BX, BX
	CMPL BX, AX
	JLT lowered
	SUBQ $const_line, CX
	MOVL run_first(SI), BX
	CMPQ CX, BX
	CMOVQLT BX, CX
	JMP lower
lowered:
	MOVBLZX run_limit(SI), BX
	LEAL (AX)(BX*2), AX            // the largest
higher:
	CMPL DX, run_end(SI)
	JCC raised
	MOVWLZX -2(R12)(DX*2), BX
	POPCNTL BX, BX
	CMPL BX, AX
	JGT raised
	ADDQ $const_line, DX
	MOVL run_end(SI), BX
	CMPQ DX, BX
	CMOVQGT BX, DX
	JMP higher
raised:

	MOVBLZX run_limit(SI), BX
	CMPL BX, $2
	JEQ two
	CMPL BX, $3
	JEQ three

other:
	CMPQ CX, DX
	JGE end
	LOAD
	MOVBLZX run_limit(SI), BX
	TESTL BX, BX
	JZ cleared
clear:
	CLEAR(Y1, Y3)
	CLEAR(Y2, Y4)
	DECL BX
	JNZ clear
cleared:
	JUDGE
	JNZ otherTake
otherNext:
	ADDQ $32, CX
	JMP other
otherTake:
	TAKE(otherBit, otherNext)

two:
	CMPQ CX, DX
	JGE end
	LOAD
	CLEAR(Y1, Y3)
	CLEAR(Y2, Y4)
	CLEAR(Y1, Y3)
	CLEAR(Y2, Y4)
	JUDGE
	JNZ twoTake
twoNext:
	ADDQ $32, CX
	JMP two
twoTake:
	TAKE(twoBit, twoNext)

three:
	CMPQ CX, DX
	JGE end
	LOAD
	CLEAR(Y1, Y3)
	CLEAR(Y2, Y4)
	CLEAR(Y1, Y3)
	CLEAR(Y2, Y4)
	CLEAR(Y1, Y3)
	CLEAR(Y2, Y4)
	JUDGE
	JNZ threeTake
threeNext:
	ADDQ $32, CX
	JMP three
threeTake:
	TAKE(threeBit, threeNext)

end:
	ADDQ $run__size, SI
	INCQ R11
	JMP bucket

full:
	MOVL CX, run_lo(SI)            // goes on here
	MOVL CX, run_first(SI)
done:
	VZEROUPPER
	SUBQ out+0(FP), DI
	SHRQ $3, DI
	MOVQ DI, found+40(FP)
	MOVQ R11, next+48(FP)
	RET
