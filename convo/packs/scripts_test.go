package packs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/script"
)

// minScripts is the number of tests that the packs have to pass, at least
// half of them about ordinary life.
const minScripts = 300

// TestScripts runs the tests written in the language of
// docs/test-language.md, testdata/conv/*.conv.
func TestScripts(t *testing.T) {
	t.Parallel()
	core, err := Core()
	if err != nil {
		t.Fatal(err)
	}
	d, err := convo.New(convo.Options{}, core...)
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("testdata/conv/*.conv")
	if err != nil {
		t.Fatal(err)
	}
	all, quiet := 0, 0
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tests, err := script.Parse(filepath.ToSlash(path), data)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, test := range tests {
			all++
			if test.Quiet() {
				quiet++
			}
			t.Run(strings.TrimSuffix(filepath.Base(path), ".conv")+"/"+test.Name, func(t *testing.T) {
				for _, f := range test.Run(d) {
					t.Error(f)
				}
			})
		}
	}
	if all < minScripts {
		t.Errorf("there are %d tests, want at least %d", all, minScripts)
	}
	if 2*quiet < all {
		t.Errorf("%d of %d tests are about ordinary life, want at least half", quiet, all)
	}
}
