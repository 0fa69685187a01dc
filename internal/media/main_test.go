package media

import (
	"bytes"
	"os"
	"testing"

	"github.com/jaga-project/jaga/internal/jail"
)

func TestMain(m *testing.M) {
	jail.Main(Worker())
	os.Exit(m.Run())
}

func measured(t testing.TB, d *Decoder, data []byte, opts Options) Measured {
	t.Helper()
	m, err := d.Measure(t.Context(), bytes.NewReader(data), opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
