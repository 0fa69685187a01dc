package main

import (
	"fmt"
	"image"
	"os"
	"path/filepath"

	"github.com/jaga-project/jaga/internal/testpic"
)

// size is a size of pictures and how many of them are measured.
type size struct{ w, h, pictures int }

func (s size) String() string { return fmt.Sprintf("%dx%d", s.w, s.h) }

// The sizes of the measured pictures.
var (
	pixelSizes = []size{{512, 512, 40}, {1024, 768, 24}, {4000, 3000, 6}}
	jpegSizes  = []size{{512, 512, 12}, {1600, 1004, 8}, {4000, 3000, 3}}
)

// jpegQuality is what cameras and sites use.
const jpegQuality = 85

// inputs makes what is missing of the measured files below dir and names it.
type inputs struct{ dir string }

// pixels returns files of RGB bytes.
func (in inputs) pixels(s size) ([]string, error) {
	return in.pictures(s, "rgb", func(m *image.RGBA) []byte {
		rgb := make([]byte, 0, len(m.Pix)/4*3)
		for i := 0; i < len(m.Pix); i += 4 {
			rgb = append(rgb, m.Pix[i:i+3]...)
		}
		return rgb
	})
}

// jpegs returns files of baseline JPEG, 4:2:0.
func (in inputs) jpegs(s size) ([]string, error) {
	return in.pictures(s, "jpg", func(m *image.RGBA) []byte { return testpic.JPEG(m, jpegQuality) })
}

func (in inputs) pictures(s size, ext string, encode func(*image.RGBA) []byte) (names []string, err error) {
	for i := range s.pictures {
		name := filepath.Join(in.dir, fmt.Sprintf("%s-%02d.%s", s, i, ext))
		names = append(names, name)
		if _, err := os.Stat(name); err == nil {
			continue
		}
		if err := os.WriteFile(name, encode(testpic.Photo(uint64(i), s.w, s.h)), 0o644); err != nil {
			return nil, fmt.Errorf("make a picture: %w", err)
		}
	}
	return names, nil
}

// codes returns the file of millions of codes and that of queries for them.
func (in inputs) codes(millions int) (codes, queries string, err error) {
	codes = filepath.Join(in.dir, fmt.Sprintf("codes-%dM", millions))
	queries = filepath.Join(in.dir, fmt.Sprintf("queries-%dM", millions))
	want := int64(millions) * 1_000_000 * 32
	if info, err := os.Stat(codes); err == nil && info.Size() == want {
		return codes, queries, nil
	}
	return codes, queries, writeCodes(codes, queries, millions*1_000_000)
}
