package bank

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
)

// Settings are what people decide about a bank.
type Settings struct {
	Name string `json:"name"`
	// Role is match (the default) or allow.
	Role jaga.Role `json:"role"`
	// Form is the form of exploitation that a match in the bank is about.
	Form jaga.Form `json:"form"`
	// Band is how soon a person should look at a match.
	Band jaga.Band `json:"band"`
	// EnabledRatio is the share of look-ups in which the bank takes part, 0..1.
	EnabledRatio float64 `json:"enabled_ratio"`
	// Threshold is the largest PDQ distance that matches.
	Threshold int `json:"threshold"`
	// FilmQuery and FilmStored are the least shares, in percent, of the frames of
	// the film that came in and of the entry's that must have a match in the
	// other. FilmBoth takes both, and 0 asks for nothing; without it one is
	// enough, and 0 is a share that is not asked for.
	FilmQuery  int    `json:"film_query"`
	FilmStored int    `json:"film_stored"`
	FilmBoth   bool   `json:"film_both"`
	Note       string `json:"note"`
}

// Defaults are the settings of a new bank.
func Defaults(name string) Settings {
	film := engine.DefaultFilmRule()
	return Settings{Name: name, Role: jaga.RoleMatch, Form: jaga.FormCSAM, Band: jaga.BandReview, EnabledRatio: 1, Threshold: 31,
		FilmQuery: film.Query, FilmStored: film.Stored, FilmBoth: film.Both}
}

// Bank is a bank as people see it.
type Bank struct {
	ID int64 `json:"id"`
	Settings
	Entries   int64 `json:"entries"`
	CreatedAt int64 `json:"created_at"` // microseconds since 1970
	UpdatedAt int64 `json:"updated_at"`
	DeletedAt int64 `json:"-"`
}

func (b Bank) engine() engine.Bank {
	return engine.Bank{ID: b.ID, Name: b.Name, Role: b.Role, Form: b.Form, Band: b.Band, EnabledRatio: b.EnabledRatio, Threshold: b.Threshold,
		Film: engine.FilmRule{Query: b.FilmQuery, Stored: b.FilmStored, Both: b.FilmBoth}}
}

// Entry is one entry of a bank with all its hashes.
type Entry struct {
	ID        int64           `json:"id"`
	Bank      string          `json:"bank"`
	Signals   []jaga.Signal   `json:"signals"`
	Source    string          `json:"source"`
	Licence   string          `json:"licence,omitempty"`
	CreatedAt int64           `json:"created_at"` // microseconds since 1970
	Note      string          `json:"note,omitempty"`
	Metadata  json.RawMessage `json:"metadata,omitempty"`
	// DisableUntil: 0 off for good, 1 on, else on once that time (unix
	// seconds) has passed.
	DisableUntil  int64  `json:"disable_until"`
	ExpiresAt     int64  `json:"expires_at,omitempty"` // unix seconds, 0 never
	QuarantinedAt int64  `json:"quarantined_at,omitempty"`
	QuarantineWhy string `json:"quarantine_why,omitempty"`
}

// NewEntry is what is needed to add an entry.
type NewEntry struct {
	Values    []engine.Value // at most one of each type, at least one
	Note      string
	Metadata  json.RawMessage // a JSON object, or nil
	Source    string          // empty is "manual"
	Licence   string
	ExpiresAt int64 // unix seconds, 0 never
}

// Opinion is what one person, or one exchange, says of an entry.
type Opinion struct {
	Who     string `json:"who"`
	Verdict string `json:"verdict"` // confirm, reject or unsure
	Note    string `json:"note"`
	At      int64  `json:"at"`
}

// nameRule is that of Hasher-Matcher-Actioner, whose clients use the names.
var nameRule = regexp.MustCompile(`^[A-Z_][A-Z0-9_]{0,254}$`)

func invalid(field, format string, args ...any) error {
	return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: fmt.Sprintf(format, args...)}
}

func (s Settings) check() error {
	switch {
	case !nameRule.MatchString(s.Name):
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "name", Msg: "a bank's name has capital letters, digits and underscores, does not begin with a digit, and is at most 255 long", Hint: "for example KNOWN_MATERIAL"}
	case s.Role != jaga.RoleMatch && s.Role != jaga.RoleAllow:
		return invalid("role", "%q is not match or allow", s.Role)
	case !s.Form.Valid():
		return invalid("form", "%q is not one of csam, grooming, live_stream, sextortion", s.Form)
	case s.Band == jaga.BandNone || s.Band > jaga.BandUrgent:
		return invalid("band", "it must be observe, review or urgent")
	case math.IsNaN(s.EnabledRatio) || s.EnabledRatio < 0 || s.EnabledRatio > 1:
		return invalid("enabled_ratio", "it must be from 0 to 1")
	case s.Threshold < 0 || s.Threshold > engine.MaxThreshold:
		return invalid("threshold", "it must be from 0 to %d", engine.MaxThreshold)
	case s.FilmQuery < 0 || s.FilmQuery > 100:
		return invalid("film_query", "it must be from 0 to 100")
	case s.FilmStored < 0 || s.FilmStored > 100:
		return invalid("film_stored", "it must be from 0 to 100")
	case utf8.RuneCountInString(s.Note) > 1000:
		return invalid("note", "it has more than 1000 characters")
	}
	return nil
}

func checkNote(note string) error {
	if !utf8.ValidString(note) || strings.ContainsRune(note, 0) {
		return invalid("note", "it is not text: send UTF-8 without zero bytes")
	}
	if utf8.RuneCountInString(note) > 255 {
		return invalid("note", "it has more than 255 characters")
	}
	return nil
}

// The numbers of signal types in the database. They never change.
var typeNumbers = map[jaga.SignalType]int64{jaga.PDQ: 1, jaga.MD5: 2, jaga.SHA1: 3, jaga.SHA256: 4, jaga.VPDQ: 5, jaga.Chromaprint: 6, jaga.URL: 7, jaga.Domain: 8, jaga.Keyword: 9}

func typeOf(number int64) jaga.SignalType {
	for t, n := range typeNumbers {
		if n == number {
			return t
		}
	}
	return ""
}

func valueOf(number int64, raw []byte) (engine.Value, error) {
	v := engine.Value{Type: typeOf(number)}
	if v.Type == "" || len(raw) != v.Type.Size() {
		return v, fmt.Errorf("a stored hash of type %d has %d bytes", number, len(raw))
	}
	copy(v.Bytes[:], raw)
	return v, nil
}
