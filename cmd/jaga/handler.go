package main

import (
	"net/http"

	"github.com/jaga-project/jaga/internal/web"
	"github.com/jaga-project/jaga/internal/web/api"
	"github.com/jaga-project/jaga/internal/web/hma"
)

// handler puts all interfaces of the installation together. url is where
// people reach it.
func (a *app) handler(s *site, url string) (http.Handler, error) {
	srv := a.cfg.Server
	compat := hma.New(hma.Options{
		Banks: s.banks, Engine: s.engine, Decoder: s.decoder,
		FetchURLs: srv.FetchURLs, MaxBytes: int64(a.cfg.Media.MaxBytes),
		May: web.Allow(srv.HMAOpenNetworks), Actor: web.Actor, Log: s.log,
	})
	own, err := api.New(api.Options{
		DB: s.db, Banks: s.banks, Intake: s.intake, Engine: s.engine, Auth: s.auth, Decoder: s.decoder,
		MaxBytes: int64(a.cfg.Media.MaxBytes), Rotations: a.cfg.Match.Rotations,
		PublicURL: url, Version: readVersion().Version, Log: s.log, Verify: s.verify,
	})
	if err != nil {
		return nil, err
	}
	return web.New(s.auth, s.log, http.NotFoundHandler(),
		web.Part{Owns: hma.Owns, Handler: compat}, web.Part{Owns: api.Owns, Handler: own}), nil
}
