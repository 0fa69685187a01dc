package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/plugin"
)

// openActions sets up the webhooks. url
// is where people reach the server.
func (a *app) openActions(s *site, url string) error {
	key, err := s.dir.Identity.Key()
	if err != nil {
		return err
	}
	s.actions, err = action.New(s.db, action.Options{
		Key: key[:], PublicURL: trimSlash(url), Internal: a.cfg.Hooks.Internal, SecretDir: filepath.Join(s.dir.Path, "secrets"),
		Timeout: a.cfg.Hooks.Timeout.time(), Log: s.log,
	})
	return err
}

// openPlugins sets up the plugins.
func (a *app) openPlugins(ctx context.Context, s *site) error {
	list, err := a.cfg.plugins()
	if err != nil {
		return err
	}
	s.plugins, err = plugin.New(ctx, s.db, list, plugin.Options{Log: s.log, Alarm: s.pluginAlarm})
	return err
}

// time is the duration as the library has it.
func (d Duration) time() time.Duration { return time.Duration(d) }
