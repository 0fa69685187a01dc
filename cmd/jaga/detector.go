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

// detectorOptions reads the section [conversations].
func (a *app) detectorOptions() (opt convo.Options, err error) {
	cfg := a.cfg.Conversations
	words := indicator.AllCapabilities.Words()
	for _, w := range cfg.Supplies {
		i := slices.Index(words, w)
		if i < 0 {
			return opt, &jaga.Error{Code: jaga.CodeInvalid, Field: "conversations.supplies", Msg: fmt.Sprintf("%q is no input", w), Hint: "the inputs are " + strings.Join(words, ", ")}
		}
		opt.Capabilities |= 1 << i
	}
	if cfg.KeepDays < 1 {
		return opt, &jaga.Error{Code: jaga.CodeInvalid, Field: "conversations.keep_days", Msg: "it is less than one day"}
	}
	if cfg.Model != "" {
		f, err := os.Open(cfg.Model)
		if err != nil {
			return opt, fmt.Errorf("conversations.model: %w", err)
		}
		defer f.Close()
		if opt.Model, err = model.Read(f); err != nil {
			return opt, &jaga.Error{Code: jaga.CodeInvalid, Field: "conversations.model", Msg: err.Error(), Hint: "jaga train writes such a file", Err: err}
		}
	}
	return opt, nil
}
