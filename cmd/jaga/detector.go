package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/model"
)

// detector makes the detector of the installation from the section
// [conversations].
func (a *app) detector() (*convo.Detector, error) {
	cfg := a.cfg.Conversations
	var opt convo.Options
	words := indicator.AllCapabilities.Words()
	for _, w := range cfg.Supplies {
		i := slices.Index(words, w)
		if i < 0 {
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "conversations.supplies", Msg: fmt.Sprintf("%q is no input", w), Hint: "the inputs are " + strings.Join(words, ", ")}
		}
		opt.Capabilities |= 1 << i
	}
	if cfg.KeepDays < 1 {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "conversations.keep_days", Msg: "it is less than one day"}
	}
	if cfg.Model != "" {
		f, err := os.Open(cfg.Model)
		if err != nil {
			return nil, fmt.Errorf("conversations.model: %w", err)
		}
		defer f.Close()
		if opt.Model, err = model.Read(f); err != nil {
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "conversations.model", Msg: err.Error(), Hint: "jaga train writes such a file", Err: err}
		}
	}
	return newDetectorWith(cfg.Packs, opt)
}
