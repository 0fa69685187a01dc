package tip

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
)

// Safe says whether the child is safe now, as whoever reports it knows.
type Safe string

// The answers. Not knowing is an answer of its own and never read as yes.
const (
	IsSafe      Safe = "yes"
	NotSafe     Safe = "no"
	SafeUnknown Safe = "unknown"
)

// Safes lists the answers, the most urgent first.
func Safes() []Safe { return []Safe{NotSafe, SafeUnknown, IsSafe} }

// The most that a report holds.
const (
	MaxWords = 8000 // characters of what somebody says
	MaxRefs  = 50   // content ids, items and links, each
	maxRef   = 200  // bytes of the platform's own id of a report
	maxID    = 512  // bytes of any other id
	maxLink  = 2000 // bytes of a link
)

// Report is what a user of a platform reports.
type Report struct {
	Ref      string    // the platform's own id of the report; required
	Account  string    // who is reported, by a pseudonymous identifier; required
	Reporter string    // who reports, likewise; may be empty
	Form     jaga.Form // what they think it is; empty where they are not sure
	Safe     Safe      // whether the child is safe now; empty is unknown
	Text     string    // their words
	// Content are the platform's ids of what it is about, Items the numbers of
	// items that were handed in here, Links addresses, which nobody opens.
	Content, Items, Links []string
	Conversation          string
	At                    time.Time // when it happened; zero is now
	Lang                  string    // of the words, such as "id"
}

func (r *Report) check(now time.Time) error {
	if r.Safe == "" {
		r.Safe = SafeUnknown
	}
	if r.Ref == "" {
		return invalid("id", "it is missing")
	}
	if r.Account == "" {
		return invalid("account", "it is missing")
	}
	for _, f := range []struct {
		name, v string
		most    int
	}{{"id", r.Ref, maxRef}, {"account", r.Account, maxID}, {"reporter", r.Reporter, maxID}, {"conversation", r.Conversation, maxID}, {"language", r.Lang, 35}} {
		if err := line(f.name, f.v, f.most); err != nil {
			return err
		}
	}
	if r.Form != "" && !r.Form.Valid() {
		return invalid("form", "it is none of the four forms")
	}
	if !slices.Contains(Safes(), r.Safe) {
		return invalid("child_safe", "it is not yes, no or unknown")
	}
	if err := words("text", r.Text); err != nil {
		return err
	}
	for _, l := range []struct {
		name string
		list []string
		most int
	}{{"content", r.Content, maxID}, {"items", r.Items, maxID}, {"links", r.Links, maxLink}} {
		if err := lines(l.name, l.list, l.most); err != nil {
			return err
		}
	}
	// Clocks of platforms differ a little; a report of tomorrow is a mistake.
	if r.At.After(now.Add(24 * time.Hour)) {
		return invalid("at", "it is more than a day in the future")
	}
	if !r.At.IsZero() && r.At.Year() < 1990 {
		return invalid("at", "it is before 1990")
	}
	return nil
}

func invalid(field, msg string) error {
	return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: msg}
}

// line refuses what is not one line of text of at most so many bytes.
func line(field, v string, most int) error {
	switch {
	case len(v) > most:
		return invalid(field, fmt.Sprintf("it has more than %d bytes", most))
	case !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl):
		return invalid(field, "it is not one line of text")
	}
	return nil
}

func lines(field string, list []string, most int) error {
	if len(list) > MaxRefs {
		return invalid(field, fmt.Sprintf("there are more than %d", MaxRefs))
	}
	for i, v := range list {
		at := field + "[" + strconv.Itoa(i) + "]"
		if v == "" {
			return invalid(at, "it is empty")
		}
		if err := line(at, v, most); err != nil {
			return err
		}
	}
	return nil
}

// words refuses what is no text, or too long a one.
func words(field, v string) error {
	switch {
	case !utf8.ValidString(v) || strings.ContainsRune(v, 0):
		return invalid(field, "it is not text")
	case utf8.RuneCountInString(v) > MaxWords:
		return invalid(field, fmt.Sprintf("it has more than %d characters", MaxWords))
	}
	return nil
}

// text is what the case keeps, sealed: a line for each thing that is stated, an
// empty line, and the words. A value is one line, so that words can never pass
// for one.
func (r *Report) text() string {
	var h header
	h.add("report", r.Ref)
	h.add("reporter", r.Reporter)
	h.add("child-safe", string(r.Safe))
	h.add("language", r.Lang)
	h.add("content", r.Content...)
	h.add("item", r.Items...)
	h.add("link", r.Links...)
	return h.with(r.Text)
}

// header is the lines above the words of a text.
type header struct{ b strings.Builder }

func (h *header) add(name string, values ...string) {
	for _, v := range values {
		if v != "" {
			h.b.WriteString(name + ": " + v + "\n")
		}
	}
}

func (h *header) with(words string) string { return h.b.String() + "\n" + words }

// finding is what the report is to those who work on cases. Its urgency follows
// from what is stated, and from nothing else: not from how many say it.
func (r *Report) finding(source, id, queue string) casework.Finding {
	f := casework.Finding{Kind: casework.KindUser, Ref: id, Source: source, Queue: queue, Form: r.Form, Account: r.Account, Conversation: r.Conversation,
		Text: r.text(), At: r.At}
	f.Band, f.Risk = urgency(r.Form, r.Safe)
	for _, c := range r.Content {
		f.Entries = append(f.Entries, "content "+source+" "+c)
	}
	return f
}

// urgency is what stated facts make of a report. A report alone never says that
// material is known.
func urgency(form jaga.Form, safe Safe) (jaga.Band, casework.Risk) {
	if safe == NotSafe {
		return jaga.BandUrgent, casework.RiskImminent
	}
	switch form {
	case jaga.FormLiveStream:
		return jaga.BandReview, casework.RiskLive
	case jaga.FormSextortion:
		return jaga.BandReview, casework.RiskThreat
	case jaga.FormGrooming:
		return jaga.BandReview, casework.RiskContact
	}
	return jaga.BandReview, casework.RiskNew
}
