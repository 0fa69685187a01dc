package main

import (
	"crypto/x509"
	"net/url"
	"os"
	"time"

	"github.com/jaga-project/jaga"
)

// CustodyConfig is the section [custody].
type CustodyConfig struct {
	// ExportFile is a file on another medium to which signed checkpoints of
	// the custody log are copied. It is only ever added to. Its folder must be
	// there; a medium that is missing is reported and never made. Empty keeps
	// no copies, and then nothing shows it when the log's end is cut off.
	ExportFile string `toml:"export_file"`
	// Every is how often at the latest a checkpoint is signed and copied when
	// there is something new.
	Every Duration `toml:"every" default:"10m"`
	// Records is after how many new records that happens even earlier.
	Records int64 `toml:"records" default:"1000"`
	// TSAURL is the address of a time-stamp authority (RFC 3161) that stamps
	// every checkpoint. Only a digest of 32 bytes leaves the machine, in a
	// request of 69 bytes. Empty asks none.
	TSAURL string `toml:"tsa_url"`
	// TSACAFile is a file with the authority's root certificates in PEM. With
	// it, stamps of anybody else are refused; without it, they are stored and
	// nobody has checked who made them.
	TSACAFile string `toml:"tsa_ca_file"`
}

// check refuses settings that cannot work.
func (c CustodyConfig) check() error {
	bad := func(field, msg string) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "custody." + field, Msg: msg}
	}
	if u, err := url.Parse(c.TSAURL); c.TSAURL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		return bad("tsa_url", "it is not an address that begins with https:// or http://")
	}
	switch {
	case c.TSACAFile != "" && c.TSAURL == "":
		return bad("tsa_ca_file", "it is set and tsa_url is not")
	case c.Every <= 0:
		return bad("every", "it must be more than 0")
	case c.Records <= 0:
		return bad("records", "it must be more than 0")
	}
	return nil
}

// readRoots reads certificates in PEM; nil without a file.
func readRoots(field, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, errorf(jaga.CodeNotFound, "", "%s: %w", field, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: file + " has no certificate in PEM", Hint: "it begins with -----BEGIN CERTIFICATE-----"}
	}
	return pool, nil
}

func durationOf(d Duration) time.Duration { return time.Duration(d) }
