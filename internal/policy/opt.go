package policy

import (
	"bytes"
	"encoding/json"

	"github.com/jaga-project/jaga"
)

// Opt is a fact that may be unknown. Its zero value is unknown, so that what
// nobody filled in can never pass for zero, empty or false. In JSON an unknown
// fact is left out; null is read as unknown.
type Opt[T any] struct {
	v  T
	ok bool
}

// Known is a fact that is known to be v, also when v is zero or empty.
func Known[T any](v T) Opt[T] { return Opt[T]{v, true} }

// Get returns the fact, and false when it is unknown.
func (o Opt[T]) Get() (v T, ok bool) { return o.v, o.ok }

// IsZero reports whether the fact is unknown; encoding/json leaves it out then.
func (o Opt[T]) IsZero() bool { return !o.ok }

// MarshalJSON writes the fact, or null when it is unknown.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if !o.ok {
		return []byte("null"), nil
	}
	return json.Marshal(o.v)
}

// UnmarshalJSON reads a fact; null is unknown. Names of fields that do not
// exist are refused, at every depth.
func (o *Opt[T]) UnmarshalJSON(data []byte) error {
	*o = Opt[T]{}
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o.v); err != nil {
		return err
	}
	o.ok = true
	return nil
}

// fact is what every Opt is to the code that hands facts to CEL.
type fact interface {
	// celValue is the fact in a type that CEL knows, and false when it is
	// unknown.
	celValue() (any, bool)
	// raw is the fact as it is kept, which has its own text.
	raw() any
}

func (o Opt[T]) raw() any { return o.v }

func (o Opt[T]) celValue() (any, bool) {
	if b, isBand := any(o.v).(jaga.Band); isBand {
		return int64(b), o.ok
	}
	return o.v, o.ok
}
