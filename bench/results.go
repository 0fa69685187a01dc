package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// results is all that the page says, measured.
type results struct {
	Machine machine
	Cases   []*measured
}

// machine is what was measured on and with.
type machine struct {
	Machine  string            // kind of processor, cores, memory
	System   string            // operating system
	Versions map[string]string // of the peers, by name
}

// measured is one comparison. Times holds for each side what it took in every
// round, in nanoseconds; the sides of one round were measured right after each
// other, so that their ratio stands whatever else the machine did.
type measured struct {
	Case  string
	Date  string
	Times map[string][]float64 `json:",omitempty"`
	Facts map[string]float64   `json:",omitempty"`
	// With is what was measured with, beside what the machine says.
	With map[string]string `json:",omitempty"`
}

// side returns the times of one side, or nil if it was not measured.
func (m *measured) side(name string) []float64 {
	if m == nil {
		return nil
	}
	return m.Times[name]
}

// took adds what a side took in a round, to whole nanoseconds.
func (m *measured) took(side string, ns float64) {
	m.Times[side] = append(m.Times[side], math.Round(max(1, ns)))
}

// median is the middle of what a side took.
func (m *measured) median(side string) float64 { return median(m.side(side)) }

// ratio is the median, over the rounds, of how many times longer slow took
// than fast; 0 if one of them was not measured.
func (m *measured) ratio(slow, fast string) float64 { return median(m.ratios(slow, fast)) }

func (m *measured) ratios(slow, fast string) (out []float64) {
	s, f := m.side(slow), m.side(fast)
	for i := range min(len(s), len(f)) {
		out = append(out, s[i]/f[i])
	}
	return out
}

func (m *measured) fact(name string) float64 {
	if m == nil {
		return 0
	}
	return m.Facts[name]
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// named returns a case, or nil if it was not measured.
func (r *results) named(name string) *measured {
	for _, m := range r.Cases {
		if m.Case == name {
			return m
		}
	}
	return nil
}

// put adds a case in the order of names, in the place of an older one.
func (r *results) put(m *measured) {
	i, found := slices.BinarySearchFunc(r.Cases, m, func(a, b *measured) int { return strings.Compare(a.Case, b.Case) })
	if found {
		r.Cases[i] = m
		return
	}
	r.Cases = slices.Insert(r.Cases, i, m)
}

// encode writes one JSON value a line: what changes between two runs is then
// seen line by line.
func (r *results) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	if err := e.Encode(r.Machine); err != nil {
		return nil, fmt.Errorf("encode the machine: %w", err)
	}
	for _, m := range r.Cases {
		if err := e.Encode(m); err != nil {
			return nil, fmt.Errorf("encode %q: %w", m.Case, err)
		}
	}
	return b.Bytes(), nil
}

func decode(data []byte) (*results, error) {
	r := &results{}
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&r.Machine); err != nil {
		return nil, fmt.Errorf("%s: read the machine: %w", resultsFile, err)
	}
	for d.More() {
		m := &measured{}
		if err := d.Decode(m); err != nil {
			return nil, fmt.Errorf("%s: %w", resultsFile, err)
		}
		if m.Case == "" {
			return nil, fmt.Errorf("%s: a case without a name", resultsFile)
		}
		for side, times := range m.Times {
			for _, t := range times {
				if t <= 0 {
					return nil, fmt.Errorf("%s: %q: %s took no time", resultsFile, m.Case, side)
				}
			}
		}
		r.put(m)
	}
	return r, nil
}

func load(root string) (*results, error) {
	data, err := os.ReadFile(filepath.Join(root, resultsFile))
	if err != nil {
		return nil, fmt.Errorf("read the kept results: %w", err)
	}
	return decode(data)
}

// save keeps the results of a run that may go on.
func (r *results) save(root string) error {
	data, err := r.encode()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, resultsFile), data, 0o644); err != nil {
		return fmt.Errorf("keep the results: %w", err)
	}
	return nil
}

// earlier are the results that a run adds to: those of the same machine and
// versions, or none.
func earlier(root string, now machine) (*results, error) {
	r, err := load(root)
	if errors.Is(err, fs.ErrNotExist) {
		return &results{Machine: now}, nil
	}
	if err != nil {
		return nil, err
	}
	a, _ := json.Marshal(r.Machine)
	b, _ := json.Marshal(now)
	if !bytes.Equal(a, b) {
		fmt.Fprintln(os.Stderr, "bench: the kept results are of another machine or other versions, and are given up")
		return &results{Machine: now}, nil
	}
	return r, nil
}
