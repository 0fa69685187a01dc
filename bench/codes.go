package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/jaga-project/jaga/hamming"
)

// radius is the distance up to which two PDQ hashes match.
const radius = 31

// recent is how far back a near-duplicate's original may lie.
const recent = 1000

// eachCode makes n codes as a grown list has them: two in three stand alone, 256
// random bits; one in three is a near-duplicate, by 0 to 40 turned bits, of one
// of the thousand codes before it, which may be a near-duplicate itself. So
// clusters form, of two to some dozens of codes.
func eachCode(n int, use func(i int, c hamming.Code) error) error {
	rnd := rand.New(rand.NewPCG(11, 11))
	var last [recent]hamming.Code
	for i := range n {
		var c hamming.Code
		if i > 0 && rnd.Uint32()%3 == 0 {
			c = flipped(rnd, last[rnd.IntN(min(i, recent))], int(rnd.Uint32()%41))
		} else {
			random(rnd, &c)
		}
		last[i%recent] = c
		if err := use(i, c); err != nil {
			return err
		}
	}
	return nil
}

func random(rnd *rand.Rand, c *hamming.Code) {
	for j := range 4 {
		v := rnd.Uint64()
		for k := range 8 {
			c[8*j+k] = byte(v >> (8 * k))
		}
	}
}

// flipped turns n bits of a code, some perhaps back again.
func flipped(rnd *rand.Rand, c hamming.Code, n int) hamming.Code {
	for range n {
		bit := rnd.Uint32() % 256
		c[bit/8] ^= 1 << (bit % 8)
	}
	return c
}

// queryCount is how many different queries there are for an index.
const queryCount = 20_000

// writeCodes writes n codes to one file and queries to another: in turn one near
// a code, by up to 27 turned bits, and one of random bits.
func writeCodes(codes, queries string, n int) error {
	cf, err := os.Create(codes)
	if err != nil {
		return fmt.Errorf("make codes: %w", err)
	}
	defer cf.Close()
	qf, err := os.Create(queries)
	if err != nil {
		return fmt.Errorf("make queries: %w", err)
	}
	defer qf.Close()
	cw, qw := bufio.NewWriterSize(cf, 1<<20), bufio.NewWriterSize(qf, 1<<20)
	rnd := rand.New(rand.NewPCG(12, 12))
	step := max(1, n/(queryCount/2))
	err = eachCode(n, func(i int, c hamming.Code) error {
		if i%step == 0 && i/step < queryCount/2 {
			near, far := flipped(rnd, c, rnd.IntN(28)), hamming.Code{}
			random(rnd, &far)
			if _, err := qw.Write(append(near[:], far[:]...)); err != nil {
				return err
			}
		}
		_, err := cw.Write(c[:])
		return err
	})
	for _, w := range []*bufio.Writer{cw, qw} {
		if err == nil {
			err = w.Flush()
		}
	}
	if err != nil {
		return fmt.Errorf("make codes: %w", err)
	}
	return nil
}
