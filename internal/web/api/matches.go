package api

import (
	"context"
	"math/bits"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
)

// Question is a set of hashes to compare with the banks.
type Question struct {
	Signals []Signal `json:"signals" doc:"The hashes." minItems:"1" maxItems:"32" nullable:"false"`
}

// MatchAnswer says what was found for a file or for hashes that are not kept.
type MatchAnswer struct {
	Type    string        `json:"type,omitempty" doc:"The media type of the file, found out from the content."`
	Bytes   int64         `json:"bytes" doc:"The size of the file; 0 when hashes were sent." example:"48213"`
	Width   int           `json:"width,omitempty" doc:"Of a picture, as stored, in pixels."`
	Height  int           `json:"height,omitempty" doc:"Of a picture, as stored, in pixels."`
	Signals []jaga.Signal `json:"signals" doc:"What was measured, or sent." nullable:"false"`
	Outcome jaga.Outcome  `json:"outcome" doc:"What is known about it."`
}

// Pair are two hashes of one type, or two films.
type Pair struct {
	Type jaga.SignalType `json:"type" doc:"What both are." enum:"pdq,md5,sha1,sha256,vpdq" example:"pdq"`
	A    string          `json:"a" doc:"One hash, in hexadecimal digits; for vpdq a JSON list of texts \"hash,quality,seconds\", one for each frame, or the PDQ hash of a picture." minLength:"32" maxLength:"1000000" pattern:"^([0-9a-fA-F]*|\\[.*\\])$" example:"00254a6f94b9de03284d7297bce1062b50759abfe4092e53789dc2e70c31567b"`
	B    string          `json:"b" doc:"The other." minLength:"32" maxLength:"1000000" pattern:"^([0-9a-fA-F]*|\\[.*\\])$" example:"00254a6f94b9de03284d7297bce1062b50759abfe4092e53789dc2e70c315678"`
}

// Comparison says how far two hashes are from each other.
type Comparison struct {
	Type     jaga.SignalType `json:"type" doc:"What both are." enum:"pdq,md5,sha1,sha256,vpdq" example:"pdq"`
	Distance int             `json:"distance" doc:"In how many bits they differ; of films the nearest two frames." example:"2"`
	Bits     []int           `json:"bits" doc:"The numbers of these bits, from 0, which is the highest bit of the first digit. Of PDQ only." nullable:"false" example:"[254,255]"`
	Same     bool            `json:"same" doc:"Whether the hashes, or all frames, are equal." example:"false"`
	Film     *jaga.Film      `json:"film,omitempty" doc:"Of films, what they have in common by the default threshold: query is of A, stored of B."`
	// Default is the threshold of a bank for which nobody set another.
	Default    int             `json:"default_threshold" doc:"The distance up to which a bank matches, unless it is set otherwise; 0 for exact hashes." example:"31"`
	Thresholds []BankThreshold `json:"thresholds" doc:"What the banks of this installation say; of films with A coming in and B as an entry." nullable:"false"`
}

// BankThreshold says whether a bank takes a distance for a match.
type BankThreshold struct {
	Bank      string `json:"bank" doc:"The bank." example:"KNOWN_MATERIAL"`
	Threshold int    `json:"threshold" doc:"Its largest distance that matches." example:"31"`
	Matches   bool   `json:"matches" doc:"Whether the two match by it, and of films by the shares that the bank asks for."`
}

type matchInput struct {
	Banks  []string `query:"bank,explode" doc:"Only this bank; may be repeated. Without it all banks are asked." maxItems:"100" nullable:"false"`
	Radius int      `query:"radius" doc:"The largest PDQ distance, in place of the threshold of each bank; for looking around. With one that is smaller than a threshold, nothing found is not_checked." minimum:"1" maximum:"64"`
}

func (s *server) registerMatches() {
	schemas := s.api.OpenAPI().Components.Schemas
	manualWith(s, huma.Operation{Method: http.MethodPost, Path: "/v1/matches", OperationID: "match", Tags: []string{tagMatches},
		Summary:     "Compare a picture, or hashes, without storing anything",
		Description: "Answers as the item would be answered. Nothing is stored, and no person is told.",
		Security:    needs(auth.Match), Errors: []int{404, 503},
		RequestBody: body(formContent("The file.", "A picture."), jsonContent(schemaOf[Question](schemas), map[string]any{"signals": exampleSignals()})),
		Responses:   map[string]*huma.Response{"200": answer("What was found.", schemaOf[MatchAnswer](schemas))},
	}, s.match)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/compare", OperationID: "compare", Tags: []string{tagMatches},
		Summary:     "Compare two hashes, or two films",
		Description: "Says why two pictures match, or why they do not: the distance, the bits in which they differ, and what each bank says of it. Of two films, or of a film and a picture, it says which seconds of either have a near frame in the other.",
		Security:    needs(auth.Match)}, s.compare)
}

// match is POST /v1/matches.
func (s *server) match(c call, in *matchInput) error {
	ctx := c.r.Context()
	empty, err := s.asked(ctx, in.Banks)
	if err != nil {
		return err
	}
	req := intake.Request{Source: actor(ctx), Banks: in.Banks, Radius: in.Radius}
	if isForm(c.r) {
		f, err := openForm(c, s.MaxBytes, s.MaxFilm, s.MaxBytes+formOverhead)
		if err != nil {
			return err
		}
		file, err := f.only()
		if err != nil {
			return err
		}
		req.Body = file
	} else {
		var q Question
		if err := readBody(s, c, &q); err != nil {
			return err
		}
		req.Signals = signals(q.Signals)
	}
	rec, err := s.Intake.Look(ctx, req)
	if err != nil {
		return readError(err)
	}
	if empty {
		rec.Outcome = nothingAsked(rec.Outcome)
	}
	if rec.Signals == nil {
		rec.Signals = []jaga.Signal{}
	}
	return c.send(http.StatusOK, MatchAnswer{rec.Type, rec.Bytes, rec.Width, rec.Height, rec.Signals, rec.Outcome})
}

// asked makes sure that the banks that are named exist, and reports whether
// there is nothing in any of them. A look-up in a bank that is misspelt would
// otherwise find nothing and call that clear.
func (s *server) asked(ctx context.Context, names []string) (empty bool, err error) {
	if len(names) == 0 {
		return false, nil
	}
	n := int64(0)
	for _, name := range names {
		b, err := s.Banks.Get(ctx, name)
		if err != nil {
			return false, err
		}
		n += b.Entries
	}
	return n == 0, nil
}

// nothingAsked is the outcome of asking banks without entries: nothing was
// checked.
func nothingAsked(o jaga.Outcome) jaga.Outcome {
	for _, d := range o.Checked {
		o.Skipped = append(o.Skipped, jaga.Skip{Detector: d, Why: jaga.WhyNoBanks, Detail: "the banks that were named have no entries"})
	}
	o.Checked = nil
	return o
}

type compareInput struct{ Body Pair }

type compareOutput struct{ Body Comparison }

func (s *server) compare(ctx context.Context, in *compareInput) (*compareOutput, error) {
	if in.Body.Type == jaga.VPDQ {
		return s.compareFilms(ctx, in.Body)
	}
	var v [2]engine.Value
	for i, text := range []string{in.Body.A, in.Body.B} {
		var err error
		if v[i], err = engine.ParseValue(in.Body.Type, text); err != nil {
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: []string{"a", "b"}[i], Msg: err.Error(), Err: err}
		}
	}
	out := Comparison{Type: in.Body.Type, Same: v[0] == v[1], Bits: []int{}, Thresholds: []BankThreshold{}}
	exact := in.Body.Type.Exact()
	for i := range in.Body.Type.Size() {
		x := v[0].Bytes[i] ^ v[1].Bytes[i]
		out.Distance += bits.OnesCount8(x)
		for b := range 8 {
			if !exact && x&(0x80>>b) != 0 {
				out.Bits = append(out.Bits, 8*i+b)
			}
		}
	}
	if exact {
		return &compareOutput{out}, nil
	}
	out.Default = defaultThreshold
	banks, err := s.Banks.List(ctx)
	for _, b := range banks {
		out.Thresholds = append(out.Thresholds, BankThreshold{b.Name, b.Threshold, out.Distance <= b.Threshold})
	}
	return &compareOutput{out}, err
}
