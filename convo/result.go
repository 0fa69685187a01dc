package convo

import (
	"fmt"
	"strings"

	"github.com/jaga-project/jaga"
)

// Result is what is known of a conversation after its messages.
type Result struct {
	Conversation string       `json:"conversation"`
	Band         jaga.Band    `json:"band"`
	Findings     []Finding    `json:"findings"`
	NotChecked   []NotChecked `json:"not_checked"`
	Messages     uint64       `json:"messages"`
	Version      string       `json:"version"`
}

// Result draws up what was found, with the sentences in the language, "en" or
// "id". The lists are never nil.
func (s *State) Result(lang string) Result {
	r := Result{
		Conversation: s.id, Band: s.Band(), Findings: []Finding{}, NotChecked: []NotChecked{},
		Messages: s.messages, Version: s.d.version,
	}
	for _, f := range s.Findings() {
		f = f.Explained(lang)
		f.NotChecked, f.Version, f.Conversation = nil, "", "" // they stand once, in the result
		r.Findings = append(r.Findings, f)
	}
	r.NotChecked = append(r.NotChecked, s.NotChecked()...)
	if why := s.Unread().String(); why != "" {
		r.NotChecked = append(r.NotChecked, NotChecked{Needs: []string{}, Why: why})
	}
	return r
}

// String says what was not looked at, empty when everything was.
func (u Unread) String() string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{u.Cut, "not read in full"}, {u.Odd, "with a time that cannot be"}, {u.Late, "too late to be told from repetitions"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	why := ""
	if len(parts) > 0 {
		why = "messages: " + strings.Join(parts, ", ")
	}
	if u.Lost {
		if why != "" {
			why += "; "
		}
		why += "what was observed before is lost"
	}
	return why
}

// Complete reports whether every message was read in full. Indicators whose
// inputs are missing do not count against it: they are listed, and no chat
// has all inputs.
func (s *State) Complete() bool { return s.cut == 0 && s.late == 0 && !s.lost }
