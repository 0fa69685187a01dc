package vault

import (
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
)

// Binding is the place a sealed file belongs to. A header opens at the place it
// was wrapped for and at no other.
type Binding struct {
	// Case is the number of the case, 0 in quarantine.
	Case int64
	// File is the id of the evidence: 1 to 64 of a-z, 0-9 and -.
	File string
	// Version counts from 1 how often the file was wrapped. An older header,
	// from a backup for example, does not open in place of the newest.
	Version int64
}

func (b Binding) check() error {
	if b.Case < 0 || b.Version < 1 || !validName(b.File) {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "binding", Msg: "seal file: a case is not negative, a version at least 1, a file 1 to 64 of a-z, 0-9 and -"}
	}
	return nil
}

// data is what is authenticated with the wrapped key. No part can hold a line
// break, so two bindings never have the same.
func (b Binding) data() []byte {
	return []byte(strings.Join([]string{"jaga vault binding 1", strconv.FormatInt(b.Case, 10), b.File, strconv.FormatInt(b.Version, 10)}, "\n"))
}

// validName reports whether a name can stand in file names and object names of
// every store: short, in one letter case, and never a path.
func validName(s string) bool {
	if s == "" || len(s) > 64 || s[0] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
