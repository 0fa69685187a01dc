package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/durable"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/vault"
)

// openEvidence opens the vault of the installation, and makes its key where
// nothing was sealed yet.
func (a *app) openEvidence(ctx context.Context, s *site) (*evidence.Service, error) {
	keys, err := a.vaultKeys(ctx, s.db, true)
	if err != nil {
		return nil, err
	}
	blobs, err := a.cfg.blobs()
	if err != nil {
		return nil, err
	}
	return evidence.Open(ctx, s.db, evidence.Options{Keys: keys, Blobs: blobs, Origin: s.dir.Identity.Origin(), Signer: s.dir.Identity.CustodySigner, Log: s.log})
}

// vaultKeys reads the vault keys. A file that is missing is made when make is
// set and nothing was sealed yet; later it is refused, for a new key would open
// nothing.
func (a *app) vaultKeys(ctx context.Context, db *store.DB, make bool) (vault.Keys, error) {
	if len(a.cfg.Vault.KeyCommand) > 0 {
		return a.commandKeys(ctx)
	}
	file := a.cfg.vaultKeyFile()
	text, err := os.ReadFile(file)
	if err == nil {
		return vault.ParseKeys(string(text))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return vault.Keys{}, &jaga.Error{Code: jaga.CodeUnavailable, Field: "vault.key_file", Msg: err.Error(), Hint: "check who owns the file", Err: err}
	}
	used, err := evidence.Used(ctx, db)
	if err != nil {
		return vault.Keys{}, err
	}
	if used || !make {
		return vault.Keys{}, keyGone(file)
	}
	keys := vault.NewKeys()
	return keys, writeKeys(file, keys)
}

func keyGone(file string) error {
	return &jaga.Error{Code: jaga.CodeUnavailable, Field: file, Msg: "the vault key is gone: the file is missing, and things were sealed with it",
		Hint: "restore it from its backup; without one, two officers can run `jaga vault recover`", Err: fs.ErrNotExist}
}

func writeKeys(file string, keys vault.Keys) error {
	if err := durable.WriteFile(file, []byte(keys.Text()), 0o600); err != nil {
		return &jaga.Error{Code: jaga.CodeUnavailable, Field: "vault.key_file", Msg: err.Error(), Hint: "check the directory and the disk", Err: err}
	}
	return nil
}

// keyCommandTime is how long the key command may take.
const keyCommandTime = 30 * time.Second

func (a *app) commandKeys(ctx context.Context) (vault.Keys, error) {
	ctx, cancel := context.WithTimeout(ctx, keyCommandTime)
	defer cancel()
	c := a.cfg.Vault.KeyCommand
	cmd := exec.CommandContext(ctx, c[0], c[1:]...)
	cmd.Stderr = a.Err // its own words; the keys are on its standard output
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return vault.Keys{}, &jaga.Error{Code: jaga.CodeUnavailable, Field: "vault.key_command", Msg: "the program failed: " + err.Error(), Hint: "run it by hand", Err: err}
	}
	return vault.ParseKeys(string(out))
}

// rotateWork makes a new vault key and wraps all files with it, beside everything
// else: the keys of before stay, so whatever is open goes on. What a rotation that
// was broken off has left is finished instead, without another new key. Keys of a
// command are taken as it prints them.
func (a *app) rotateWork(s *site) store.Handler {
	return func(ctx context.Context, r *store.Running) error {
		var args evidence.RotateArgs
		if err := r.Args(&args); err != nil {
			return store.Permanent(err)
		}
		st, err := s.evidence.Status(ctx)
		if err != nil {
			return err
		}
		keys, err := a.vaultKeys(ctx, s.db, false)
		if err != nil {
			return store.Permanent(err)
		}
		if st.Stale == 0 && len(a.cfg.Vault.KeyCommand) == 0 {
			// The file comes first: a key that wraps something is never only
			// in memory.
			keys = keys.Rotated()
			if err := writeKeys(a.cfg.vaultKeyFile(), keys); err != nil {
				return store.Permanent(err)
			}
		}
		if err := s.evidence.Use(ctx, keys); err != nil {
			return err
		}
		n, err := s.evidence.Rewrap(ctx, args.Actor, func(done, total int64) { r.Progress(ctx, min(done, total-1), total, "") })
		if err != nil {
			return err
		}
		r.Progress(ctx, n, n, "")
		s.log.Info("the vault key was changed", "key", keys.Current(), "files", n)
		return nil
	}
}

// Bounds of mending without a person: see evidence.MendOptions.
const (
	mendEvery = 24 * time.Hour
	mendGrace = time.Hour
	mendMost  = 100
)

// tendVault removes what stayed in quarantine too long, and once a day brings
// rows and payloads together.
func (s *site) tendVault(ctx context.Context) {
	if n, err := s.evidence.PurgeQuarantine(ctx, s.quarantine); err != nil {
		s.log.Error("remove files from quarantine", "error", err)
	} else if n > 0 {
		s.log.Info("removed files that were bound to no case", "files", n)
	}
	if time.Since(s.mended) < mendEvery {
		return
	}
	s.mended = time.Now()
	m, err := s.evidence.Mend(ctx, evidence.MendOptions{Grace: mendGrace, Most: mendMost})
	if err != nil {
		s.log.Error("mend vault", "error", err, "hint", hintOf(err))
	} else if m.Orphans+m.Partial+m.Missing+m.Returned > 0 {
		s.log.Warn("mended vault", "orphans", m.Orphans, "partial", m.Partial, "missing", m.Missing, "returned", m.Returned)
	}
}
