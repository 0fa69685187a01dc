package hma

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

// The content types.
const (
	photo = "photo"
	video = "video"
)

// signalType is a signal type under the name that clients use.
type signalType struct {
	name string
	typ  jaga.SignalType
	// contents are the content types that it is computed of.
	contents []string
}

// signalTypes lists the types: HMA's two and the one of its extension for videos,
// then the exact hashes of any file.
// video_md5 and md5 are one index under two names.
func signalTypes() []signalType {
	return []signalType{
		{"pdq", jaga.PDQ, []string{photo}},
		{"vpdq", jaga.VPDQ, []string{video}},
		{"video_md5", jaga.MD5, []string{video}},
		{"md5", jaga.MD5, []string{photo, video}},
		{"sha1", jaga.SHA1, []string{photo, video}},
		{"sha256", jaga.SHA256, []string{photo, video}},
	}
}

func findType(name string) (signalType, error) {
	for _, t := range signalTypes() {
		if t.name == name {
			return t, nil
		}
	}
	return signalType{}, bad("no such signal type; the types are pdq, vpdq, video_md5, md5, sha1 and sha256")
}

// nameOf is the name under which a stored hash is shown.
func nameOf(typ jaga.SignalType) string {
	if typ == jaga.MD5 {
		return "video_md5" // the only name of it that HMA has
	}
	return string(typ)
}

// parse reads the text of a hash as HMA does: pdq strictly, 64 lowercase
// digits; vpdq the list of frames; the others trimmed and in either case.
func (t signalType) parse(value string) (engine.Value, error) {
	if t.typ == jaga.VPDQ {
		v, err := engine.ParseValue(t.typ, value)
		if err != nil || v.Frames == "" {
			return v, bad(`not a valid vpdq hash: it is a JSON list of texts "hash,quality,seconds"`)
		}
		return v, nil
	}
	if t.typ == jaga.PDQ {
		if strings.ToLower(value) != value {
			return engine.Value{}, bad("not a valid pdq hash: it has 64 lowercase hexadecimal digits")
		}
	} else {
		value = strings.ToLower(strings.TrimSpace(value))
	}
	v, err := engine.ParseValue(t.typ, value)
	if err != nil {
		return v, bad("not a valid %s hash: it has %d hexadecimal digits", t.name, 2*t.typ.Size())
	}
	return v, nil
}

// distance is the text of a distance in look-ups: bits, or of a film the shares
// of the frames of both that matched. All of a picture is found in a film.
func (t signalType) distance(m jaga.Match) string {
	switch {
	case t.typ.Exact():
		return "-"
	case t.typ != jaga.VPDQ || m.Film == nil:
		return itoa(m.Distance)
	case m.Film.StoredFrames == 0:
		return shares(m.Film.QueryPercent, 100)
	}
	return shares(m.Film.QueryPercent, m.Film.StoredPercent)
}

func shares(query, stored float64) string { return fmt.Sprintf("%.0f%%[%.0f%%]", query, stored) }

// match reports whether two values match, and how HMA's compare puts it.
func (t signalType) match(a, b engine.Value) []any {
	if t.typ.Exact() {
		return []any{a == b, map[string]int{}}
	}
	if t.typ == jaga.VPDQ {
		// They were parsed, so they have frames.
		x, _ := a.Film()
		y, _ := b.Film()
		o, ok := vpdq.Match(x, y, vpdq.ReferencePython())
		return []any{ok, map[string]float64{"query_match_percent": o.QueryPercent(), "compared_match_percent": o.StoredPercent()}}
	}
	d := pdq.Hash(a.Bytes).Distance(pdq.Hash(b.Bytes))
	return []any{d <= pdq.MatchThreshold, map[string]int{"distance": d}}
}

// chosen returns the types to compute of a file of the content type: those of
// the comma-separated list, or, when none is given, the usual ones.
func (s *server) chosen(content string, list string, given bool) ([]signalType, error) {
	if content != photo && content != video {
		return nil, bad("no such content type; the types are photo and video")
	}
	if !given {
		return s.usual(content)
	}
	var out []signalType
	for name := range strings.SplitSeq(list, ",") {
		t, err := findType(name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(t.contents, content) {
			return nil, bad("%s is not a signal type of a %s", t.name, content)
		}
		out = append(out, t)
	}
	return out, nil
}

// usual are the types that are computed of a file when the client names none.
// For a photo it is pdq, and the exact hashes of which there are entries: a
// client that asks for what a file is must not miss a list because the list
// has another kind of hash. For a video it is vpdq and the exact hash, or the
// latter alone where the installation is set so.
func (s *server) usual(content string) ([]signalType, error) {
	if content == video {
		exact, err := findType("video_md5")
		if err != nil || s.VideoMD5 {
			return []signalType{exact}, err
		}
		film, err := findType("vpdq")
		return []signalType{film, exact}, err
	}
	size := s.Engine.Stats().Entries
	var out []signalType
	for _, t := range signalTypes() {
		if slices.Contains(t.contents, photo) && (t.typ == jaga.PDQ || size[t.typ] > 0) {
			out = append(out, t)
		}
	}
	return out, nil
}

// errSeveral is the answer for an animation of which only the first picture was
// compared.
var errSeveral = &refusal{http.StatusNotImplemented, "not available yet: of the several pictures in this file only the first was compared, and it is not known; the file was not checked"}

// errPart is the answer for a video of which only a part was compared.
var errPart = &refusal{http.StatusNotImplemented, "not available: only a part of this video could be compared, and it is not known; the file was not checked"}
