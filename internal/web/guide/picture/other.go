//go:build !wasip1

package main

import (
	"fmt"
	"os"
)

// main computes codes of files as the browser does, for comparing by hand.
func main() {
	for _, name := range os.Args[1:] {
		f, err := os.Open(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, "picture:", err)
			os.Exit(1)
		}
		info, err := f.Stat()
		if err != nil {
			fmt.Fprintln(os.Stderr, "picture:", err)
			os.Exit(1)
		}
		fmt.Printf("%s\n%s", name, measure(f, info.Size()))
		_ = f.Close()
	}
}
