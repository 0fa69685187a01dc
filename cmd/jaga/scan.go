package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
)

// scanFlags are the flags of jaga scan.
type scanFlags struct {
	lists     []string
	listType  string
	banks     []string
	skipBad   bool
	threshold int
	rotations bool
	all       bool
	csv       bool
	skipOther bool
	archives  bool
	workers   int
	journal   string
	noJournal bool
}

func (a *app) scanCmd() *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan PATH...",
		Short: "Compare files and folders with banks or hash lists",
		Long: `Compare every file under the paths with the banks of the data directory or,
with --list, with hash lists; lists need neither a server nor a data directory.

A line is printed for every file with a finding and for every file that was
not checked, and the sums at the end. A file that is no picture Jaga can decode
is not checked, whatever its exact hashes say, when there are PDQ hashes to
compare with. Links inside folders are not followed.
Files are opened for reading only.

Files in archives (ZIP and what is made of it, tar, gzip, bzip2, also in each
other) are looked at one by one and named outer.zip!inner.jpg. Nothing is
unpacked to the disk, and what one archive may unpack to is bounded.

A scan that was stopped goes on where it was when it is started again with the
same paths and banks. With --journal, the journal is kept after the end, so
that a later scan reads only files that are new or changed.

Exit status: 0 all files were checked and nothing was found; 2 something was
found; 3 nothing was found, but something was not checked; 1 the scan itself
failed.`,
		Example: "  jaga scan --list hashes.txt Pictures\n  jaga scan --json --bank partner /srv/uploads",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.csv && a.json {
				return &usageError{errors.New("--csv and --json exclude each other")}
			}
			if len(f.lists) > 0 && len(f.banks) > 0 {
				return &usageError{errors.New("--list and --bank exclude each other: a list is compared without the banks")}
			}
			if f.threshold < 0 || f.threshold > 64 {
				return &usageError{fmt.Errorf("--threshold %d is not within 0 and 64", f.threshold)}
			}
			if err := a.load(); err != nil {
				return err
			}
			if !cmd.Flags().Changed("rotations") {
				f.rotations = a.cfg.Match.Rotations
			}
			return a.scan(cmd.Context(), args, f)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.lists, "list", nil, "compare with the hashes in this `FILE` (text, CSV or JSON lines); can be given again")
	flags.StringArrayVar(&f.banks, "bank", nil, "compare with this bank `NAME` only; can be given again")
	flags.StringVar(&f.listType, "type", "", "`TYPE` of the hashes, for a list that does not say: pdq, md5, sha1, sha256, vpdq or chromaprint")
	flags.BoolVar(&f.skipBad, "skip-bad", false, "leave out bad lines of a list instead of refusing it")
	flags.IntVar(&f.threshold, "threshold", defaultThreshold, "largest PDQ `DISTANCE` that matches an entry of a list")
	flags.BoolVar(&f.rotations, "rotations", true, "also look for turned and mirrored pictures")
	flags.BoolVar(&f.all, "all", false, "print clear files, too")
	flags.BoolVar(&f.csv, "csv", false, "print a table as CSV")
	flags.BoolVar(&f.skipOther, "skip-other", false, "leave out files whose content is of no known kind, such as plain text")
	flags.BoolVar(&f.archives, "archives", true, "look at the files in archives, too")
	flags.IntVar(&f.workers, "workers", 0, "files checked at a `TIME` (default one for each processor)")
	flags.StringVar(&f.journal, "journal", "", "keep the journal in this `FILE`")
	flags.BoolVar(&f.noJournal, "no-journal", false, "keep no journal")
	return cmd
}

func (a *app) scan(ctx context.Context, paths []string, f scanFlags) (err error) {
	if err := checkPaths(paths); err != nil {
		return err
	}
	workers := cmp.Or(max(f.workers, 0), a.cfg.Media.Workers, runtime.GOMAXPROCS(0))
	e, site, err := a.scanEngine(ctx, f)
	if err != nil {
		return err
	}
	c, err := a.newChecker(e, f.banks, f.rotations, workers)
	if err != nil {
		return err
	}

	j, err := a.scanJournal(paths, f, c, site)
	if err != nil {
		return err
	}
	finished := false
	defer func() {
		if cerr := j.close(finished && f.journal == ""); err == nil {
			err = cerr
		}
	}()

	var p scanPrinter = textPrinter{a.Out, a.Err, f.all}
	switch {
	case a.json:
		p = jsonPrinter{a.Out, f.all}
	case f.csv:
		if p, err = newCSVPrinter(a.Out, a.Err, f.all); err != nil {
			return err
		}
	}
	s := &scanRun{checker: c, journal: j, printer: p, skipOther: f.skipOther, archives: f.archives, workers: workers}
	show := a.startProgress("scan", "files", func() (int64, int64, bool) {
		return s.done.Load(), s.total.Load(), s.counted.Load()
	})
	start := time.Now()
	err = s.run(ctx, paths)
	show.end()
	if err != nil {
		if errors.Is(err, context.Canceled) && j != nil {
			return errorf(jaga.CodeUnavailable, "start the same command again to go on", "stopped after %d files: %w", s.sum.Files, err)
		}
		return err
	}
	s.sum.Seconds = time.Since(start).Seconds()
	s.sum.Index = c.version
	finished = true
	if err := p.end(s.sum); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return statusOf(s.sum.state())
}

// scanEngine returns what files are compared with, lists or the banks of the
// data directory, which a server may be holding meanwhile; and whose banks they
// are.
func (a *app) scanEngine(ctx context.Context, f scanFlags) (e *engine.Engine, site string, err error) {
	if len(f.lists) > 0 {
		e, err = a.engineOf(ctx, f.lists, f)
		return e, "", err
	}
	r, err := a.openReader(ctx)
	if jaga.CodeOf(err) == jaga.CodeNotFound {
		return nil, "", errorf(jaga.CodeInvalid, "add entries to a bank, or name a list with --list", "there is nothing to compare with: %w", err)
	}
	if err != nil {
		return nil, "", err
	}
	defer r.db.Close()
	e, banks, err := r.engine(ctx)
	if err != nil {
		return nil, "", err
	}
	for _, name := range f.banks {
		b, err := banks.Get(ctx, name)
		if jaga.CodeOf(err) == jaga.CodeNotFound {
			return nil, "", errorf(jaga.CodeNotFound, "jaga bank list shows the banks", "there is no bank %q", name)
		}
		if err != nil {
			return nil, "", err
		}
		if b.Entries == 0 {
			return nil, "", errorf(jaga.CodeInvalid, "add entries with jaga bank add or jaga bank import", "there is nothing to compare with: the bank %s is empty", name)
		}
	}
	return e, r.identity.ID, nil
}

// scanJournal opens the journal of the scan. Without --journal it lives in the
// data directory, if there is one, under a name made of what is scanned.
func (a *app) scanJournal(paths []string, f scanFlags, c *checker, site string) (*journal, error) {
	if f.noJournal {
		return nil, nil
	}
	path := f.journal
	if path == "" {
		if _, err := os.Stat(filepath.Join(a.cfg.Data, "identity.json")); err != nil {
			return nil, nil // no data directory, and a scan does not make one
		}
		h := sha256.New()
		for _, p := range paths {
			abs, err := filepath.Abs(p)
			if err != nil {
				return nil, fmt.Errorf("scan: %w", err)
			}
			fmt.Fprintf(h, "%q", abs)
		}
		fmt.Fprintf(h, "%q", strings.Join(f.banks, "\n"))
		path = filepath.Join(a.cfg.Data, "scan", hex.EncodeToString(h.Sum(nil)[:8])+".journal")
	}
	v := readVersion()
	j, fresh, err := openJournal(path, journalHeader{Index: c.version, Site: site, Banks: strings.Join(slices.Sorted(slices.Values(f.banks)), " "), Rotations: f.rotations, Archives: f.archives, By: v.Version + "/" + v.Revision})
	if err != nil {
		return nil, err
	}
	if fresh {
		a.notef("the banks changed since the journal was written; starting again")
	} else if n := len(j.known); n > 0 {
		a.notef("going on with a journal of %d files", n)
	}
	return j, nil
}

// scanRun is one scan: a walk, workers, and one collector that puts the
// results in the order of the walk again.
type scanRun struct {
	checker   *checker
	journal   *journal
	printer   scanPrinter
	skipOther bool
	archives  bool
	workers   int

	done, total atomic.Int64
	counted     atomic.Bool // total is the whole
	sum         scanSummary
}

// result is what a worker hands to the collector.
type result struct {
	file    file
	outcome jaga.Outcome
	inner   []inside // when it is an archive
	earlier bool     // from the journal
	leave   bool     // by --skip-other
}

func (s *scanRun) run(ctx context.Context, paths []string) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	leave := map[string]bool{}
	if s.journal != nil {
		if abs, err := filepath.Abs(s.journal.path); err == nil {
			leave[abs] = true
		}
	}
	files := make(chan file, 4*s.workers)
	results := make(chan result, 4*s.workers)
	// The walk may run ahead of a slow file by this much and no more. The walk
	// takes the places in order, so the file that all wait for always has one.
	ahead := make(chan struct{}, 1024)

	var workers sync.WaitGroup
	workers.Go(func() { countFiles(ctx, paths, leave, &s.total, &s.counted) })
	workers.Go(func() {
		defer close(files)
		err := walkFiles(paths, leave, func(f file) error {
			select {
			case ahead <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
			files <- f // the workers empty it even when ctx has ended
			return nil
		})
		if err != nil {
			stop(err)
		}
	})
	for range s.workers {
		workers.Go(func() {
			for f := range files {
				if ctx.Err() == nil {
					results <- s.one(ctx, f) // the collector reads to the end
				}
			}
		})
	}
	go func() {
		workers.Wait()
		close(results)
	}()
	err := s.collect(results, ahead)
	if err != nil {
		stop(err)
		for range results { // let the workers end
		}
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

func (s *scanRun) one(ctx context.Context, f file) result {
	if f.err != nil {
		return result{file: f, outcome: s.checker.unreadable(f.err)}
	}
	if rec, ok := s.journal.look(f.path, f.info); ok {
		s.within(int64(len(rec.Inner)))
		return result{file: f, outcome: rec.Outcome, inner: rec.Inner, earlier: true}
	}
	r := result{file: f}
	var found func(inside)
	if s.archives {
		found = func(in inside) {
			r.inner = append(r.inner, in)
			s.within(1)
		}
	}
	o, other := s.checker.check(ctx, f.path, found)
	namesInside(r.inner)
	r.outcome, r.leave = o, s.leaves(o, other)
	return r
}

// within counts files in an archive, which the walk over folders does not see.
func (s *scanRun) within(n int64) {
	s.total.Add(n)
	s.done.Add(n)
}

// leaves reports whether --skip-other leaves a file out.
func (s *scanRun) leaves(o jaga.Outcome, other bool) bool {
	return other && s.skipOther && len(o.Findings) == 0
}

// collect prints the results in order. A result that comes early waits, so the
// output of two runs over the same files is the same.
func (s *scanRun) collect(results <-chan result, ahead <-chan struct{}) error {
	waiting := map[int]result{}
	next := 0
	for r := range results {
		waiting[r.file.seq] = r
		for {
			r, ok := waiting[next]
			if !ok {
				break
			}
			delete(waiting, next)
			next++
			<-ahead
			if err := s.take(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *scanRun) take(r result) error {
	s.done.Add(1)
	if r.leave {
		s.sum.LeftOut++
		return nil
	}
	if r.file.info != nil {
		s.sum.Bytes += r.file.info.Size()
	}
	if r.earlier {
		s.sum.Earlier++
	} else if r.file.err == nil && !transient(r.outcome) && !slices.ContainsFunc(r.inner, func(in inside) bool { return transient(in.Outcome) }) {
		if err := s.journal.add(r.file.path, r.file.info, r.outcome, r.inner); err != nil {
			return err
		}
	}
	// An archive about which there is nothing to say is what is in it.
	if len(r.inner) == 0 || !r.outcome.Clear() {
		if err := s.tell(r.file.path, r.outcome); err != nil {
			return err
		}
	}
	for _, in := range r.inner {
		if s.leaves(in.Outcome, in.Other) {
			s.sum.LeftOut++
		} else if err := s.tell(r.file.path+"!"+in.Name, in.Outcome); err != nil {
			return err
		}
	}
	return nil
}

// tell counts and prints what is known of one file.
func (s *scanRun) tell(path string, o jaga.Outcome) error {
	s.sum.add(o)
	if err := s.printer.file(path, o); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// transient reports whether the file may be checked with better luck another
// time; such results are not kept in the journal.
func transient(o jaga.Outcome) bool {
	for _, s := range o.Skipped {
		switch s.Why {
		case jaga.WhyTimeout, jaga.WhyBusy, jaga.WhyUnreadable, jaga.WhyInternal, jaga.WhyNotLoaded:
			return true
		}
	}
	return false
}
