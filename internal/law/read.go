package law

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	// Deadlines must not depend on what the machine has installed.
	_ "time/tzdata"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"github.com/jaga-project/jaga"
)

// MaxFile is the largest file of a profile, in bytes.
const MaxFile = 256 << 10

// invalid is what is wrong with a profile. field names the place.
func invalid(field, format string, args ...any) error {
	e := jaga.Errorf(jaga.CodeInvalid, "read profile: "+format, args...)
	e.Field, e.Hint = field, "docs/law.md describes the file"
	return e
}

// Parse reads the file of a profile. A file with anything wrong in it is
// refused whole.
func Parse(name string, text []byte) (*Profile, error) {
	if len(text) > MaxFile || !utf8.Valid(text) {
		return nil, invalid(name, "it is larger than %d bytes, or is no text", MaxFile)
	}
	p := &Profile{}
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(p)
	var strict *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &strict) && len(strict.Errors) > 0:
		row, _ := strict.Errors[0].Position()
		return nil, invalid(name, "line %d: there is no field %q", row, strings.Join(strict.Errors[0].Key(), "."))
	case errors.As(err, &bad):
		row, _ := bad.Position()
		return nil, invalid(name, "line %d: %s", row, strings.TrimPrefix(bad.Error(), "toml: "))
	case err != nil:
		return nil, invalid(name, "%s", strings.TrimPrefix(err.Error(), "toml: "))
	}
	if p.zone, err = time.LoadLocation(p.Zone); err != nil || p.Zone == "" || p.Zone == "Local" {
		return nil, invalid(name+": zone", "%q is not a time zone such as Asia/Jakarta", p.Zone)
	}
	p.fill()
	if err := p.check(name); err != nil {
		return nil, err
	}
	return p, nil
}

// each calls fn for every fact with its place in the file.
func (p *Profile) each(fn func(place string, f *Fact)) {
	for i := range p.Clocks {
		fn(fmt.Sprintf("clock %d", i+1), &p.Clocks[i].Fact)
	}
	for i := range p.Keep {
		fn(fmt.Sprintf("keep %d", i+1), &p.Keep[i].Fact)
	}
	fn("access", &p.Access.Fact)
	fn("destroy", &p.Destroy.Fact)
	fn("scan_switch", &p.Scan.Fact)
	fn("notice_delay", &p.NoticeDelay.Fact)
	for i := range p.Before {
		fn(fmt.Sprintf("before %d", i+1), &p.Before[i].Fact)
	}
	for i := range p.Receivers {
		fn("receiver "+p.Receivers[i].ID, &p.Receivers[i].Fact)
	}
	for i := range p.Steps {
		fn("step "+p.Steps[i].ID, &p.Steps[i].Fact)
	}
	for i := range p.Notes {
		fn(fmt.Sprintf("note %d", i+1), &p.Notes[i].Fact)
	}
}

// fill gives facts what they leave out.
func (p *Profile) fill() {
	p.each(func(_ string, f *Fact) {
		for _, v := range []struct{ to, from *string }{
			{&f.Source, &p.Default.Source}, {&f.SourceDate, &p.Default.SourceDate}, {&f.Reviewer, &p.Default.Reviewer},
			{&f.ValidFrom, &p.Default.ValidFrom}, {(*string)(&f.Mark), (*string)(&p.Default.Mark)},
		} {
			if *v.to == "" {
				*v.to = *v.from
			}
		}
	})
}

var (
	profileID = regexp.MustCompile(`^[a-z]{2}-[a-z0-9-]{1,30}$`)
	shortID   = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
	country   = regexp.MustCompile(`^[A-Z]{2}$`)
)

func (p *Profile) check(name string) error {
	switch {
	case p.Format != 1:
		return invalid(name+": format", "it has format %d, this program knows 1", p.Format)
	case !profileID.MatchString(p.ID):
		return invalid(name+": id", "%q is not an id such as us-2258a", p.ID)
	case p.Version < 1:
		return invalid(name+": version", "a version is 1 or more")
	case !country.MatchString(p.Country):
		return invalid(name+": country", "%q is not a code such as ID", p.Country)
	}
	if err := checkText(name+": name", p.Name); err != nil {
		return err
	}
	var wrong error
	p.each(func(place string, f *Fact) {
		if wrong == nil {
			wrong = checkFact(name+": "+place, *f)
		}
	})
	if wrong != nil {
		return wrong
	}
	for _, check := range []func(string) error{p.checkClocks, p.checkKeeping, p.checkRules, p.checkSteps} {
		if err := check(name); err != nil {
			return err
		}
	}
	return nil
}

func checkLine(place, text string) error {
	if strings.TrimSpace(text) == "" || utf8.RuneCountInString(text) > 600 || strings.ContainsFunc(text, unicode.IsControl) {
		return invalid(place, "it is empty, longer than 600 characters, or has control characters")
	}
	return nil
}

func checkText(place string, t Text) error {
	if err := checkLine(place+".en", t.EN); err != nil {
		return err
	}
	return checkLine(place+".id", t.ID)
}

func checkFact(place string, f Fact) error {
	for field, text := range map[string]string{"source": f.Source, "reviewer": f.Reviewer} {
		if err := checkLine(place+"."+field, text); err != nil {
			return err
		}
	}
	dated := slices.ContainsFunc([]string{time.DateOnly, "2006-01", "2006"}, func(form string) bool {
		_, err := time.Parse(form, f.SourceDate)
		return err == nil
	})
	if !dated {
		return invalid(place+".source_date", "%q is not a year, a month or a day such as 2026-11", f.SourceDate)
	}
	if _, err := time.Parse(time.DateOnly, f.ValidFrom); err != nil {
		return invalid(place+".valid_from", "%q is not a day such as 2026-04-07", f.ValidFrom)
	}
	if !slices.Contains(Marks(), f.Mark) {
		return invalid(place+".mark", "%q is none of %v", f.Mark, Marks())
	}
	return nil
}

func (p *Profile) checkClocks(name string) error {
	classes := map[Kind][]string{SendReport: {string(P1), string(P2), string(P3)}, TakeDown: {Urgent, Standard}, Question: {""}, Preservation: {""}, Breach: {""}}
	type key struct {
		kind      Kind
		class, at string
	}
	seen := map[key]bool{}
	for i, c := range p.Clocks {
		place := fmt.Sprintf("%s: clock %d", name, i+1)
		switch {
		case !slices.Contains(Kinds(), c.Kind):
			return invalid(place+".kind", "%q is none of %v", c.Kind, Kinds())
		case !slices.Contains(classes[c.Kind], c.For):
			return invalid(place+".for", "a clock of the kind %s is for one of %q", c.Kind, classes[c.Kind])
		case c.Within.Years > 0:
			return invalid(place+".within", "a deadline is in hours or days")
		case seen[key{c.Kind, c.For, c.ValidFrom}]:
			return invalid(place, "there are two of this kind from %s", c.ValidFrom)
		}
		seen[key{c.Kind, c.For, c.ValidFrom}] = true
		if err := checkText(place+".say", c.Say); err != nil {
			return err
		}
	}
	for _, pr := range Priorities() {
		if !slices.ContainsFunc(p.Clocks, func(c Clock) bool { return c.Kind == SendReport && c.For == string(pr) }) {
			return invalid(name+": clock", "there is none for reports of the priority %s", pr)
		}
	}
	return nil
}

func (p *Profile) checkKeeping(name string) error {
	for i, k := range p.Keep {
		place := fmt.Sprintf("%s: keep %d", name, i+1)
		switch {
		case !slices.Contains(Whats(), k.What):
			return invalid(place+".what", "%q is none of %v", k.What, Whats())
		case !slices.Contains([]string{"submission", "order", "report", "closing"}, k.From):
			return invalid(place+".from", "%q is not submission, order, report or closing", k.From)
		}
		if err := checkText(place+".say", k.Say); err != nil {
			return err
		}
	}
	if len(p.Keep) == 0 {
		return invalid(name+": keep", "it does not say what is kept")
	}
	return nil
}

func (p *Profile) checkRules(name string) error {
	if p.Scan.Private != "operator" && p.Scan.Private != "off" {
		return invalid(name+": scan_switch.private", "%q is not operator or off", p.Scan.Private)
	}
	texts := map[string]Text{"access": p.Access.Say, "destroy": p.Destroy.Say, "scan_switch": p.Scan.Say, "notice_delay": p.NoticeDelay.Say}
	for i, r := range p.Before {
		texts[fmt.Sprintf("before %d", i+1)] = r.Say
	}
	for i, r := range p.Notes {
		texts[fmt.Sprintf("note %d", i+1)] = r.Say
	}
	for place, t := range texts {
		if err := checkText(name+": "+place+".say", t); err != nil {
			return err
		}
	}
	return nil
}

func (p *Profile) checkSteps(name string) error {
	var receivers, steps []string
	for _, r := range p.Receivers {
		place := name + ": receiver " + r.ID
		switch {
		case !shortID.MatchString(r.ID) || slices.Contains(receivers, r.ID):
			return invalid(place, "its id is taken, or not one such as ncmec")
		case !slices.Contains([]string{"api", "portal", "form", "letter", "phone"}, r.Way):
			return invalid(place+".way", "%q is not api, portal, form, letter or phone", r.Way)
		case (r.Hours == Text{}) != (r.OutOfHours == Text{}):
			return invalid(place, "opening hours need words for what to do outside them")
		}
		if err := checkLine(place+".name", r.Name); err != nil {
			return err
		}
		if (r.Hours != Text{}) {
			if err := cmpErr(checkText(place+".hours", r.Hours), checkText(place+".out_of_hours", r.OutOfHours)); err != nil {
				return err
			}
		}
		receivers = append(receivers, r.ID)
	}
	for _, s := range p.Steps {
		place := name + ": step " + s.ID
		switch {
		case !shortID.MatchString(s.ID) || slices.Contains(steps, s.ID):
			return invalid(place, "its id is taken, or not one such as report")
		case s.To != "" && !slices.Contains(receivers, s.To):
			return invalid(place+".to", "there is no receiver %q", s.To)
		}
		for _, need := range s.Needs {
			if !slices.Contains(steps, need) {
				return invalid(place+".needs", "%q is not a step before it", need)
			}
		}
		for _, pr := range s.Only {
			if !slices.Contains(Priorities(), pr) {
				return invalid(place+".only", "%q is none of %v", pr, Priorities())
			}
		}
		if err := checkText(place+".do", s.Do); err != nil {
			return err
		}
		steps = append(steps, s.ID)
	}
	if len(p.Receivers) == 0 || len(p.Steps) == 0 {
		return invalid(name+": receiver", "it does not say who receives reports, or what people do")
	}
	return nil
}

func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
