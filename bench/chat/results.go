package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/convo/packs"
)

// results are what the page is made from.
type results struct {
	Detector  string        `json:"detector"`
	Machine   string        `json:"machine"`
	Date      string        `json:"date"`
	Items     []itemSet     `json:"items"`
	Chats     []chatSet     `json:"chats"`
	Mixed     *mixed        `json:"mixed"`
	Skeletons []skeletonSet `json:"skeletons"`
	Groups    []groupRegime `json:"groups"`
	Speed     *speed        `json:"speed"`
}

// itemSet is the result on one file of items.
type itemSet struct {
	File      string          `json:"file"`
	HeldOut   bool            `json:"held_out"` // written by somebody else than the packs
	Detector  string          `json:"detector"`
	Report    eval.ItemReport `json:"report"`
	TextOnly  eval.ItemReport `json:"text_only"`
	Mutations []mutation      `json:"mutations"`
}

// mutation is what one evasion leaves of the recall, over all languages.
type mutation struct {
	Name      string    `json:"name"`
	About     string    `json:"about"`
	Recall    eval.Rate `json:"recall"`
	FalseHits eval.Rate `json:"false_hits"`
	Loss      float64   `json:"loss_points"`
}

func detector() (*convo.Detector, error) {
	core, err := packs.Core()
	if err != nil {
		return nil, err
	}
	return convo.New(convo.Options{}, core...)
}

func load(root string) (*results, error) {
	data, err := os.ReadFile(filepath.Join(root, resultsFile))
	if err != nil {
		return nil, err
	}
	r := &results{}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("read the kept results: %s: %w", resultsFile, err)
	}
	return r, nil
}

func (r *results) save(root string) error {
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return fmt.Errorf("keep the results: %w", err)
	}
	if err := os.WriteFile(filepath.Join(root, resultsFile), append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("keep the results: %w", err)
	}
	return nil
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

// machine names the processor, where the system tells.
func machine() string {
	name := runtime.GOARCH
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(data)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				name = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d virtual cores, %s", name, runtime.NumCPU(), runtime.Version())
}
