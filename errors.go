package jaga

import (
	"errors"
	"fmt"
)

// Code is the machine-readable kind of an error. It is mapped once to an HTTP
// status and once to an exit status.
type Code string

// The error codes.
const (
	CodeInvalid     Code = "invalid"     // the input is wrong; the caller can mend it
	CodeNotFound    Code = "not_found"   // there is no such thing
	CodeConflict    Code = "conflict"    // it exists already, or changed meanwhile
	CodeDenied      Code = "denied"      // the caller may not do this
	CodeUnavailable Code = "unavailable" // something needed is not there; try later
	CodeBusy        Code = "busy"        // too much at once; try later
	CodeInternal    Code = "internal"    // a fault of ours
)

// HTTPStatus is the status with which an error of the code is answered over
// HTTP (RFC 9110, section 15). Nobody is identified by a code alone, so a
// caller who is not known yet is answered 401 instead of 403 by the interface.
func (c Code) HTTPStatus() int {
	switch c {
	case CodeInvalid:
		return 422
	case CodeNotFound:
		return 404
	case CodeConflict:
		return 409
	case CodeDenied:
		return 403
	case CodeUnavailable, CodeBusy:
		return 503
	}
	return 500
}

// Error is an error with a code, a message for people and, where it helps,
// the field at fault and a hint what to do. Messages never hold content of
// items.
type Error struct {
	Code  Code
	Field string // the input field or file at fault, may be empty
	Msg   string // lower case: the operation and what went wrong
	Hint  string // what to do about it, may be empty
	Err   error  // the cause for errors.Is and errors.As, may be nil; not printed
}

// Error returns field and message in one line, without the hint.
func (e *Error) Error() string {
	if e.Field != "" {
		return e.Field + ": " + e.Msg
	}
	return e.Msg
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an [Error] with the code and the formatted message. A %w verb
// keeps its cause for errors.Is and errors.As.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Msg: err.Error(), Err: errors.Unwrap(err)}
}

// CodeOf returns the code of the first [Error] in err's chain, and
// [CodeInternal] when there is none. The code of nil is empty.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}
