package custody

import (
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Problem is one thing that is wrong with a bundle.
type Problem struct {
	// Code is one of a closed list; see Means.
	Code string `json:"code"`
	// Where names the file, and the line or byte in it.
	Where string `json:"where"`
	// Record is the place in the log of the record at fault, -1 for none.
	Record int64  `json:"record"`
	What   string `json:"what"`
	// Means says what follows, in plain words.
	Means string `json:"means"`
}

// The codes of problems.
const (
	ProblemContainer   = "container"
	ProblemMissing     = "missing"
	ProblemExtra       = "extra"
	ProblemDigest      = "digest"
	ProblemManifest    = "manifest"
	ProblemSeal        = "seal"
	ProblemKey         = "key"
	ProblemFacts       = "facts"
	ProblemFile        = "file"
	ProblemCheckpoint  = "checkpoint"
	ProblemRecord      = "record"
	ProblemInclusion   = "inclusion"
	ProblemConsistency = "consistency"
	ProblemStamp       = "stamp"
	ProblemExport      = "export"
)

// means says what a problem of each code means.
var means = map[string]string{
	ProblemContainer:   "The file is not as Jaga wrote it: it was damaged, cut off, or changed by another program. Ask the sender for a fresh copy and keep this one.",
	ProblemMissing:     "Something that belongs to the bundle was taken out of it.",
	ProblemExtra:       "Something was put into the bundle after it was made. Do not rely on it.",
	ProblemDigest:      "The bytes of this file are not those that were exported. What it shows must not be relied on.",
	ProblemManifest:    "The list of files was changed, or was not written by Jaga.",
	ProblemSeal:        "The bundle was changed after it was made, or was not made by whoever holds the key.",
	ProblemKey:         "The bundle was signed with another key than the one you trust: it may come from somebody else.",
	ProblemFacts:       "What the bundle says about itself does not fit what is in it.",
	ProblemFile:        "This file is not the one that the records speak of.",
	ProblemCheckpoint:  "The state of the log that the bundle rests on was not signed by whoever holds the key.",
	ProblemRecord:      "This record was changed, or was not written by Jaga.",
	ProblemInclusion:   "This record is not in the signed log as it stands here: it was changed, added or moved.",
	ProblemConsistency: "Two signed states of the log contradict each other: the log itself was rewritten. This is serious; keep both.",
	ProblemStamp:       "The time stamp does not prove that the log was there at that time.",
	ProblemExport:      "The log does not say that this bundle was exported: it may have been put together by hand.",
}

// Means says in plain words what a problem of a code means.
func Means(code string) string { return means[code] }

// Unchecked is something that could not be checked, and what would help. A
// bundle with such is not wrong, but it proves less.
type Unchecked struct {
	What string `json:"what"`
	Do   string `json:"do"`
}

// StampReport is a time stamp of a checkpoint in a bundle.
type StampReport struct {
	Records   int64     `json:"records"` // under the checkpoint
	Time      time.Time `json:"time"`
	Authority string    `json:"authority"`
	Trusted   bool      `json:"trusted"` // checked up to a root that the caller trusts
}

// Report is the result of [VerifyBundle].
type Report struct {
	// OK is true when everything that was checked is as it was written.
	OK bool `json:"ok"`
	// Problems are what is wrong, at most [MaxProblems].
	Problems []Problem `json:"problems"`
	// NotChecked is what OK does not speak of.
	NotChecked []Unchecked `json:"not_checked"`
	// Notes are remarkable and not wrong.
	Notes []string `json:"notes"`

	Fingerprint string        `json:"fingerprint"` // of the signing key
	KeyTrusted  bool          `json:"key_trusted"` // the caller knew the key
	Facts       *Facts        `json:"facts,omitempty"`
	LogSize     int64         `json:"log_size"` // records under the checkpoint
	Root        tlog.Hash     `json:"root"`     // of the checkpoint
	Records     int64         `json:"records"`
	Bytes       int64         `json:"bytes"` // of all files
	FirstAt     int64         `json:"first_at"`
	LastAt      int64         `json:"last_at"` // microseconds since 1970
	Stamps      []StampReport `json:"stamps"`
	// Sealed is how many files are encrypted, Opened how many of those were
	// decrypted and are what they were when they came in.
	Sealed int `json:"sealed"`
	Opened int `json:"opened"`
}

// MaxProblems is how many problems a report lists; one more says that there
// are others.
const MaxProblems = 50

func (r *Report) problem(code, where string, record int64, format string, args ...any) {
	r.OK = false
	switch {
	case len(r.Problems) > MaxProblems:
	case len(r.Problems) == MaxProblems:
		r.Problems = append(r.Problems, Problem{code, where, -1, "there are more problems, which are not listed", ""})
	default:
		r.Problems = append(r.Problems, Problem{code, where, record, fmt.Sprintf(format, args...), means[code]})
	}
}

func (r *Report) unchecked(what, do string) {
	r.NotChecked = append(r.NotChecked, Unchecked{what, do})
}
