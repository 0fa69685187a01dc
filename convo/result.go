package convo

import (
	"fmt"

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
	if cut, odd := s.Unread(); cut > 0 || odd > 0 {
		n := NotChecked{Needs: []string{}}
		switch {
		case cut > 0 && odd > 0:
			n.Why = fmt.Sprintf("%d messages were not read in full, %d had a time that cannot be", cut, odd)
		case cut > 0:
			n.Why = fmt.Sprintf("%d messages were not read in full", cut)
		default:
			n.Why = fmt.Sprintf("%d messages had a time that cannot be", odd)
		}
		r.NotChecked = append(r.NotChecked, n)
	}
	return r
}

// Complete reports whether every message was read in full. Indicators whose
// inputs are missing do not count against it: they are listed, and no chat
// has all inputs.
func (s *State) Complete() bool { return s.cut == 0 }
