// Jaga finds known child sexual abuse material by comparing hashes, and keeps
// the record of what people decided about it.
//
// Exit status of every command:
//
//	0   done; where something was checked, all of it was, and nothing was found
//	1   an error, said on standard error
//	2   something was found
//	3   nothing was found, but something was not checked
//	64  the command line is wrong
//
// Results go to standard output, everything else to standard error. Data live
// in the directory named by JAGA_DATA, ./jaga-data unless set.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/jaga-project/jaga/internal/jail"
	"github.com/jaga-project/jaga/internal/media"
)

func main() {
	jail.Main(media.Worker())
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ignoreFileSize()
	return Main(ctx, os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, os.Environ())
}
