package api

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/weblist"
)

// Signal is a hash that is handed in.
type Signal struct {
	Type    jaga.SignalType `json:"type" doc:"What the hash is." enum:"pdq,md5,sha1,sha256,vpdq,chromaprint,url,domain,keyword" example:"pdq"`
	Value   string          `json:"value" doc:"The hash in hexadecimal digits: 64 for pdq and sha256, 32 for md5, 40 for sha1; for vpdq a JSON list of texts \"hash,quality,seconds\", one for each frame; for chromaprint the fingerprint as fpcalc prints it." minLength:"32" maxLength:"1000000" pattern:"^([0-9a-fA-F]*|A[Q-Za-f][0-9A-Za-z_-]*|\\[.*\\])$" example:"00254a6f94b9de03284d7297bce1062b50759abfe4092e53789dc2e70c31567b"`
	Quality int             `json:"quality,omitempty" doc:"The quality of a PDQ hash, 0 to 100, if it is known." minimum:"0" maximum:"100"`
}

// Bank is a bank as it is answered.
type Bank struct {
	ID           int64     `json:"id" doc:"Its number, which stays when the name changes."`
	Name         string    `json:"name" doc:"Its name." example:"KNOWN_MATERIAL"`
	Role         jaga.Role `json:"role" doc:"match: material to act on; allow: known-benign look-alikes, which speak against near matches." enum:"match,allow"`
	Form         jaga.Form `json:"form" doc:"The form of exploitation that a match is about." enum:"csam,grooming,live_stream,sextortion"`
	Band         jaga.Band `json:"band" doc:"How soon a person should look at a match." enum:"observe,review,urgent" example:"review"`
	EnabledRatio float64   `json:"enabled_ratio" doc:"The share of look-ups in which the bank takes part, 0 to 1."`
	Threshold    int       `json:"threshold" doc:"The largest PDQ distance that matches, in bits." example:"31"`
	FilmQuery    int       `json:"film_query" doc:"The least share, in percent, of the frames of a film that came in that match an entry's." example:"50"`
	FilmStored   int       `json:"film_stored" doc:"The least share, in percent, of an entry's frames that match those of a film that came in." example:"50"`
	FilmBoth     bool      `json:"film_both" doc:"Whether both shares must be reached, 0 asking for nothing; otherwise one is enough, and 0 is not asked for."`
	Note         string    `json:"note,omitempty" doc:"What people should know about it."`
	Entries      int64     `json:"entries" doc:"How many entries it has."`
	CreatedAt    time.Time `json:"created_at" doc:"When it was made."`
	UpdatedAt    time.Time `json:"updated_at" doc:"When its settings or entries changed last."`
}

func bankOf(b bank.Bank) Bank {
	return Bank{b.ID, b.Name, b.Role, b.Form, b.Band, b.EnabledRatio, b.Threshold, b.FilmQuery, b.FilmStored, b.FilmBoth, b.Note, b.Entries, micros(b.CreatedAt), micros(b.UpdatedAt)}
}

// Entry is an entry of a bank as it is answered.
type Entry struct {
	ID        int64         `json:"id" doc:"Its number within the installation."`
	Bank      string        `json:"bank" doc:"The bank it belongs to." example:"KNOWN_MATERIAL"`
	Signals   []jaga.Signal `json:"signals" doc:"Its hashes, one of a type at most." nullable:"false"`
	Source    string        `json:"source" doc:"Where it is from." example:"manual"`
	Licence   string        `json:"licence,omitempty" doc:"The terms under which it may be used."`
	Note      string        `json:"note,omitempty" doc:"What people should know about it."`
	Metadata  Object        `json:"metadata,omitempty" doc:"What a program keeps with it, as it was sent."`
	CreatedAt time.Time     `json:"created_at" doc:"When it was added."`
	Enabled   bool          `json:"enabled" doc:"Whether it takes part in matching now."`
	// DisabledUntil is absent for an entry that is on, or off for good.
	DisabledUntil *time.Time  `json:"disabled_until,omitempty" doc:"When an entry that is switched off comes back by itself."`
	ExpiresAt     *time.Time  `json:"expires_at,omitempty" doc:"When it stops matching."`
	Covers        *Covers     `json:"covers,omitempty" doc:"Of an address, domain, word or phrase that was just added: what it is taken for. It is told this once, since only a digest is kept."`
	Quarantine    *Quarantine `json:"quarantine,omitempty" doc:"Set while the entry waits for a person because it matched too much; its matches do not count in full."`
}

// Covers says what an address, domain, word or phrase of a list covers.
type Covers struct {
	Level   weblist.Level `json:"level" doc:"How much: a domain and all below it, one host, a path and all below it, one url, or words." enum:"domain,host,path,url,words" example:"domain"`
	Entry   string        `json:"entry" doc:"The entry in its canonical spelling." example:"listed.example"`
	Matches []string      `json:"matches" doc:"Examples of what it matches." nullable:"false" example:"[\"https://listed.example/\"]"`
	Misses  []string      `json:"misses" doc:"Examples of what it does not match." nullable:"false" example:"[\"https://other-listed.example/\"]"`
}

// Quarantine says since when and why an entry waits for a person.
type Quarantine struct {
	Since time.Time `json:"since" doc:"Since when."`
	Why   string    `json:"why" doc:"Why."`
}

func entryOf(e bank.Entry, now time.Time) Entry {
	out := Entry{ID: e.ID, Bank: e.Bank, Signals: e.Signals, Source: e.Source, Licence: e.Licence, Note: e.Note, Metadata: Object(e.Metadata),
		CreatedAt: micros(e.CreatedAt), Enabled: e.DisableUntil != 0 && e.DisableUntil <= now.Unix()}
	if e.DisableUntil > now.Unix() {
		t := time.Unix(e.DisableUntil, 0).UTC()
		out.DisabledUntil = &t
	}
	if e.ExpiresAt != 0 {
		t := time.Unix(e.ExpiresAt, 0).UTC()
		out.ExpiresAt = &t
		out.Enabled = out.Enabled && now.Before(t)
	}
	if e.QuarantinedAt != 0 {
		out.Quarantine = &Quarantine{micros(e.QuarantinedAt), e.QuarantineWhy}
	}
	return out
}

func micros(at int64) time.Time { return time.UnixMicro(at).UTC() }

// microsOrNil is nil for 0.
func microsOrNil(at int64) *time.Time {
	if at == 0 {
		return nil
	}
	t := micros(at)
	return &t
}

// Never is a time that may be null, which means never, or absent, which means
// unchanged.
type Never struct {
	Set  bool
	Time time.Time // zero is never
}

// UnmarshalJSON reads a time or null.
func (n *Never) UnmarshalJSON(data []byte) error {
	n.Set = true
	if string(data) == "null" {
		return nil
	}
	return json.Unmarshal(data, &n.Time)
}

// Schema describes it.
func (Never) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true, Examples: []any{"2030-01-01T00:00:00Z"}}
}

func (n Never) unix() int64 {
	if n.Time.IsZero() {
		return 0
	}
	return n.Time.Unix()
}

// The following types only describe the JSON form of types of lower floors,
// which know nothing of this interface. A test checks every answer against the
// description.
type (
	describedRecord struct {
		Item        jaga.Item     `json:"item" doc:"What came in."`
		Type        string        `json:"type,omitempty" doc:"The media type, found out from the content." example:"image/jpeg"`
		Bytes       int64         `json:"bytes" doc:"The size of the file; 0 when only hashes were handed in." example:"48213"`
		Width       int           `json:"width,omitempty" doc:"Of a picture, as stored, in pixels."`
		Height      int           `json:"height,omitempty" doc:"Of a picture, as stored, in pixels."`
		Orientation int           `json:"orientation,omitempty" doc:"The EXIF orientation, 1 to 8."`
		Signals     []jaga.Signal `json:"signals" doc:"What was measured. Lists of items leave them out." nullable:"false"`
		Outcome     jaga.Outcome  `json:"outcome" doc:"What is known about it."`
		Late        bool          `json:"late,omitempty" doc:"True when a match was found by looking again after a bank grew."`
	}
	describedItem struct {
		ID       string    `json:"id" doc:"Jaga's number of the item." example:"01900000-0000-7000-8000-000000000000"`
		Source   string    `json:"source,omitempty" doc:"Who handed it in." example:"key:1"`
		Ref      string    `json:"ref,omitempty" doc:"The platform's own reference, returned unchanged."`
		Kind     jaga.Kind `json:"kind" doc:"What it is, from its content." enum:"image,video,audio,text,message,frame,hash,other"`
		At       time.Time `json:"at" doc:"When it came in."`
		Author   string    `json:"author,omitempty" doc:"The platform's pseudonymous account identifier."`
		Audience string    `json:"audience,omitempty" doc:"How many could see it, as the platform puts it."`
	}
	describedSignal struct {
		Type    jaga.SignalType `json:"type" doc:"What the hash is." enum:"pdq,md5,sha1,sha256,vpdq,chromaprint,url,domain,keyword"`
		Value   string          `json:"value" doc:"The hash in lowercase hexadecimal digits; for vpdq the digest of the film's frames, and for chromaprint that of the fingerprint, which only names them." example:"00254a6f94b9de03284d7297bce1062b50759abfe4092e53789dc2e70c31567b"`
		Quality int             `json:"quality,omitempty" doc:"The quality of a PDQ hash, 1 to 100; for vpdq of the best frame, for chromaprint the detail of the best ten seconds."`
		Variant string          `json:"variant,omitempty" doc:"Which rotation or mirroring of the picture it is of."`
		By      string          `json:"by,omitempty" doc:"What measured it."`
	}
	describedOutcome struct {
		State    jaga.State      `json:"state" doc:"findings: there is something for a person; not_checked: something required did not run, and nothing was found; clear: all that is required ran and found nothing, which does not mean harmless." enum:"not_checked,findings,clear" example:"findings"`
		Band     jaga.Band       `json:"band" doc:"The most urgent band of the findings." enum:"none,observe,review,urgent" example:"review"`
		Findings []jaga.Finding  `json:"findings" doc:"Claims for a person to decide on, most urgent first." nullable:"false"`
		Matches  []jaga.Match    `json:"matches" doc:"All matches, suppressed ones too, nearest first." nullable:"false"`
		Checked  []jaga.Detector `json:"checked" doc:"The detectors that ran to the end: exact, pdq for pictures, vpdq for films, chromaprint for sound, and plugin/NAME for a plugin." nullable:"false" example:"[\"exact\",\"pdq\"]"`
		Skipped  []jaga.Skip     `json:"skipped" doc:"The detectors that did not, and why." nullable:"false" example:"[]"`
		Index    string          `json:"index,omitempty" doc:"The version of the index that was asked."`
		Scores   []jaga.Score    `json:"scores,omitempty" doc:"What outside classifiers said. They decide nothing." nullable:"false"`
	}
	describedFinding struct {
		Form    jaga.Form     `json:"form" doc:"The form of exploitation." enum:"csam,grooming,live_stream,sextortion"`
		Harm    jaga.Harm     `json:"harm" doc:"Its identifier in the taxonomy of MSC4456." example:"org.matrix.msc4456.child_safety.csam"`
		Band    jaga.Band     `json:"band" doc:"How soon a person should look." enum:"observe,review,urgent" example:"review"`
		Because []jaga.Reason `json:"because" doc:"The reasons; there is at least one." nullable:"false"`
		Against []jaga.Reason `json:"against,omitempty" doc:"Counter-evidence." nullable:"false"`
	}
	describedReason struct {
		Match      *jaga.Match  `json:"match,omitempty" doc:"A match with an entry of a bank."`
		Indicator  *jaga.Seen   `json:"indicator,omitempty" doc:"A behaviour seen in a conversation."`
		Classifier *jaga.Score  `json:"classifier,omitempty" doc:"What an outside classifier said; never the only reason."`
		Listed     *jaga.Listed `json:"listed,omitempty" doc:"What a matcher of the operator's own said: the item is on a list of its."`
	}
	describedListed struct {
		Name       string  `json:"name" doc:"The plugin." example:"licensed"`
		Version    string  `json:"version" doc:"Its version." example:"2.0"`
		List       string  `json:"list" doc:"The list, as the matcher names it." example:"known"`
		Reference  string  `json:"reference,omitempty" doc:"The matcher's own name of the entry."`
		Confidence float64 `json:"confidence" doc:"How sure it is, in its own measure." minimum:"0" maximum:"1" example:"1"`
	}
	describedScore struct {
		Name     string  `json:"name" doc:"The plugin." example:"shapes"`
		Version  string  `json:"version" doc:"Its version." example:"1.2"`
		Category string  `json:"category" doc:"What it is about; list/NAME for a list." example:"list/licensed"`
		Value    float64 `json:"score" doc:"How sure it is; what that means is the classifier's own." minimum:"0" maximum:"1" example:"0.93"`
	}
	describedSeen struct {
		ID      string  `json:"id" doc:"The indicator of the catalogue." example:"G-13"`
		Message string  `json:"message,omitempty" doc:"Where it was seen."`
		Span    *[2]int `json:"span,omitempty" doc:"From where to where in the text, in bytes."`
		View    string  `json:"view,omitempty" doc:"How the words were read." enum:"event,raw,stem,slang,folded"`
		By      string  `json:"by,omitempty" doc:"The pack and its version."`
	}
	describedMatch struct {
		Signal     jaga.Signal      `json:"signal" doc:"What was measured of the item."`
		Bank       string           `json:"bank" doc:"The bank." example:"KNOWN_MATERIAL"`
		Role       jaga.Role        `json:"role" doc:"Its role." enum:"match,allow"`
		Form       jaga.Form        `json:"form,omitempty" doc:"The form of exploitation." enum:"csam,grooming,live_stream,sextortion"`
		Band       jaga.Band        `json:"band,omitempty" doc:"The band of the bank's matches." enum:"none,observe,review,urgent"`
		Entry      int64            `json:"entry" doc:"The number of the entry."`
		Value      string           `json:"value" doc:"The entry's hash." example:"00254a6f94b9de03284d7297bce1062b50759abfe4092e53789dc2e70c315678"`
		Distance   int              `json:"distance" doc:"In bits, of films the smallest of two frames, of sound the mean of two words of 32 bits; 0 for exact hashes." example:"2"`
		Film       *jaga.Film       `json:"film,omitempty" doc:"Which parts matched, where the item or the entry is a film."`
		Sound      *jaga.Sound      `json:"sound,omitempty" doc:"Which seconds are the same, of sound."`
		Threshold  int              `json:"threshold" doc:"The largest distance at which the bank matches." example:"31"`
		Late       bool             `json:"late,omitempty" doc:"Found by looking again after the bank grew."`
		Suppressed jaga.Suppression `json:"suppressed,omitempty" doc:"Why it does not count in full." enum:"allow,quarantine"`
		Places     []jaga.Place     `json:"places,omitempty" doc:"Where it stands in the text, in order, at most 100." nullable:"false"`
	}
	describedPlace struct {
		Start  int  `json:"start" doc:"Where it begins, in bytes." example:"8"`
		End    int  `json:"end" doc:"Where it ends, in bytes." example:"29"`
		Hidden bool `json:"hidden,omitempty" doc:"True when it was written so that machines do not see it."`
		Line   int  `json:"line,omitempty" doc:"The line in which it begins, from 1, where the text is a file."`
	}
	describedFilm struct {
		QueryFrames   int          `json:"query_frames,omitempty" doc:"How many distinct frames of what came in were compared; absent for a picture."`
		QueryMatched  int          `json:"query_matched,omitempty" doc:"How many of them have a match in the entry."`
		StoredFrames  int          `json:"stored_frames,omitempty" doc:"How many distinct frames of the entry were compared; absent for a picture."`
		StoredMatched int          `json:"stored_matched,omitempty" doc:"How many of them have a match in what came in."`
		QueryPercent  float64      `json:"query_percent,omitempty" doc:"The share of frames of what came in that matched, in percent."`
		StoredPercent float64      `json:"stored_percent,omitempty" doc:"The share of the entry's frames that matched, in percent."`
		QuerySeconds  float64      `json:"query_seconds,omitempty" doc:"The time of the last frame of what came in that was hashed."`
		StoredSeconds float64      `json:"stored_seconds,omitempty" doc:"The time of the entry's last frame."`
		Query         []jaga.Range `json:"query,omitempty" doc:"Which parts of what came in matched; absent for a picture." nullable:"false"`
		Stored        []jaga.Range `json:"stored,omitempty" doc:"Which parts of the entry matched; absent for a picture." nullable:"false"`
		More          bool         `json:"more,omitempty" doc:"There are more parts than a hundred."`
	}
	describedSound struct {
		QuerySeconds  float64      `json:"query_seconds" doc:"How long what came in is, as far as it was heard." example:"62"`
		StoredSeconds float64      `json:"stored_seconds" doc:"How long the entry is." example:"180"`
		Query         []jaga.Range `json:"query" doc:"Which parts of what came in are the same, true to about two seconds." nullable:"false"`
		Stored        []jaga.Range `json:"stored" doc:"Which parts of the entry they are, one by one." nullable:"false"`
		More          bool         `json:"more,omitempty" doc:"There are more parts than a hundred."`
		Speed         float64      `json:"speed" doc:"How much faster what came in must be played to be the entry; 1.02 for what was slowed down by 2 %. True to half a percent." example:"1"`
		Errors        float64      `json:"errors" doc:"The share of bits that differ in the best part, in percent, 0 to 15." example:"3.2"`
	}
	describedRange struct {
		From float64 `json:"from" doc:"In seconds from the beginning."`
		To   float64 `json:"to" doc:"In seconds from the beginning; the same where a single frame matched."`
	}
	describedSkip struct {
		Detector jaga.Detector `json:"detector" doc:"What did not run." example:"pdq"`
		Why      jaga.Why      `json:"why" doc:"Why, for programs." example:"truncated"`
		Detail   string        `json:"detail,omitempty" doc:"Why, for people."`
		Optional bool          `json:"optional,omitempty" doc:"True when the installation does not ask for it, so that the outcome can be clear all the same."`
	}
	describedImport struct {
		Rows       int64      `json:"rows" doc:"Lines with content." example:"250000"`
		Added      int64      `json:"added" doc:"New entries." example:"249990"`
		Duplicates int64      `json:"duplicates" doc:"Hashes that are in the bank already, or twice in the list." example:"10"`
		Bad        int64      `json:"bad" doc:"Lines that were left out; 0 unless skip_bad was asked for." example:"0"`
		BadLines   []bank.Bad `json:"bad_lines" doc:"The first hundred of them." nullable:"false" example:"[]"`
		Digest     string     `json:"digest" doc:"The SHA-256 of the list, as it is written into the custody log." example:"00254a6f94b9de03284d7297bce1062b50759abfe4092e53789dc2e70c31567b"`
	}
	describedBad struct {
		Line int    `json:"line" doc:"The number of the line, from 1."`
		Msg  string `json:"message" doc:"What is wrong with it."`
	}
)

// registry makes schemas, with short names for the described types.
func registry() huma.Registry {
	names := map[reflect.Type]string{reflect.TypeFor[converse.Entry](): "MessageEntry", reflect.TypeFor[converse.Message](): "Message"}
	namer := func(t reflect.Type, hint string) string {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if n, ok := names[t]; ok {
			return n
		}
		return huma.DefaultSchemaNamer(t, hint)
	}
	r := huma.NewMapRegistry("#/components/schemas/", namer)
	for _, d := range append(talkAliases(), []alias{
		{"Record", reflect.TypeFor[intake.Record](), reflect.TypeFor[describedRecord]()},
		{"Item", reflect.TypeFor[jaga.Item](), reflect.TypeFor[describedItem]()},
		{"MeasuredSignal", reflect.TypeFor[jaga.Signal](), reflect.TypeFor[describedSignal]()},
		{"Outcome", reflect.TypeFor[jaga.Outcome](), reflect.TypeFor[describedOutcome]()},
		{"Finding", reflect.TypeFor[jaga.Finding](), reflect.TypeFor[describedFinding]()},
		{"Reason", reflect.TypeFor[jaga.Reason](), reflect.TypeFor[describedReason]()},
		{"Seen", reflect.TypeFor[jaga.Seen](), reflect.TypeFor[describedSeen]()},
		{"Listed", reflect.TypeFor[jaga.Listed](), reflect.TypeFor[describedListed]()},
		{"Score", reflect.TypeFor[jaga.Score](), reflect.TypeFor[describedScore]()},
		{"Match", reflect.TypeFor[jaga.Match](), reflect.TypeFor[describedMatch]()},
		{"Place", reflect.TypeFor[jaga.Place](), reflect.TypeFor[describedPlace]()},
		{"Film", reflect.TypeFor[jaga.Film](), reflect.TypeFor[describedFilm]()},
		{"Sound", reflect.TypeFor[jaga.Sound](), reflect.TypeFor[describedSound]()},
		{"Range", reflect.TypeFor[jaga.Range](), reflect.TypeFor[describedRange]()},
		{"Skip", reflect.TypeFor[jaga.Skip](), reflect.TypeFor[describedSkip]()},
		{"ImportResult", reflect.TypeFor[bank.ImportResult](), reflect.TypeFor[describedImport]()},
		{"BadLine", reflect.TypeFor[bank.Bad](), reflect.TypeFor[describedBad]()},
		{"Problem", reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]()},
	}...) {
		names[d.d] = d.name
		r.RegisterTypeAlias(d.real, d.d)
	}
	return r
}
