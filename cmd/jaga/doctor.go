package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/trouble"
)

// examined is one line of jaga doctor.
type examined struct {
	Name   string `json:"name"`
	State  string `json:"state"` // ok, note, bad
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
}

func (a *app) doctorCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look whether this machine and the data directory are in order",
		Long: `Look whether this machine and the data directory are in order: configuration,
decoders, data directory, free space, clock, and the programs that optional
parts use. Nothing is changed.

Exit status: 1 when something must be mended.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			all := a.examine()
			bad := 0
			for _, e := range all {
				if e.State == "bad" {
					bad++
				}
				if a.json {
					continue
				}
				if _, err := fmt.Fprintf(a.Out, "%-5s %-14s %s\n", e.State, e.Name, e.Detail); err != nil {
					return err
				}
				if e.Hint != "" {
					fmt.Fprintf(a.Out, "%20s %s\n", "→", e.Hint)
				}
			}
			if a.json {
				if err := a.printJSON(all); err != nil {
					return err
				}
			}
			if bad > 0 {
				return statusError(exitError)
			}
			return nil
		},
	}
}

// examine runs every examination; the order is the one of the list.
func (a *app) examine() []examined {
	v := readVersion()
	all := []examined{
		{Name: "program", State: "ok", Detail: fmt.Sprintf("jaga %s, %s, %s/%s, %d processors", v.Version, v.Go, v.OS, v.Arch, runtime.NumCPU())},
		a.examineConfig(),
		{Name: "pictures", State: "ok", Detail: "JPEG, PNG, GIF, WebP, BMP, TIFF; others by ffmpeg, where it can; anything else is reported as not checked"},
	}
	all = append(all, a.examineDecoders()...)
	all = append(all, examineData(a.cfg.Data)...)
	all = append(all, a.examinePrivate())
	all = append(all, a.examineStore()...)
	all = append(all, a.examineLaws()...)
	all = append(all, examineClock(time.Now()))
	for _, p := range []struct{ name, programs, use string }{
		{"postgresql", "psql postgres", "tests; a server elsewhere needs nothing here"},
		{"chromium", "chromium chromium-browser google-chrome", "tests only"},
	} {
		all = append(all, examineProgram(p.name, strings.Fields(p.programs), p.use))
	}
	return all
}

func (a *app) examineConfig() examined {
	err := a.load()
	if err != nil {
		// The data directory is examined all the same.
		a.cfg.Data = cmp.Or(a.dataDir, jagaEnviron(a.environ)["JAGA_DATA"], "./jaga-data")
		return examined{"configuration", "bad", err.Error(), hintOf(err)}
	}
	return examined{Name: "configuration", State: "ok", Detail: "understood"}
}

// spaceLow is the free space in bytes below which a warning is due.
const spaceLow = 1 << 30

func examineData(dir string) []examined {
	info, err := os.Stat(dir)
	switch {
	case os.IsNotExist(err):
		return []examined{{"data", "note", dir + " is not there yet", "jaga serve or jaga init makes it"}}
	case err != nil:
		return []examined{{"data", "bad", err.Error(), "check who owns the directory"}}
	case !info.IsDir():
		return []examined{{"data", "bad", dir + " is no directory", "name a directory with JAGA_DATA"}}
	}
	all := []examined{{"data", "ok", dir, ""}}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		all[0] = examined{"data", "bad", fmt.Sprintf("%s can be read by others (mode %o)", dir, info.Mode().Perm()), "chmod 700 " + dir}
	}
	if _, err := os.Stat(filepath.Join(dir, "identity.json")); err != nil {
		all = append(all, examined{"identity", "bad", "identity.json: " + errText(err), "restore it from a backup, or name another directory"})
	}
	if f, err := os.CreateTemp(dir, ".doctor-*"); err != nil {
		all = append(all, examined{"writing", "bad", errText(err), "check who owns the directory, and the disk"})
	} else {
		f.Close()
		os.Remove(f.Name())
		all = append(all, examined{"writing", "ok", "files can be made", ""})
	}
	if free, ok := freeSpace(dir); ok {
		e := examined{"free space", "ok", fmt.Sprintf("%d MiB", free>>20), ""}
		if free < spaceLow {
			e.State, e.Hint = "bad", "below 1 GiB; make room before a large import"
		}
		all = append(all, e)
	}
	return all
}

// examineStore looks into the database and the index, if there is an
// installation.
func (a *app) examineStore() []examined {
	ctx := context.Background()
	r, err := a.openReader(ctx)
	if jaga.CodeOf(err) == jaga.CodeNotFound {
		return nil
	}
	if err != nil {
		return []examined{{"database", "bad", err.Error(), hintOf(err)}}
	}
	defer r.db.Close()
	_, banks, err := r.engine(ctx)
	if err != nil {
		return []examined{{"database", "bad", err.Error(), hintOf(err)}}
	}
	list, err := banks.List(ctx)
	if err != nil {
		return []examined{{"database", "bad", err.Error(), hintOf(err)}}
	}
	all := []examined{{"database", "ok", fmt.Sprintf("%s, %d banks", r.db.Engine(), len(list)), ""}}
	all = append(all, a.examineCustody(ctx, r)...)
	if key, err := r.identity.Key(); err != nil {
		all = append(all, examined{"identity", "bad", err.Error(), hintOf(err)})
	} else if _, _, err := bank.VerifySnapshot(ctx, r.db, r.index, key); err != nil {
		all = append(all, examined{"index", "note", err.Error(), "nothing is lost: the next start builds it again from the database"})
	}
	all = append(all, a.examineVault(ctx, r)...)
	return append(all, examineStopped(ctx, r)...)
}

// examineStopped lists what stopped working and waits for a person. How plugins
// are, only the server knows; jaga status says it.
func examineStopped(ctx context.Context, r *reader) (all []examined) {
	list, err := trouble.List(ctx, r.db, nil)
	if err != nil {
		return []examined{{"stopped", "bad", err.Error(), hintOf(err)}}
	}
	for _, t := range list {
		switch t.Kind {
		case trouble.Webhook:
			all = append(all, examined{"webhook", "note", fmt.Sprintf("%d deliveries to %s were given up", t.N, t.Name), "jaga hooks replay, when the receiver works"})
		case trouble.Rules:
			all = append(all, examined{"rules", "note", fmt.Sprintf("automatic actions of %s are stopped: too many (%s)", t.Name, t.Why), "look at the rule, and let them go on on the page Rules"})
		case trouble.Messages:
			all = append(all, examined{"classifiers", "note", fmt.Sprintf("%d messages were not checked by classifiers within 7 days", t.N), "look at how the plugins answer, on the page Plugins; what was not checked is not clean"})
		case trouble.Evidence:
			all = append(all, examined{"evidence", "bad", fmt.Sprintf("%d files of cases could not be kept within 7 days", t.N), "look at the store of the vault; the trails of the cases name the items"})
		}
	}
	return all
}

// examineClock refuses a clock that cannot be right: records and sign-in links
// carry the time.
func examineClock(now time.Time) examined {
	if now.Year() < 2026 || now.Year() > 2100 {
		return examined{"clock", "bad", now.Format(time.RFC3339), "set the clock; custody records carry its time"}
	}
	return examined{Name: "clock", State: "ok", Detail: now.UTC().Format(time.RFC3339)}
}

func examineProgram(name string, programs []string, use string) examined {
	for _, p := range programs {
		if path, err := exec.LookPath(p); err == nil {
			return examined{Name: name, State: "ok", Detail: path}
		}
	}
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres"); name == "postgresql" && len(found) > 0 {
		return examined{Name: name, State: "ok", Detail: found[len(found)-1]}
	}
	return examined{Name: name, State: "note", Detail: "not installed (" + use + ")"}
}

// errText is the system's word without the path.
func errText(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}
