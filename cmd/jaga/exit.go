package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/jaga-project/jaga"
)

// Exit statuses; see the package comment.
const (
	exitOK         = 0
	exitError      = 1
	exitFindings   = 2
	exitNotChecked = 3
	exitUsage      = 64
)

// statusError ends the program with a status and without a message: the
// result already said it.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// usageError is a command line that was not understood.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// statusOf returns the exit status of a command that checked something.
func statusOf(s jaga.State) error {
	switch s {
	case jaga.StateFindings:
		return statusError(exitFindings)
	case jaga.StateClear:
		return nil
	}
	return statusError(exitNotChecked)
}

// finish shows the error, if there is one, and returns the exit status. Every
// message is one line that says what failed and, where it helps, a second
// line that says what to do.
func (a *app) finish(err error) int {
	if err == nil {
		return exitOK
	}
	var status statusError
	if errors.As(err, &status) {
		return int(status)
	}
	code, hint := jaga.CodeOf(err), hintOf(err)
	exit := exitError
	var usage *usageError
	if errors.As(err, &usage) {
		exit, code = exitUsage, jaga.CodeInvalid
		if hint == "" {
			hint = "jaga help shows the commands, jaga COMMAND --help their flags"
		}
	}
	if a.json {
		var e *jaga.Error
		field := ""
		if errors.As(err, &e) {
			field = e.Field
		}
		// An error while writing the error has no one left to tell.
		_ = json.NewEncoder(a.Err).Encode(map[string]any{"error": errorJSON{code, field, err.Error(), hint}})
		return exit
	}
	a.notef("%v", err)
	if hint != "" {
		fmt.Fprintln(a.Err, "hint:", hint)
	}
	return exit
}

type errorJSON struct {
	Code    jaga.Code `json:"code"`
	Field   string    `json:"field,omitempty"`
	Message string    `json:"message"`
	Hint    string    `json:"hint,omitempty"`
}

// hintOf returns what to do about the error, or "".
func hintOf(err error) string {
	var e *jaga.Error
	if errors.As(err, &e) && e.Hint != "" {
		return e.Hint
	}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full; nothing that was confirmed before is lost. Free some space and run the command again"
	case errors.Is(err, fs.ErrPermission):
		return "check who owns the file and the data directory"
	case errors.Is(err, syscall.EADDRINUSE):
		return "another program listens there; choose another address with --listen"
	case errors.Is(err, context.Canceled):
		return "stopped before the end; what was confirmed before is kept"
	}
	return ""
}
