package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/trouble"
)

// Status says how the installation is.
type Status struct {
	Version   string        `json:"version" doc:"The version of Jaga."`
	Database  string        `json:"database" doc:"The database." enum:"sqlite,postgres"`
	MaxBytes  int64         `json:"max_upload_bytes" doc:"The largest file that is taken."`
	Rotations bool          `json:"rotations" doc:"Whether rotated and mirrored pictures are compared as well."`
	Index     IndexStatus   `json:"index" doc:"What items are compared with."`
	Items     Counts        `json:"items" doc:"How many items of each state are kept."`
	Talk      TalkStatus    `json:"conversations" doc:"How conversations are observed."`
	Hours     []HourCounts  `json:"hours" doc:"What came in, by the hour, oldest first; hours without items are left out." nullable:"false"`
	Jobs      []Job         `json:"jobs" doc:"The latest jobs, newest first." nullable:"false"`
	Custody   CustodyStatus `json:"custody" doc:"The tamper-evident log of what people and keys did."`
	Stopped   []Stopped     `json:"stopped" doc:"What stopped working and waits for a person." nullable:"false"`
}

// Stopped is something that stopped working.
type Stopped struct {
	Kind  trouble.Kind `json:"kind" doc:"What: deliveries that were given up, automatic actions that were too many, a plugin that fails, files that could not be kept, messages that classifiers did not check." enum:"webhook,rules,plugin,evidence,messages"`
	Name  string       `json:"name,omitempty" doc:"The name of the webhook or plugin, rule:NAME or act:ACTION." example:"forum"`
	Why   string       `json:"why,omitempty" doc:"Why, in short."`
	N     int64        `json:"n" doc:"How many deliveries or files." example:"3"`
	Since *time.Time   `json:"since,omitempty" doc:"When it began, or happened last."`
	Page  string       `json:"page" doc:"The page of the console on which a person mends it." example:"/rules"`
}

// IndexStatus says what is in the index.
type IndexStatus struct {
	Loaded  bool        `json:"loaded" doc:"Whether it answers. Until it does, items are not checked."`
	Version string      `json:"version,omitempty" doc:"The version that outcomes name."`
	Banks   int         `json:"banks" doc:"How many banks it knows."`
	Types   []TypeStats `json:"types" doc:"What it holds, by type." nullable:"false"`
}

// TypeStats says how much of one type is in the index.
type TypeStats struct {
	Type    jaga.SignalType `json:"type" doc:"The type of hash." enum:"pdq,md5,sha1,sha256,vpdq,chromaprint,url,domain,keyword"`
	Entries int             `json:"entries" doc:"How many hashes."`
	Bytes   int64           `json:"bytes" doc:"How much memory they take."`
}

// Counts are numbers of items by state.
type Counts struct {
	NotChecked int64 `json:"not_checked" doc:"Something required did not run, and nothing was found."`
	Findings   int64 `json:"findings" doc:"There is something for a person."`
	Clear      int64 `json:"clear" doc:"All that is required ran and found nothing."`
}

// TalkStatus says how conversations are observed.
type TalkStatus struct {
	Version  string     `json:"version" doc:"The rules and packs in use."`
	Messages int64      `json:"messages" doc:"Observed since the server started."`
	Loaded   int        `json:"loaded" doc:"Conversations in memory."`
	Pending  int        `json:"pending" doc:"Messages that are durable and in no state yet."`
	Lost     int64      `json:"lost" doc:"States that could not be read and were begun anew; their earlier evidence is gone."`
	Findings TalkCounts `json:"findings" doc:"How many findings of each band there are."`
	Private  string     `json:"private" doc:"Whether messages of private channels are read: by profiles of the law that leave it to the operator, not, because two people set aside profiles that forbid it, or because no profile is in force and nobody has chosen." enum:"read,off,despite,not_chosen"`
	Despite  []string   `json:"private_despite,omitempty" doc:"The profiles of the law that forbid it and were set aside."`
	By       []string   `json:"private_by" doc:"The profiles of the law that say so." nullable:"false"`
}

// TalkCounts are numbers of findings by band.
type TalkCounts struct {
	Observe int64 `json:"observe" doc:"To keep in mind."`
	Review  int64 `json:"review" doc:"A person should look, in order."`
	Urgent  int64 `json:"urgent" doc:"A person should look now."`
}

// HourCounts are the items of one hour.
type HourCounts struct {
	Hour time.Time `json:"hour" doc:"When the hour began."`
	Counts
}

// Job is work that goes on in the background.
type Job struct {
	ID         int64          `json:"id" doc:"Its number."`
	Kind       string         `json:"kind" doc:"What it does." example:"rematch"`
	State      store.JobState `json:"state" doc:"Where it stands." enum:"ready,running,done,failed"`
	Attempts   int64          `json:"attempts" doc:"How often it was begun."`
	CreatedAt  time.Time      `json:"created_at" doc:"When it was asked for."`
	StartedAt  *time.Time     `json:"started_at,omitempty" doc:"When it was begun last."`
	FinishedAt *time.Time     `json:"finished_at,omitempty" doc:"When it ended."`
	Done       int64          `json:"done" doc:"How much of it is done, in its own units."`
	Total      int64          `json:"total" doc:"How much there is; 0 while that is not known."`
	Text       string         `json:"text,omitempty" doc:"How it goes, in words."`
	Error      string         `json:"error,omitempty" doc:"Why it failed last."`
}

// JobList lists jobs.
type JobList struct {
	Jobs []Job `json:"jobs" doc:"Newest first." nullable:"false"`
}

// CustodyStatus describes the custody log.
type CustodyStatus struct {
	Records           int64      `json:"records" doc:"How many records it has."`
	CheckpointRecords int64      `json:"checkpoint_records" doc:"How many of them are under the last signed checkpoint."`
	CheckpointAt      *time.Time `json:"checkpoint_at,omitempty" doc:"When that was signed."`
	Checkpoint        string     `json:"checkpoint,omitempty" doc:"The checkpoint: a signed note. Keep copies elsewhere."`
	Outside           []Outside  `json:"outside" doc:"Where checkpoints go besides the database." nullable:"false"`
}

// Verified is the result of checking the custody log.
type Verified struct {
	OK      bool   `json:"ok" doc:"Whether the log is as it was written."`
	Records int64  `json:"records" doc:"How many records were checked."`
	Damage  string `json:"damage,omitempty" doc:"What was changed, and where."`
}

func (s *server) registerStatus() {
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/status", OperationID: "status", Tags: []string{tagStatus},
		Summary: "How is it?", Description: "Version, index, what came in, jobs, the custody log, and what stopped working.", Security: needs(auth.StatusRead)}, s.status)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/jobs", OperationID: "list-jobs", Tags: []string{tagStatus},
		Summary: "List jobs", Description: "What goes on in the background, newest first.", Security: needs(auth.StatusRead)}, s.listJobs)
	var one sync.Mutex
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/verify", OperationID: "verify", Tags: []string{tagStatus}, DefaultStatus: http.StatusOK,
		Summary: "Check the custody log", Description: "Reads the whole log again and checks every record, every hash and every signed checkpoint. It takes as long as the log is; one check runs at a time.",
		Security: needs(auth.StatusRead), Errors: []int{503}}, func(ctx context.Context, _ *struct{}) (*struct{ Body Verified }, error) {
		if !one.TryLock() {
			return nil, &jaga.Error{Code: jaga.CodeBusy, Msg: "the log is being checked already", Hint: "try again when that has ended"}
		}
		defer one.Unlock()
		return s.verify(ctx)
	})
}

func (s *server) status(ctx context.Context, in *struct {
	Hours int `query:"hours" doc:"How many hours to count back." minimum:"1" maximum:"8784" default:"24"`
}) (*struct{ Body Status }, error) {
	out := Status{Version: s.Version, Database: s.DB.Engine(), MaxBytes: s.MaxBytes, Rotations: s.Rotations, Hours: []HourCounts{}}
	stats := s.Engine.Stats()
	out.Index = IndexStatus{Loaded: stats.Loaded, Version: stats.Version, Banks: stats.Banks, Types: []TypeStats{}}
	for _, t := range jaga.SignalTypes() {
		out.Index.Types = append(out.Index.Types, TypeStats{t, stats.Entries[t], stats.Bytes[t]})
	}
	if err := s.talkStatus(ctx, &out.Talk); err != nil {
		return nil, err
	}
	counts, err := s.Intake.Counts(ctx, nil)
	if err != nil {
		return nil, err
	}
	out.Items = countsOf(counts)
	hours, err := s.Intake.Hourly(ctx, time.Now().Add(-time.Duration(in.Hours-1)*time.Hour))
	if err != nil {
		return nil, err
	}
	for _, h := range hours {
		out.Hours = append(out.Hours, HourCounts{time.Unix(h.Hour*3600, 0).UTC(), countsOf(h.Count)})
	}
	if out.Jobs, err = s.jobs(ctx, 20); err != nil {
		return nil, err
	}
	head, err := s.DB.CustodyHead(ctx)
	if err != nil {
		return nil, err
	}
	places, err := s.outside(ctx)
	if err != nil {
		return nil, err
	}
	stopped, err := trouble.List(ctx, s.DB, s.Plugins)
	if err != nil {
		return nil, err
	}
	out.Stopped = []Stopped{}
	for _, t := range stopped {
		line := Stopped{Kind: t.Kind, Name: t.Name, Why: t.Why, N: t.N, Page: t.Page()}
		if !t.Since.IsZero() {
			since := t.Since.UTC()
			line.Since = &since
		}
		out.Stopped = append(out.Stopped, line)
	}
	out.Custody = CustodyStatus{head.Size, head.CheckpointSize, microsOrNil(head.CheckpointAt), head.Checkpoint, places}
	return &struct{ Body Status }{out}, nil
}

func countsOf(m map[jaga.State]int64) Counts {
	return Counts{m[jaga.StateNotChecked], m[jaga.StateFindings], m[jaga.StateClear]}
}

func (s *server) jobs(ctx context.Context, limit int) ([]Job, error) {
	list, err := s.DB.Jobs(ctx, limit)
	out := []Job{}
	for _, j := range list {
		out = append(out, Job{j.ID, j.Kind, j.State, j.Attempts, micros(j.CreatedAt), microsOrNil(j.StartedAt), microsOrNil(j.FinishAt), j.Done, j.Total, j.Text, j.Error})
	}
	return out, err
}

func (s *server) listJobs(ctx context.Context, in *struct {
	Limit int `query:"limit" doc:"How many at most." minimum:"1" maximum:"500" default:"50"`
}) (*struct{ Body JobList }, error) {
	list, err := s.jobs(ctx, in.Limit)
	if err != nil {
		return nil, err
	}
	return &struct{ Body JobList }{JobList{list}}, nil
}

func (s *server) verify(ctx context.Context) (*struct{ Body Verified }, error) {
	if s.Verify == nil {
		return nil, &jaga.Error{Code: jaga.CodeUnavailable, Msg: "the custody log cannot be checked here", Hint: "run jaga verify beside the data"}
	}
	if c, ok := ctx.Value(callKey{}).(call); ok {
		_ = http.NewResponseController(c.w).SetWriteDeadline(time.Time{}) // a long log takes long
	}
	n, err := s.Verify(ctx)
	var damage *custody.Damage
	if errors.As(err, &damage) {
		return &struct{ Body Verified }{Verified{Records: n, Damage: damage.Error()}}, nil
	}
	if err != nil {
		return nil, err
	}
	return &struct{ Body Verified }{Verified{OK: true, Records: n}}, nil
}

func (s *server) talkStatus(ctx context.Context, out *TalkStatus) error {
	c := s.Talk.Counts()
	version, err := s.Talk.Version()
	if err != nil {
		return err
	}
	*out = TalkStatus{Version: version, Messages: c.Messages, Loaded: c.Loaded, Pending: c.Pending, Lost: c.Lost}
	now := s.Talk.Scanning()
	out.Private, out.By, out.Despite = "read", append([]string{}, now.By...), now.Despite
	switch {
	case !now.Allowed:
		out.Private = "off"
	case len(now.Despite) > 0:
		out.Private = "despite"
	case len(now.By) == 0:
		out.Private = "not_chosen"
	}
	tallies, err := s.Talk.Tallies(ctx, nil)
	for _, t := range tallies {
		switch jaga.Band(t.Band) {
		case jaga.BandObserve:
			out.Findings.Observe += t.N
		case jaga.BandReview:
			out.Findings.Review += t.N
		case jaga.BandUrgent:
			out.Findings.Urgent += t.N
		}
	}
	return err
}
