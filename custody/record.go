package custody

import (
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Event is something that happened, as the caller states it.
type Event struct {
	// Actor is who did it: "person:ID", "key:ID", "system".
	Actor string
	// Action is what was done, as "thing.verb": "bank.create".
	Action string
	// Subject is what it was done to: an identifier.
	Subject string
	// Detail holds further facts as identifiers, numbers and digests; never
	// content. It may be nil.
	Detail map[string]string
}

// recordVersion is the first field of every record.
const recordVersion = "jaga-custody-1"

// Record is an event with its place in the log.
type Record struct {
	Seq     int64 // 0-based position
	At      int64 // unix time in microseconds
	Actor   string
	Action  string
	Subject string
	Detail  string // canonical JSON object, "{}" when there is none
}

// NewRecord gives an event its place and time.
func NewRecord(seq, at int64, e Event) (Record, error) {
	if e.Actor == "" || e.Action == "" {
		return Record{}, fmt.Errorf("custody record: actor and action must be stated")
	}
	detail := []byte("{}")
	if len(e.Detail) > 0 {
		var err error
		if detail, err = json.Marshal(e.Detail); err != nil { // keys are sorted
			return Record{}, fmt.Errorf("custody record: %w", err)
		}
	}
	return Record{seq, at, e.Actor, e.Action, e.Subject, string(detail)}, nil
}

// Bytes is the canonical encoding that is hashed: a JSON array of a version
// and the fields in order.
func (r Record) Bytes() []byte {
	b, err := json.Marshal([]any{recordVersion, r.Seq, r.At, r.Actor, r.Action, r.Subject, r.Detail})
	if err != nil {
		panic(err) // strings and integers always encode
	}
	return b
}

// Leaf is the hash of the record in the tree.
func (r Record) Leaf() tlog.Hash { return tlog.RecordHash(r.Bytes()) }

// Details returns the facts of Detail; none when it cannot be read.
func (r Record) Details() map[string]string {
	var m map[string]string
	if err := json.Unmarshal([]byte(r.Detail), &m); err != nil {
		return nil
	}
	return m
}
