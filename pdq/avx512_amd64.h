// pairs lets the 16-byte lanes of two vectors take turns: first those of their
// lower halves, then those of the upper.
DATA pairs<>+0(SB)/8, $0
DATA pairs<>+8(SB)/8, $1
DATA pairs<>+16(SB)/8, $8
DATA pairs<>+24(SB)/8, $9
DATA pairs<>+32(SB)/8, $2
DATA pairs<>+40(SB)/8, $3
DATA pairs<>+48(SB)/8, $10
DATA pairs<>+56(SB)/8, $11
DATA pairs<>+64(SB)/8, $4
DATA pairs<>+72(SB)/8, $5
DATA pairs<>+80(SB)/8, $12
DATA pairs<>+88(SB)/8, $13
DATA pairs<>+96(SB)/8, $6
DATA pairs<>+104(SB)/8, $7
DATA pairs<>+112(SB)/8, $14
DATA pairs<>+120(SB)/8, $15
GLOBL pairs<>(SB), RODATA|NOPTR, $128
