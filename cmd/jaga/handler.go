package main

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/jaga-project/jaga"

	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/web"
	"github.com/jaga-project/jaga/internal/web/api"
	"github.com/jaga-project/jaga/internal/web/console"
	"github.com/jaga-project/jaga/internal/web/guide"
	"github.com/jaga-project/jaga/internal/web/hma"
)

// handler puts all interfaces of the installation together. url is where
// people reach it.
func (a *app) handler(s *site, url string) (http.Handler, error) {
	laws, _, err := a.laws()
	if err != nil {
		return nil, err
	}
	own, err := a.apiHandler(s, url)
	if err != nil {
		return nil, err
	}
	srv := a.cfg.Server
	compat := hma.New(hma.Options{
		Banks: s.banks, Engine: s.engine, Decoder: s.decoder,
		VideoMD5: srv.HMAVideoMD5, FetchURLs: srv.FetchURLs, MaxBytes: int64(a.cfg.Media.MaxBytes),
		May: web.Allow(srv.HMAOpenNetworks, url), Actor: web.Actor, Log: s.log,
	})
	var overlay fs.FS
	if a.cfg.Guide.Folder != "" {
		overlay = os.DirFS(a.cfg.Guide.Folder)
	}
	help, err := openHelp(context.Background(), s, overlay)
	if err != nil {
		return nil, err
	}
	s.help = help
	pages, err := console.New(console.Options{
		DB: s.db, Banks: s.banks, Intake: s.intake, Talk: s.talk, Detector: s.talk.Detector, Engine: s.engine,
		Auth: s.auth, Help: help, Decoder: s.decoder, Takedown: s.cases,
		Look:   s.look,
		Queues: a.queues(),
		Files:  s.files, Evidence: s.evidence,
		Cases:    s.work.cases,
		Laws:     s.laws,
		Settings: s.settings, SettingWanted: s.settingWanted, SettingChanged: s.settingChanged, Keeping: s.keeping, Private: s.private,
		Tell:    s.told,
		Actions: s.actions, Plugins: s.plugins, Second: s.askOpinion,
		Reports:  s.reports,
		Spread:   s.spread,
		Live:     s.live,
		AllLaws:  profiles(laws),
		Policy:   s.policy,
		Proof:    s.proof,
		MaxBytes: int64(a.cfg.Media.MaxBytes), Rotations: a.cfg.Match.Rotations,
		Secure: strings.HasPrefix(url, "https://"), Version: readVersion().Version, Log: s.log,
	})
	if err != nil {
		return nil, err
	}
	public, err := guide.New(guide.Options{Overlay: overlay, Checks: &helpChecks{keeper: help}, Takedown: s.cases, Tell: s.told})
	if err != nil {
		return nil, err
	}
	if overlay != nil {
		// What an operator writes is held to the rules of the guide.
		if faults := public.Check(time.Now()); len(faults) > 0 {
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "guide.folder", Msg: fmt.Sprintf("%v (and %d more)", faults[0], len(faults)-1), Hint: "docs/guide.md has the rules"}
		}
	}
	// Whoever asks whether the server works is always answered.
	limits := web.NewLimits(a.cfg.API.RequestsPerSecond, a.cfg.API.Burst, []string{"/status", "/status/live", "/v1/status"}, nil)
	return web.New(s.auth, s.log, pages, web.Part{Owns: guide.Owns, Handler: public, Unlogged: true},
		web.Part{Owns: hma.Owns, Handler: limits.Handler(compat)}, web.Part{Owns: api.Owns, Handler: limits.Handler(own)},
		a.demoPart(s)), nil
}

// apiHandler is the part that commands need, too.
func (a *app) apiHandler(s *site, url string) (http.Handler, error) {
	if err := a.openActions(s, url); err != nil {
		return nil, err
	}
	if err := s.auth.Reach(url, a.cfg.OIDC.provider()); err != nil {
		return nil, err
	}
	return api.New(api.Options{
		DB: s.db, Banks: s.banks, Intake: s.intake, Talk: s.talk, Engine: s.engine, Auth: s.auth, Decoder: s.decoder, Queues: a.queues(),
		Actions:  s.actions,
		Cases:    s.work.cases,
		Reports:  s.reports,
		Spread:   s.spread,
		Live:     s.live,
		Policy:   s.policy,
		Plugins:  s.plugins,
		Evidence: s.evidence, MaxEvidence: int64(a.cfg.Vault.MaxBytes), KeepFor: func(now time.Time) []evidence.Clock { return arrivalClocks(s.laws, now) },
		MaxBytes: int64(a.cfg.Media.MaxBytes), MaxFilm: int64(a.cfg.Media.MaxFilmBytes), Rotations: a.cfg.Match.Rotations,
		PublicURL: url, Version: readVersion().Version, Log: s.log, Verify: s.verify, Proof: s.proof,
	})
}

// profiles are the profiles without where they come from.
func profiles(all []law.Loaded) (out law.Set) {
	for _, l := range all {
		out = append(out, l.Profile)
	}
	return out
}
