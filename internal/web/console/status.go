package console

import (
	"context"
	"net/http"
	"runtime"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

type statusPage struct {
	page
	Loaded   bool
	Index    string
	Banks    int
	Types    []typeLine
	Total    int
	Bytes    int64
	Engine   string
	Custody  store.CustodyHead
	Jobs     []jobLine
	Memory   int64
	Program  string
	Rotation bool
	Troubles []fault
	Vault    *vaultPart // nil where no files are kept
	// Despite is set while private chats are read although a law says no, and
	// Agreed where there are settings that take two people.
	Despite, Agreed bool
}

type typeLine struct {
	Type  jaga.SignalType
	N     int
	Bytes int64
}

type jobLine struct {
	store.JobInfo
	What   string
	Result string
	Took   string
}

// rebuild asks for the index to be built anew, beside running look-ups.
func (c *console) rebuild(w http.ResponseWriter, r *http.Request) error {
	if err := c.Banks.AskRebuild(r.Context(), actor(r)); err != nil {
		return err
	}
	return seeOther(w, r, "/system?rebuild=1")
}

func (c *console) status(w http.ResponseWriter, r *http.Request) error {
	ctx, s := r.Context(), c.say(r)
	st := c.Engine.Stats()
	v := &statusPage{page: c.page(r, "status", s.t("status.title")), Loaded: st.Loaded, Index: st.Version, Banks: st.Banks, Total: indexSize(st),
		Engine: c.DB.Engine(), Program: c.Version, Rotation: c.Rotations}
	if r.URL.Query().Has("checking") {
		v.Notice = &notice{false, s.t("vault.asked_check")}
	}
	if r.URL.Query().Has("rebuild") {
		v.Notice = &notice{false, s.t("status.notice_rebuild")}
	}
	for _, t := range jaga.SignalTypes() {
		v.Types = append(v.Types, typeLine{t, st.Entries[t], st.Bytes[t]})
		v.Bytes += st.Bytes[t]
	}
	if v.Agreed = c.Settings != nil; v.Agreed {
		v.Despite = len(c.Private().Despite) > 0
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	v.Memory = int64(mem.HeapAlloc)
	var err error
	if v.Custody, err = c.DB.CustodyHead(ctx); err != nil {
		return err
	}
	if v.Jobs, err = c.jobs(ctx, s); err != nil {
		return err
	}
	if v.Vault, err = c.vaultPart(ctx, v.Jobs); err != nil {
		return err
	}
	if v.Troubles, err = c.troubles(ctx, s); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "status", v)
}

func (c *console) jobs(ctx context.Context, s *speaker) (out []jobLine, err error) {
	list, err := c.DB.Jobs(ctx, 30)
	for _, j := range list {
		line := jobLine{JobInfo: j, What: j.Kind, Result: s.detail(j.Text)}
		if key := "job." + j.Kind; s.has(key) {
			line.What = s.t(key)
		}
		switch {
		case j.FinishAt > 0:
			line.Took = s.duration(time.Duration(j.FinishAt-j.StartedAt) * time.Microsecond)
		case j.State == store.JobRunning && j.Done > 0 && j.Total > j.Done:
			spent := c.now().Sub(time.UnixMicro(j.StartedAt))
			line.Took = s.t("status.left", "Time", s.duration(time.Duration(float64(spent)*float64(j.Total-j.Done)/float64(j.Done))))
		}
		out = append(out, line)
	}
	return out, err
}

type keyboardPage struct{ page }

func (c *console) keyboard(w http.ResponseWriter, r *http.Request) error {
	return c.render(w, r, http.StatusOK, "keyboard", &keyboardPage{c.page(r, "", c.say(r).t("keyboard.title"))})
}
