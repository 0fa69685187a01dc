package main

import (
	"bytes"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// TestIconsAreDrawn compares the files with what is drawn, pixel by pixel:
// another version of Go may pack the same picture into other bytes.
func TestIconsAreDrawn(t *testing.T) {
	t.Parallel()
	for _, size := range sizes() {
		data, err := os.ReadFile(filepath.Join("../../internal/web/guide/static", fileName(size)))
		if err != nil {
			t.Fatal(err)
		}
		have, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		want := draw(size)
		if have.Bounds() != want.Bounds() {
			t.Fatalf("%s is %v, want %v", fileName(size), have.Bounds(), want.Bounds())
		}
		for y := range size {
			for x := range size {
				got, drawn := color.NRGBAModel.Convert(have.At(x, y)), color.NRGBAModel.Convert(want.At(x, y))
				if got != drawn {
					t.Fatalf("%s: the pixel at %d,%d is %v, want %v; run make gen", fileName(size), x, y, got, drawn)
				}
			}
		}
	}
}
