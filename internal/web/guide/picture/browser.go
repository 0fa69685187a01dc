//go:build wasip1

package main

import "io"

func main() {} // worker.js calls the exports instead

// read asks the browser for the next n bytes and returns how many it wrote.
//
//go:wasmimport jaga read
func read(to *byte, n uint32) uint32

// say hands text to the browser.
//
//go:wasmimport jaga say
func say(text string)

// chosen is the file, or the pixels, that the browser has.
type chosen struct{}

func (chosen) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n := read(&p[0], uint32(min(len(p), 1<<30)))
	if n == 0 {
		return 0, io.EOF
	}
	return int(n), nil
}

//go:wasmexport codes
func codes(size float64) { say(measure(chosen{}, int64(size))) } // no int64: old browsers pass none

//go:wasmexport pixels
func pixels(width, height int32) { say(decoded(chosen{}, int(width), int(height))) }
