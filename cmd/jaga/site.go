package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/agreed"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/datadir"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/helpcheck"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/mmap"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/proof"
	"github.com/jaga-project/jaga/internal/spread"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/takedown"
	"github.com/jaga-project/jaga/internal/tell"
	"github.com/jaga-project/jaga/internal/tip"
)

// site is an installation that this process holds: the data directory and
// everything that works on it. A server has one for as long as it runs, a
// command that changes something for a moment.
type site struct {
	dir     *datadir.Dir
	db      *store.DB
	engine  *engine.Engine
	banks   *bank.Service
	auth    *auth.Service
	intake  *intake.Service
	talk    *converse.Service
	live    *live.Service // nil while it is opened
	cases   *takedown.Service
	laws    law.Set   // in force
	work    *caseFeed // what people work on
	look    *look.Service
	told    *tell.Service
	reports *tip.Service
	spread  *spread.Service
	actions *action.Service // set anew by handler, which knows the address
	plugins *plugin.Service
	// classifier asks plugins about messages; nil asks none.
	classifier *classifier
	decoder    *media.Decoder
	policy     *policy.Service
	proof      *proof.Service

	settings *agreed.Service
	terms    map[law.What]term // wanted
	// maySetAside are the profiles whose switch for private chats two people may
	// set aside.
	maySetAside []string
	aside       setAside

	evidence   *evidence.Service
	files      *caseFiles
	rotate     store.Handler
	quarantine time.Duration // how long a file stays there
	mended     time.Time     // when the vault was mended last
	log        *slog.Logger
	demo       sync.Mutex         // held while it is filled with sample data
	demoPeer   *http.Server       // the plugins of sample data; nil without
	streaming  demoStreaming      // the stream of sample data
	ffmpeg     string             // its path; empty without
	help       *helpcheck.Service // set by handler
	outbox     sync.Mutex         // held by whoever starts what is due
	// stop ends what runs beside requests.
	stop context.CancelFunc
}

// openSite takes hold of the data directory, and makes it when create is set.
func (a *app) openSite(ctx context.Context, create bool, log *slog.Logger) (s *site, err error) {
	url, err := a.cfg.StoreURL()
	if err != nil {
		return nil, err
	}
	s = &site{log: log, engine: engine.New()}
	if s.dir, err = datadir.Open(a.cfg.Data, create); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.close()
			s = nil
		}
	}()
	if err = databaseThere(s.dir, url); err != nil {
		return s, err
	}
	if s.db, err = store.Open(ctx, url, store.Options{Origin: s.dir.Identity.Origin(), Signer: s.dir.Identity.CustodySigner}); err != nil {
		return s, err
	}
	key, err := s.dir.Identity.Key()
	if err != nil {
		return s, err
	}
	if s.banks, err = bank.Open(ctx, s.db, s.engine, bank.Options{Dir: s.dir.Index(), Key: key, Log: log, Alloc: mmap.Huge}); err != nil {
		return s, err
	}
	s.cases = takedown.New(s.db, s.banks, s.engine, takedown.Options{Key: key, Open: a.cfg.Guide.Takedown})
	// Nothing starts with a profile of a law that it would have to leave out. A
	// directory can be made, for its identity is what profiles are signed with;
	// the server refuses them again.
	if _, s.laws, err = a.laws(); err != nil && !s.dir.Created {
		return s, err
	}
	if s.settings, err = agreed.New(key[:]); err != nil {
		return s, err
	}
	s.terms = wantedTerms(s.laws, a.cfg.Cases, a.cfg.Tell, time.Now())
	if s.maySetAside, err = a.cfg.Law.setAside(s.laws); err != nil {
		return s, err
	}
	if s.work, err = openCases(s.db, key[:], a.cfg.Cases, s.laws, casework.Options{Changed: s.caseChanged, Seen: s.caseSeen, Follows: s.follows, Preserve: s.preserve}); err != nil {
		return s, err
	}
	// What is found before anybody listens is told as well; the address becomes
	// the right one with the handler.
	if err = a.openActions(s, a.publicURL(a.cfg.Server.Listen)); err != nil {
		return s, err
	}
	if s.reports, err = tip.Open(s.db, s.work.cases, a.cfg.Reports.options(key[:])); err != nil {
		return s, err
	}
	if s.look, err = look.New(ctx, s.db, look.Options{Work: s.lookWork}); err != nil {
		return s, err
	}
	box, err := a.cfg.Tell.options()
	if err != nil {
		return s, err
	}
	box.Key = key[:]
	box.OpenCase, box.Held = s.work.handover(a.cfg.Reports.HotlineQueue), s.messageHeld
	if s.told, err = tell.New(s.db, box); err != nil {
		return s, err
	}
	s.auth = auth.New(s.db)
	if s.evidence, err = a.openEvidence(ctx, s); err != nil {
		return s, err
	}
	s.rotate = a.rotateWork(s)
	s.files = &caseFiles{s.db, s.work.cases, s.evidence, s.banks}
	s.quarantine = time.Duration(a.cfg.Vault.QuarantineDays) * 24 * time.Hour
	if err = a.openPlugins(ctx, s); err != nil {
		return s, err
	}
	if s.policy, err = openPolicy(ctx, s.db, key, a.cfg.Policy, s.work.cases.About, s.rulesAlarm, log); err != nil {
		return s, err
	}
	s.work.rules, s.work.start, s.work.log = s.policy, s.startAction, log
	if a.cfg.Opinion.Automatic {
		s.work.second = s.wantOpinion
	}
	if s.proof, err = a.openProof(s.db, s.dir.Identity, log, s.belongs); err != nil {
		return s, err
	}
	s.decoder = a.decoder(a.cfg.Media.Workers)
	s.decoder.Confine()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	options := intake.Options{
		Rotations: a.cfg.Match.Rotations, Keep: time.Duration(a.cfg.Match.RecentDays) * 24 * time.Hour,
		Settle: s.banks.Settle, Guard: bank.NewGuard(s.banks, bank.GuardOptions{}), Matched: takedown.Saw,
		Found: s.work.item, Needed: s.work.needed,
		Plugins: s.plugins,
		Log:     log,
	}
	if a.cfg.Cases.keeps(s.laws, time.Now()) {
		s.work.keep = &keeper{s.db, s.evidence, s.laws, readVersion().Version, s.evidenceAlarm}
		options.Evidence = s.work.keep
	}
	s.intake = intake.New(work, s.db, s.engine, s.decoder, options)
	if s.spread, err = spread.New(s.db, spread.Options{Key: key[:], Engine: s.engine, Item: s.intake.Known}); err != nil {
		return s, err
	}
	opt, err := a.detectorOptions()
	if err != nil {
		return s, err
	}
	detector := sync.OnceValues(func() (*convo.Detector, error) { return newDetectorWith(a.cfg.Conversations.Packs, opt) })
	taken := s.heard
	if s.plugins.ReadsMessages() {
		if s.classifier, err = newClassifier(s, key[:]); err != nil {
			return s, err
		}
		taken = func(tx *store.Tx, source string, entries []converse.Entry) error {
			if err := s.heard(tx, source, entries); err != nil {
				return err
			}
			return s.classifier.taken(tx, source, entries)
		}
	}
	if s.talk, err = converse.Open(ctx, s.db, converse.Options{
		Taken:    taken,
		Detector: detector, Key: key[:], Keep: time.Duration(a.cfg.Conversations.KeepDays) * 24 * time.Hour, Found: s.conversation, Scanning: s.scanning, Log: log,
	}); err != nil {
		return s, err
	}
	if s.live, err = a.openLive(work, s, key[:]); err != nil {
		return s, err
	}
	return s, nil
}

// databaseThere refuses to begin anew where a database was: an index that was
// built from one is there, and the file is not.
func databaseThere(d *datadir.Dir, url string) error {
	if url != d.Store() || d.Created {
		return nil
	}
	if info, err := os.Stat(strings.TrimPrefix(url, "sqlite:")); err == nil && info.Size() > 0 {
		return nil
	}
	if _, err := os.Stat(filepath.Join(d.Index(), "manifest.json")); err != nil {
		return nil
	}
	e := jaga.Errorf(jaga.CodeUnavailable, "the database is gone: jaga.db is missing or empty, and an index that was built from it is there")
	e.Field, e.Hint = d.Path, "restore jaga.db from a backup; to begin anew, remove the whole directory"
	return e
}

// close gives everything up. What was acknowledged is durable already.
func (s *site) close() {
	if s.demoPeer != nil {
		_ = s.demoPeer.Close() // nobody asks any more
	}
	if s.live != nil {
		s.demoStreamEnd()
		s.live.Close()
	}
	if s.stop != nil {
		s.intake.Wait()
		s.stop()
	}
	if s.decoder != nil {
		s.decoder.Close()
	}
	if s.db != nil {
		if err := s.db.Close(); err != nil {
			s.log.Error("close database", "error", err)
		}
	}
	s.dir.Close()
}

// workWaiting does the back-tests that wait, for a command that holds the
// installation by itself.
func (s *site) workWaiting(ctx context.Context) {
	work, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.db.Work(work, 1, map[string]store.Handler{policy.BacktestJob: s.policy.BacktestWork}) // its error is that of work
	}()
	for waits := true; waits && ctx.Err() == nil; {
		time.Sleep(20 * time.Millisecond)
		jobs, err := s.db.Jobs(ctx, 50)
		waits = err == nil && slices.ContainsFunc(jobs, func(j store.JobInfo) bool {
			return j.Kind == policy.BacktestJob && (j.State == store.JobReady || j.State == store.JobRunning)
		})
	}
	stop()
	<-ended
}

// tend does what an installation needs beside answering: jobs, and every hour
// the removal of what is no longer kept and a signed checkpoint. It returns
// when ctx ends.
func (s *site) tend(ctx context.Context) {
	var beside sync.WaitGroup
	beside.Go(func() {
		_ = s.db.Work(ctx, 2, map[string]store.Handler{ // its error is that of ctx
			bank.GrewJob:       s.intake.Rematch,
			bank.RebuildJob:    s.banks.RebuildWork,
			policy.BacktestJob: s.policy.BacktestWork,
			proof.VerifyJob:    s.proof.VerifyWork,
		})
	})
	// Reading all evidence takes hours: nothing else waits behind it.
	beside.Go(func() {
		_ = s.db.Work(ctx, 1, map[string]store.Handler{evidence.VerifyJob: s.evidence.VerifyWork, evidence.RotateJob: s.rotate}) // its error is that of ctx
	})
	// A language model takes seconds: nothing else waits behind it.
	beside.Go(func() { _ = s.db.Work(ctx, 1, map[string]store.Handler{opinionJob: s.opinionWork}) }) // its error is that of ctx
	beside.Go(func() { s.talk.Run(ctx) })
	beside.Go(func() {
		if err := s.live.Resume(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("go on with the watches of streams", "error", err)
		}
	})
	if s.classifier != nil {
		beside.Go(func() { s.classifier.run(ctx) })
	}
	beside.Go(func() { s.tendCases(ctx) })
	beside.Go(func() { s.tendOutbox(ctx) })
	beside.Go(func() {
		s.look.Run(ctx, func(err error) { s.log.Error("end what is no longer shown", "error", err) })
	})
	beside.Go(func() { s.plugins.Run(ctx) })
	beside.Go(func() { _ = s.actions.Run(ctx) }) // its error is that of ctx
	beside.Go(func() { s.proof.Run(ctx) })
	every := time.NewTicker(time.Hour)
	defer every.Stop()
	for ctx.Err() == nil {
		s.hourly(ctx)
		select {
		case <-every.C:
		case <-ctx.Done():
		}
	}
	beside.Wait()
	s.checkpoint(context.WithoutCancel(ctx))
}

func (s *site) hourly(ctx context.Context) {
	s.tendKeeping(ctx)
	if err := s.unclassified(ctx); err != nil {
		s.log.Error("end waiting for classifiers", "error", err)
	}
	if n, err := s.talk.Purge(ctx); err != nil {
		s.log.Error("remove old conversations", "error", err)
	} else if n > 0 {
		s.log.Info("removed states of conversations that were quiet for long", "conversations", n)
	}
	if n, err := s.intake.Purge(ctx); err != nil {
		s.log.Error("remove old items", "error", err)
	} else if n > 0 {
		s.log.Info("removed items that are no longer kept", "items", n)
	}
	if _, err := s.live.Purge(ctx); err != nil {
		s.log.Error("remove old watches of streams", "error", err)
	}
	if err := s.spread.Purge(ctx); err != nil {
		s.log.Error("remove old counts of the spread", "error", err)
	}
	if err := s.cases.Purge(ctx); err != nil {
		s.log.Error("remove old cases", "error", err)
	}
	if _, err := s.reports.Tend(ctx); err != nil {
		s.log.Error("remove old drafts of calls", "error", err)
	}
	s.tendVault(ctx)
	if n, err := s.told.Tend(ctx); err != nil {
		s.log.Error("remove old messages", "error", err)
	} else if n > 0 {
		s.log.Info("removed conversations of the guide that are no longer kept", "conversations", n)
	}
	if err := s.actions.Purge(ctx); err != nil {
		s.log.Error("remove old deliveries", "error", err)
	}
	if err := s.db.PruneJobs(ctx, time.Now().Add(-7*24*time.Hour).UnixMicro()); err != nil {
		s.log.Error("remove old jobs", "error", err)
	}
	if err := s.policy.Tidy(ctx); err != nil {
		s.log.Error("tidy rules", "error", err)
	}
	if err := s.banks.Tidy(ctx); err != nil {
		s.log.Error("tidy banks", "error", err)
	}
	s.checkpoint(ctx)
}

// checkpoint signs the custody log as it is.
func (s *site) checkpoint(ctx context.Context) {
	if _, err := s.db.Checkpoint(ctx); err != nil && !errors.Is(err, context.Canceled) {
		s.log.Error("sign custody checkpoint", "error", err)
	}
}

// verify checks the custody log.
func (s *site) verify(ctx context.Context) (int64, error) {
	return s.db.VerifyCustody(ctx, s.dir.Identity.CustodyVerifier, "", nil)
}

// reader is an installation that another process may be holding: what is there
// can be read, and nothing is changed.
type reader struct {
	identity datadir.Identity
	db       *store.DB
	index    string // directory of the snapshots
}

func (a *app) openReader(ctx context.Context) (*reader, error) {
	url, err := a.cfg.StoreURL()
	if err != nil {
		return nil, err
	}
	id, err := datadir.ReadIdentity(a.cfg.Data)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, url, store.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	return &reader{id, db, datadir.IndexDir(a.cfg.Data)}, nil
}

// engine returns an engine that matches with the banks as they are now, and
// the banks, for reading.
func (r *reader) engine(ctx context.Context) (*engine.Engine, *bank.Service, error) {
	key, err := r.identity.Key()
	if err != nil {
		return nil, nil, err
	}
	e := engine.New()
	banks, err := bank.Open(ctx, r.db, e, bank.Options{Dir: r.index, Key: key, Alloc: mmap.Huge, ReadOnly: true})
	return e, banks, err
}

// logger writes the server's log.
func (a *app) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.cfg.Log.Level)); err != nil {
		return nil, errorf(jaga.CodeInvalid, "", "log.level: %w", err)
	}
	opts := &slog.HandlerOptions{Level: level}
	if a.cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(a.Err, opts)), nil
	}
	return slog.New(slog.NewTextHandler(a.Err, opts)), nil
}

// publicURL is where people reach the server that listens at addr.
func (a *app) publicURL(addr string) string {
	if a.cfg.Server.PublicURL != "" {
		return trimSlash(a.cfg.Server.PublicURL)
	}
	// A browser makes passkeys for names only, so what only this machine can
	// reach is reached by its name.
	if at, err := netip.ParseAddrPort(addr); err == nil && at.Addr() == netip.AddrFrom4([4]byte{127, 0, 0, 1}) {
		addr = net.JoinHostPort("localhost", strconv.Itoa(int(at.Port())))
	}
	return "http://" + addr
}

func trimSlash(url string) string {
	for len(url) > 0 && url[len(url)-1] == '/' {
		url = url[:len(url)-1]
	}
	return url
}

// welcome prints, once, what a person needs to begin: a sign-in link and an
// API key. Neither can be printed again.
func (a *app) welcome(ctx context.Context, s *site, url string) error {
	person, created, err := s.auth.Operator(ctx)
	if err != nil || !created {
		return err
	}
	link, err := s.auth.NewLink(ctx, "system", person)
	if err != nil {
		return err
	}
	scopes := []auth.Scope{auth.ItemsWrite, auth.ItemsRead, auth.Match, auth.MessagesWrite, auth.FindingsRead, auth.BanksRead, auth.BanksWrite, auth.StatusRead}
	_, key, err := s.auth.CreateKey(ctx, "system", "first key", scopes, time.Time{})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]string{"data": s.dir.Path, "url": url, "sign_in": url + "/sign-in?token=" + link, "key": key})
	}
	_, err = fmt.Fprintf(a.Out, `
A new installation in %s

  Sign in (works once, within a day):
    %s/sign-in?token=%s

  API key (shown only now):
    %s

`, s.dir.Path, url, link, key)
	return err
}
