package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
)

// SealedFile is what is known of a sealed file. Its content never leaves by this
// interface.
type SealedFile struct {
	ID            string         `json:"id" doc:"Its number." example:"0193a1e6-0000-7000-8000-000000000001"`
	Case          int64          `json:"case,omitempty" doc:"The case that it is sealed for; absent in quarantine." example:"1"`
	State         evidence.State `json:"state" doc:"quarantine: sealed, and of no case yet; kept: of a case; destroyed: its keys are gone, and nobody can read it." enum:"quarantine,kept,destroyed" example:"kept"`
	WorkingCopyOf string         `json:"working_copy_of,omitempty" doc:"The file that it is a working copy of."`
	Bytes         int64          `json:"bytes" doc:"Its size, unsealed." example:"53211"`
	ReceivedAt    time.Time      `json:"received_at" doc:"When it was sealed."`
	ReceivedBy    string         `json:"received_by" doc:"Who or what handed it in." example:"key:1"`
	Missing       bool           `json:"missing,omitempty" doc:"Whether its payload was found to be gone."`
	DestroyedAt   *time.Time     `json:"destroyed_at,omitempty" doc:"When it was destroyed."`
	// What keeps it.
	Holds     int64        `json:"holds" doc:"How many legal holds cover it; nothing destroys it while there is one."`
	KeepUntil *time.Time   `json:"keep_until,omitempty" doc:"Until when laws have it kept; absent where none says so, or where that is not known yet."`
	KeepWaits bool         `json:"keep_waits,omitempty" doc:"Whether a law's time begins with something that has not happened yet, such as a report."`
	Clocks    []SealedTime `json:"clocks,omitempty" doc:"The times that cover it, the longest first. Only with one file."`
	Digests   *FileDigests `json:"digests,omitempty" doc:"Its digests, where they were asked for."`
}

// SealedTime is a time for which something must be kept.
type SealedTime struct {
	Profile string     `json:"profile" doc:"The profile of the law." example:"us-2258a"`
	Version string     `json:"version" doc:"Its version." example:"1"`
	What    string     `json:"what" doc:"What must be kept." example:"content"`
	Until   *time.Time `json:"until,omitempty" doc:"Until when; absent while it waits for what begins it."`
}

// FileDigests are the digests that were taken when the file came in.
type FileDigests struct {
	SHA256 string `json:"sha256" doc:"SHA-256, in hexadecimal."`
	SHA512 string `json:"sha512" doc:"SHA-512, in hexadecimal."`
}

// SealedFiles is a page of sealed files.
type SealedFiles struct {
	Files []SealedFile `json:"files" doc:"The files, in the order in which they came." nullable:"false"`
	Next  string       `json:"next,omitempty" doc:"Send it as after to get the next page; absent on the last."`
}

type evidencePath struct {
	ID      string `path:"id" doc:"The number of the file." maxLength:"36" example:"0193a1e6-0000-7000-8000-000000000001"`
	Digests bool   `query:"digests" doc:"Answer with its digests too, which opens its sealed record: two records in the custody log."`
}

type evidenceInput struct {
	Case  int64  `query:"case" required:"true" doc:"The case, with those that became part of it." minimum:"1" example:"1"`
	After string `query:"after" doc:"Continue behind this file." maxLength:"36"`
	Limit int    `query:"limit" doc:"How many." minimum:"1" maximum:"500" default:"100"`
}

func (s *server) registerEvidence() {
	if s.Evidence == nil {
		return
	}
	schemas := s.api.OpenAPI().Components.Schemas
	s.manual(huma.Operation{Method: http.MethodPost, Path: "/v1/evidence", OperationID: "create-evidence", Tags: []string{tagCases},
		Summary: "Seal a file for a case",
		Description: "The file is encrypted while it arrives, whatever its size, and nothing of it touches a disk in the clear; the answer, 201, comes when it and its record are durable. " +
			"State the `case`, or the `account` to take the newest case about it that is not closed. Sent again under the same `id` it is kept once, and answered with 200. " +
			"The file is not looked at: hand a picture in as an item to have it compared.\n\nIn the form, the other fields come before the file.",
		Security: needs(auth.EvidenceWrite), Errors: []int{400, 404, 409, 413, 415, 503},
		RequestBody: body(formContent("The file.", "A file, and what it is for.", "id", "case", "account", "origin", "name", "media_type", "acquired_at")),
		Responses: map[string]*huma.Response{
			"201": withHeader(answer("The file is sealed.", schemaOf[SealedFile](schemas)), "Location", "Where the facts about it are."),
			"200": answer("It was handed in before, or the case has this file already.", schemaOf[SealedFile](schemas)),
		}}, s.createEvidence)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/evidence", OperationID: "list-evidence", Tags: []string{tagCases},
		Summary: "List the sealed files of a case", Description: "What is known of each without opening it.", Security: needs(auth.EvidenceRead), Errors: []int{404}}, s.listEvidence)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/evidence/{id}", OperationID: "get-evidence", Tags: []string{tagCases},
		Summary: "Read the facts about a sealed file", Description: "Its state, what holds it and for how long it is kept; its digests where they are asked for. Never its content, name or origin: two people hand those out, on the console.",
		Security: needs(auth.EvidenceRead), Errors: []int{404, 409}}, s.getEvidence)
}

// createEvidence is POST /v1/evidence.
func (s *server) createEvidence(c call) error {
	ctx := c.r.Context()
	if !isForm(c.r) {
		return &Problem{Status: http.StatusUnsupportedMediaType, Code: jaga.CodeInvalid, Field: "Content-Type", Detail: "the file is sent in a form (multipart/form-data)"}
	}
	if c.r.ContentLength > s.MaxEvidence+formOverhead {
		return tooLargeToSeal()
	}
	f, err := openForm(c, s.MaxEvidence, 0, s.MaxEvidence+formOverhead, "id", "case", "account", "origin", "name", "media_type", "acquired_at")
	if err != nil {
		return err
	}
	h := evidence.HandedIn{Actor: actor(ctx), Ref: f.fields["id"]}
	if h.Place, err = s.placeOf(f.fields["case"], f.fields["account"]); err != nil {
		return err
	}
	if len(h.Ref) > 512 {
		return invalid("id", "it is longer than 512 bytes")
	}
	a := evidence.Acquisition{Tool: "jaga", ToolVersion: s.Version, Operator: h.Actor, Source: f.fields["origin"], Method: "upload", At: s.DB.Now(), Name: f.fields["name"], MediaType: f.fields["media_type"]}
	if a.Source == "" {
		a.Source = h.Actor
	}
	if text := f.fields["acquired_at"]; text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil || at.After(a.At.Add(time.Hour)) || at.Year() < 1990 {
			return invalid("acquired_at", "it is no time like 2026-11-01T09:00:00Z, or not in the past")
		}
		a.At, a.Clock = at, "sender"
	}
	h.Acquisition = a
	file, err := f.only()
	if err != nil {
		return err
	}
	it, again, err := s.Evidence.HandIn(ctx, h, file)
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return tooLargeToSeal()
	}
	if err != nil {
		return err
	}
	out, err := s.sealedFile(ctx, it, false)
	if err != nil {
		return err
	}
	if again {
		return c.send(http.StatusOK, out)
	}
	c.w.Header().Set("Location", "/v1/evidence/"+it.ID)
	return c.send(http.StatusCreated, out)
}

func tooLargeToSeal() error {
	return &Problem{Status: http.StatusRequestEntityTooLarge, Code: jaga.CodeInvalid, Field: "file", Detail: "it is larger than the server takes", Hint: "the setting vault.max_bytes is the limit for evidence"}
}

// placeOf reads which case a file is for.
func (s *server) placeOf(number, account string) (func(*store.Tx) (int64, []evidence.Clock, error), error) {
	if (number == "") == (account == "") {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "case", Msg: "state one of case and account"}
	}
	id := int64(0)
	if number != "" {
		var err error
		if id, err = strconv.ParseInt(number, 10, 64); err != nil || id < 1 {
			return nil, invalid("case", "it is not the number of a case")
		}
	}
	return func(tx *store.Tx) (int64, []evidence.Clock, error) {
		into := id
		if account != "" {
			found, ok, err := s.Cases.OfAccount(tx, account)
			if err == nil && !ok {
				err = &jaga.Error{Code: jaga.CodeNotFound, Field: "account", Msg: "there is no open case about this account", Hint: "report it first, with POST /v1/reports"}
			}
			if err != nil {
				return 0, nil, err
			}
			into = found
		}
		root, err := s.Cases.Root(tx, into)
		if err != nil {
			return 0, nil, err
		}
		var clocks []evidence.Clock
		if s.KeepFor != nil {
			clocks = s.KeepFor(time.UnixMicro(tx.Now()))
		}
		return root, clocks, nil
	}, nil
}

func (s *server) listEvidence(ctx context.Context, in *evidenceInput) (*struct{ Body SealedFiles }, error) {
	out := SealedFiles{Files: []SealedFile{}}
	var list []evidence.Item
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		if _, err := s.Cases.Root(tx, in.Case); err != nil {
			return err
		}
		ids, err := s.Cases.Members(tx, in.Case)
		if err != nil {
			return err
		}
		list, err = s.Evidence.Page(tx, ids, in.After, in.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, it := range list {
		one, err := s.sealedFile(ctx, it, false)
		if err != nil {
			return nil, err
		}
		out.Files = append(out.Files, one)
	}
	if len(list) == in.Limit {
		out.Next = list[len(list)-1].ID
	}
	return &struct{ Body SealedFiles }{out}, nil
}

func (s *server) getEvidence(ctx context.Context, in *evidencePath) (*struct{ Body SealedFile }, error) {
	var it evidence.Item
	if err := s.DB.View(ctx, func(tx *store.Tx) (err error) { it, err = s.Evidence.Get(tx, in.ID); return err }); err != nil {
		return nil, err
	}
	out, err := s.sealedFile(ctx, it, true)
	if err != nil {
		return nil, err
	}
	if in.Digests {
		rec, err := s.Evidence.Digests(ctx, actor(ctx), it.ID)
		if err != nil {
			return nil, err
		}
		out.Digests = &FileDigests{rec.SHA256, rec.SHA512}
	}
	return &struct{ Body SealedFile }{out}, nil
}

// sealedFile says what is known of a file; clocks lists what keeps it.
func (s *server) sealedFile(ctx context.Context, it evidence.Item, clocks bool) (SealedFile, error) {
	out := SealedFile{ID: it.ID, Case: it.Case, State: it.State, WorkingCopyOf: it.Parent, Bytes: it.Size, ReceivedAt: micros(it.At), ReceivedBy: it.By,
		Missing: it.MissingAt > 0, DestroyedAt: microsOrNil(it.DestroyedAt)}
	if it.State == evidence.Destroyed {
		return out, nil
	}
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		k, err := s.Evidence.Standing(tx, it.ID)
		if err != nil {
			return err
		}
		if out.Holds, out.KeepWaits = k.Held, k.Waits(); k.Clocks > 0 && !k.Waits() {
			out.KeepUntil = microsOrNil(k.Until)
		}
		if !clocks {
			return nil
		}
		list, err := s.Evidence.Clocks(tx, it.ID)
		for _, c := range list {
			one := SealedTime{Profile: c.Profile, Version: c.Version, What: c.What}
			if !c.Waits() {
				until := c.Until.UTC()
				one.Until = &until
			}
			out.Clocks = append(out.Clocks, one)
		}
		return err
	})
	if jaga.CodeOf(err) == jaga.CodeConflict {
		err = nil // it was destroyed meanwhile, which the next answer says
	}
	return out, err
}
