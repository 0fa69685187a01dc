package main

import (
	"path/filepath"
	"testing"

	"github.com/jaga-project/jaga"
)

// A certificate that cannot be read is refused when the server starts, by its name.
func TestLiveCertificate(t *testing.T) {
	t.Parallel()
	if conf, err := (LiveConfig{}).tls(); conf != nil || err != nil {
		t.Errorf("none: %v, %v", conf, err)
	}
	missing := filepath.Join(t.TempDir(), "cert.pem")
	_, err := LiveConfig{TLSCert: missing, TLSKey: missing}.tls()
	if e, ok := err.(*jaga.Error); !ok || e.Field != "live.tls_cert" || e.Code != jaga.CodeInvalid {
		t.Errorf("missing: %v", err)
	}
}
