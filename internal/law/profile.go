package law

import "time"

// Text is a sentence for people in the languages of the console.
type Text struct {
	EN string `toml:"en"`
	ID string `toml:"id"`
}

// In returns the text in a language, "id" or any other for English.
func (t Text) In(lang string) string {
	if lang == "id" {
		return t.ID
	}
	return t.EN
}

// NotAdvice is what stands wherever a profile is shown.
func NotAdvice() Text {
	return Text{
		EN: "This is not legal advice. It is a summary that may be wrong or out of date; let a lawyer of your country check it before you rely on it.",
		ID: "Ini bukan nasihat hukum. Ini ringkasan yang bisa keliru atau sudah usang; mintalah ahli hukum di negara Anda memeriksanya sebelum Anda mengandalkannya.",
	}
}

// Mark says how surely a fact is known.
type Mark string

// The marks of facts.
const (
	Read       Mark = "read"       // read in the law or the official text
	Restated   Mark = "restated"   // as a third party restates it
	Background Mark = "background" // general knowledge, not checked again
	Uncertain  Mark = "uncertain"  // somebody must check it
	Own        Mark = "own"        // not law: a choice of this project
)

// Marks lists the marks, the surest first.
func Marks() []Mark { return []Mark{Read, Restated, Background, Uncertain, Own} }

// Fact is where a statement of a profile comes from.
type Fact struct {
	// Source names the law or text.
	Source string `toml:"source"`
	// SourceDate is the date of the source as it was read: a year, a month or
	// a day.
	SourceDate string `toml:"source_date"`
	// Reviewer is who in the profession checked it, in words.
	Reviewer string `toml:"reviewer"`
	// ValidFrom is the first day on which it holds, "2026-04-07", in the zone
	// of the profile.
	ValidFrom string `toml:"valid_from"`
	Mark      Mark   `toml:"mark"`
}

// Priority is how urgent a report is. The words follow the three priorities of
// the United Kingdom's reporting regulations.
type Priority string

// The priorities.
const (
	P1 Priority = "p1" // a child may be in danger now
	P2 Priority = "p2" // abuse that goes on, or a child who can be found
	P3 Priority = "p3" // everything else
)

// Priorities lists the priorities, the most urgent first.
func Priorities() []Priority { return []Priority{P1, P2, P3} }

// Kind is what a clock runs for.
type Kind string

// The kinds of clocks.
const (
	SendReport   Kind = "report"   // a report, by priority
	TakeDown     Kind = "takedown" // an order to take content down
	Question     Kind = "question" // a question of the authority
	Preservation Kind = "letter"   // a letter that asks to preserve evidence
	Breach       Kind = "breach"   // notice of a breach of personal data
)

// Kinds lists the kinds of clocks.
func Kinds() []Kind { return []Kind{SendReport, TakeDown, Question, Preservation, Breach} }

// The classes of orders to take content down.
const (
	Urgent   = "urgent"   // child sexual abuse material and terrorism
	Standard = "standard" // everything else
)

// Clock is a time within which something must be done, or for which a letter
// holds.
type Clock struct {
	Kind Kind `toml:"kind"`
	// For is the priority of a report, the class of an order, or empty.
	For string `toml:"for"`
	// Within is how long; where it is not set, the law has no number, and Say
	// has its words.
	Within Span `toml:"within"`
	// Renewable is set for letters that can be renewed.
	Renewable bool `toml:"renewable"`
	// Say is what the law says, for people.
	Say Text `toml:"say"`
	Fact
}

// What is kept.
type What string

// What is kept for how long.
const (
	Content   What = "content"   // files, and what was submitted with them
	Reference What = "reference" // that there was a report, and its number
	Words     What = "words"     // what people wrote on a case, and excerpts of conversations
	Reports   What = "reports"   // what people reported in their own words
	Views     What = "views"     // who looked at which file, and when
	Messages  What = "messages"  // conversations with writers to the team
)

// Whats lists what is kept.
func Whats() []What { return append([]What{Content, Reference}, Texts()...) }

// Texts lists what is kept besides files and references.
func Texts() []What { return []What{Words, Reports, Views, Messages} }

// Keeping is how long something is kept.
type Keeping struct {
	What What `toml:"what"`
	// For is how long, from the event From.
	For Span `toml:"for"`
	// From is the event that starts the clock: "submission", "order",
	// "report", or "closing" of the case.
	From string `toml:"from"`
	// Back is how far before the event preservation reaches.
	Back Span `toml:"back"`
	// OnlyIfOrdered is set where nothing is kept without an order.
	OnlyIfOrdered bool `toml:"only_if_ordered"`
	Say           Text `toml:"say"`
	Fact
}

// Rule is a statement that is no number: access, destruction, the switch for
// private messages, the delay of notices.
type Rule struct {
	Say Text `toml:"say"`
	Fact
}

// Switch says whether messages between people may be scanned.
type Switch struct {
	// Private is "operator" where the law leaves it to the operator, and
	// "off" where it must stay off until counsel says otherwise.
	Private string `toml:"private"`
	Say     Text   `toml:"say"`
	Fact
}

// Receiver is who gets reports.
type Receiver struct {
	ID   string `toml:"id"`
	Name string `toml:"name"`
	// Way is "api", "portal", "form", "letter" or "phone".
	Way string `toml:"way"`
	// Hours are the opening hours in words, empty where it is always open.
	Hours Text `toml:"hours"`
	// OutOfHours says what to do outside them, for what cannot wait.
	OutOfHours Text `toml:"out_of_hours"`
	Fact
}

// Step is one thing people do, in the order of the profile.
type Step struct {
	ID string `toml:"id"`
	// To is the id of the receiver, or empty for a step inside the house.
	To string `toml:"to"`
	// Only are the priorities that need the step; none means all.
	Only []Priority `toml:"only"`
	// Needs are the steps that must be done first.
	Needs []string `toml:"needs"`
	Do    Text     `toml:"do"`
	Fact
}

// Profile is what one law asks. A profile that was loaded is not changed.
type Profile struct {
	Format  int    `toml:"format"`
	ID      string `toml:"id"`
	Version int    `toml:"version"`
	Name    Text   `toml:"name"`
	Country string `toml:"country"`
	// Zone is the time zone in which days are counted.
	Zone string `toml:"zone"`
	// Default fills what facts leave out.
	Default Fact `toml:"default"`

	Clocks      []Clock    `toml:"clock"`
	Keep        []Keeping  `toml:"keep"`
	Access      Rule       `toml:"access"`
	Destroy     Rule       `toml:"destroy"`
	Scan        Switch     `toml:"scan_switch"`
	NoticeDelay Rule       `toml:"notice_delay"`
	Before      []Rule     `toml:"before"` // what must be done before the profile is switched on
	Receivers   []Receiver `toml:"receiver"`
	Steps       []Step     `toml:"step"`
	Notes       []Rule     `toml:"note"`

	zone *time.Location
}

// Location is the time zone in which days are counted.
func (p *Profile) Location() *time.Location { return p.zone }

// Receiver returns a receiver by its id.
func (p *Profile) Receiver(id string) (Receiver, bool) {
	for _, r := range p.Receivers {
		if r.ID == id {
			return r, true
		}
	}
	return Receiver{}, false
}

// holds reports whether a fact holds at a time.
func (p *Profile) holds(f Fact, at time.Time) bool {
	from, err := time.ParseInLocation(time.DateOnly, f.ValidFrom, p.zone)
	return err == nil && !at.Before(from)
}
