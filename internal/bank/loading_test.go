package bank_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/listfmt"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// While a list loads, listings and exports are whole and hold nothing of it.
func TestExportWhileLoading(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		s, err := bank.Open(ctx, db, engine.New(), bank.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Create(ctx, "test", bank.Defaults("A")); err != nil {
			t.Fatal(err)
		}
		list, feed := io.Pipe()
		done := make(chan error, 1)
		go func() {
			_, err := s.Import(ctx, "test", "A", list, bank.ImportOptions{Type: jaga.MD5})
			done <- err
		}()
		// More than a chunk, so that rows of the list are in the database.
		var rows strings.Builder
		for i := range 50_010 {
			fmt.Fprintf(&rows, "%032x\n", i)
		}
		if _, err := io.WriteString(feed, rows.String()); err != nil {
			t.Fatal(err)
		}
		v, err := engine.ParseValue(jaga.MD5, strings.Repeat("ab", 16))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Add(ctx, "test", "A", bank.NewEntry{Values: []engine.Value{v}}); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		n, err := s.Export(ctx, "test", "A", &out, listfmt.Plain, jaga.MD5)
		if err != nil || n != 1 || !strings.Contains(out.String(), v.String()) {
			t.Errorf("exported %d rows, %v, while a list loads; want the one entry", n, err)
		}
		_ = feed.Close()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if n, err := s.Export(ctx, "test", "A", io.Discard, listfmt.Plain, jaga.MD5); err != nil || n != 50_011 {
			t.Errorf("exported %d rows, %v, afterwards; want 50011", n, err)
		}
	})
}
