package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"net/netip"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/store"
)

// LiveConfig is the section [live].
type LiveConfig struct {
	// Networks lists private networks, such as "10.0.0.0/8", in which streams
	// may lie. Empty means that streams come from the public internet only: a
	// server that fetches what an API key names could otherwise be made to
	// reach your own network.
	Networks []netip.Prefix `toml:"networks"`
	// Listen lists the addresses, such as "0.0.0.0:1935", that encoders may send
	// streams to. Empty means none. Each address takes one stream.
	Listen []netip.AddrPort `toml:"listen"`
	// TLSCert and TLSKey are PEM files: the certificate chain, and its key, that
	// encoders find which send RTMP with TLS. They are read for each connection,
	// so new ones count at once.
	TLSCert string `toml:"tls_cert"`
	// TLSKey is the file of the key.
	TLSKey string `toml:"tls_key"`
	// Most is how many streams are watched at a time.
	Most int `toml:"most" default:"200"`
	// KeepDays is for how many days watches that are over are kept. What was
	// found in them is kept with its case.
	KeepDays int `toml:"keep_days" default:"30"`
	// FFmpeg is the path of ffmpeg; empty looks for it where programs are.
	FFmpeg string `toml:"ffmpeg"`
}

func (c LiveConfig) check() error {
	if c.Most < 1 || c.Most > 10_000 {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "live.most", Msg: "it is not between 1 and 10,000"}
	}
	if c.KeepDays < 1 {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "live.keep_days", Msg: "it is less than one day"}
	}
	return nil
}

// tls is what encoders find that send RTMP with TLS; nil where no certificate is set.
func (c LiveConfig) tls() (*tls.Config, error) {
	if c.TLSCert == "" && c.TLSKey == "" {
		return nil, nil
	}
	load := func() (*tls.Certificate, error) {
		cert, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		return &cert, err
	}
	if _, err := load(); err != nil {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "live.tls_cert", Msg: "the certificate and its key cannot be read: " + errText(err), Hint: "live.tls_cert and live.tls_key name PEM files", Err: err}
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return load() }}, nil
}

// path is where ffmpeg is, empty where it is not.
func (c LiveConfig) path() string {
	path, err := exec.LookPath(cmp.Or(c.FFmpeg, "ffmpeg"))
	if err != nil {
		return ""
	}
	if path, err = filepath.Abs(path); err != nil {
		return ""
	}
	return path
}

// openLive opens the watches of streams; none runs until somebody starts one.
func (a *app) openLive(ctx context.Context, s *site, key []byte) (*live.Service, error) {
	c := a.cfg.Live
	s.ffmpeg = c.path()
	secure, err := c.tls()
	if err != nil {
		return nil, err
	}
	opt := live.Options{
		DB: s.db, Intake: s.intake, Talk: s.talk, Engine: s.engine, Decoder: s.decoder, Plugins: s.plugins, Key: key, FFmpeg: s.ffmpeg,
		Reach: live.Reach{Networks: c.Networks, Listen: c.Listen, TLS: secure}, Most: c.Most, Rotations: a.cfg.Match.Rotations,
		Keep: days(c.KeepDays), Log: s.log,
	}
	if s.work.keep != nil {
		opt.Seal = s.work.keep.clip
	}
	return live.Open(ctx, opt)
}

// clip keeps the end of a stream with a case, for as long as the profiles in force
// have it kept.
func (k *keeper) clip(ctx context.Context, caseID int64, c live.Clip) error {
	it, err := k.evidence.Put(ctx, "system", evidence.Acquisition{
		Tool: "jaga", ToolVersion: k.version, Operator: "system", Source: cmp.Or(c.Account, live.Conversation(c.Watch)), Method: "the end of a live stream", At: c.Until,
	}, c.Body)
	if err != nil {
		return err
	}
	return k.db.Bulk(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(); err != nil {
			return err
		}
		if err := k.evidence.Promote(tx, "system", it.ID, caseID); err != nil {
			return err
		}
		clocks := arrivalClocks(k.laws, time.UnixMicro(tx.Now()))
		if len(clocks) == 0 {
			return nil
		}
		return k.evidence.AddClocks(tx, "system", evidence.Scope{Evidence: it.ID}, clocks)
	})
}
