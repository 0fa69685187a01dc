package plugin

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
)

// readsMessages reports whether the plugin is a classifier that is set up for
// messages by name. What people write to each other goes to nobody because a
// plugin says that it could read it.
func (p *peer) readsMessages() bool {
	return p.Kind == Classifier && slices.Contains(p.Items, jaga.KindMessage)
}

// ReadsMessages reports whether any plugin is set up for messages of conversations.
// A nil service has none.
func (s *Service) ReadsMessages() bool {
	return s != nil && slices.ContainsFunc(s.all(), (*peer).readsMessages)
}

// Message asks the classifiers that are set up for messages about the words of
// one. They learn the words, and neither who wrote them nor where: the question has
// no identifier. It never fails: what could not be asked is in Skipped.
func (s *Service) Message(ctx context.Context, source, text string) Answer {
	return s.askAll(ctx, source, Facts{Kind: jaga.KindMessage, Type: "text/plain; charset=utf-8", Bytes: int64(len(text))}, (*peer).readsMessages,
		func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
}
