package console

import (
	"context"
	"net/http"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
)

// vaultRoutes are about what evidence is sealed with. None shows any of it.
func (c *console) vaultRoutes() []route {
	return []route{
		{"GET /vault", auth.VaultKeys, c.withEvidence(c.vaultKeys)},
		{"POST /vault/check", auth.ReadCustody, c.withEvidence(c.vaultCheck)},
		{"POST /vault/rotate", auth.VaultKeys, c.withEvidence(c.fresh(c.vaultRotate))},
	}
}

// vaultPart is what pages say of the vault as a whole.
type vaultPart struct {
	evidence.Status
	Files    int64 // whose keys are there
	Last     *evidence.PastCheck
	Checking bool
	Rotating bool
}

func (c *console) vaultPart(ctx context.Context, jobs []jobLine) (*vaultPart, error) {
	if c.Evidence == nil {
		return nil, nil
	}
	st, err := c.Evidence.Status(ctx)
	if err != nil {
		return nil, err
	}
	v := &vaultPart{Status: st, Files: st.Kept + st.Quarantine}
	err = c.DB.View(ctx, func(tx *store.Tx) error {
		last, ok, err := evidence.LastCheck(tx)
		if ok {
			v.Last = &last
		}
		return err
	})
	for _, j := range jobs {
		under := j.State == store.JobReady || j.State == store.JobRunning
		v.Checking = v.Checking || under && j.Kind == evidence.VerifyJob
		v.Rotating = v.Rotating || under && j.Kind == evidence.RotateJob
	}
	return v, err
}

type vaultPage struct {
	page
	Vault    *vaultPart
	Officers evidence.Officers
	Who      string // set them
	Current  string
	Older    []string
	Job      *jobLine // the last rotation
}

func (c *console) vaultKeys(w http.ResponseWriter, r *http.Request) error {
	ctx, s := r.Context(), c.say(r)
	v := &vaultPage{page: c.page(r, "status", s.t("vault.title"))}
	if r.URL.Query().Has("rotating") {
		v.Notice = &notice{false, s.t("vault.asked_rotate")}
	}
	jobs, err := c.jobs(ctx, s)
	if err != nil {
		return err
	}
	if v.Vault, err = c.vaultPart(ctx, jobs); err != nil {
		return err
	}
	v.Current, v.Older = v.Vault.Keys[0], v.Vault.Keys[1:]
	for i := range jobs {
		if jobs[i].Kind == evidence.RotateJob {
			v.Job = &jobs[i]
			break // the newest is first
		}
	}
	if err := c.DB.View(ctx, func(tx *store.Tx) (err error) { v.Officers, err = evidence.OfficersSet(tx); return err }); err != nil {
		return err
	}
	names, err := c.names(ctx, s)
	if err != nil {
		return err
	}
	v.Who = names(v.Officers.By)
	return c.render(w, r, http.StatusOK, "vault", v)
}

// vaultCheck asks for all sealed files to be read, beside everything else.
func (c *console) vaultCheck(w http.ResponseWriter, r *http.Request) error {
	if err := c.Evidence.AskVerify(r.Context(), actor(r)); err != nil {
		return err
	}
	return seeOther(w, r, "/system?checking=1#vault")
}

// vaultRotate asks for a new vault key.
func (c *console) vaultRotate(w http.ResponseWriter, r *http.Request) error {
	if err := c.Evidence.AskRotate(r.Context(), actor(r)); err != nil {
		return err
	}
	return seeOther(w, r, "/vault?rotating=1")
}
