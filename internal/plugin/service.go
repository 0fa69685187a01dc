package plugin

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/outbound"
	"github.com/jaga-project/jaga/internal/store"
)

// Kind says what a plugin is for.
type Kind string

// The kinds of plugins.
const (
	Classifier  Kind = "classifier"  // says how sure it is of categories
	Matcher     Kind = "matcher"     // says on which lists an item is
	Opinion     Kind = "opinion"     // rates the signs of a conversation, see [Service.Opinion]
	Transcriber Kind = "transcriber" // hears what is said in streams, see [Service.Transcribe]
)

// ofItems reports whether plugins of the kind are asked about items.
func (k Kind) ofItems() bool { return k == Classifier || k == Matcher }

// Config is one plugin, as the operator set it up.
type Config struct {
	Name  string // unique, in the characters of [jaga.Score], without /
	URL   string // without the paths of the contract
	Kind  Kind
	Model string // of an opinion
	// Items are the kinds that it is asked about; empty is what it says itself.
	Items []jaga.Kind
	// Form and Band are those of the finding that a match of a matcher makes;
	// empty and none are csam and review. It is never urgent by itself.
	Form jaga.Form
	Band jaga.Band
	// Required makes an item that it did not look at not checked.
	Required bool
	// Public allows an address of the public internet, with https.
	Public bool
	// Token is sent as a bearer token; empty sends none.
	Token string
	// Timeout bounds one question; 0 is 5 seconds, 10 for a transcriber and 20 for
	// an opinion.
	Timeout time.Duration
	// AtOnce is how many questions it is asked at a time; 0 is 4, and 1 for an
	// opinion.
	AtOnce int
	// PerDay and PerSource bound the questions of a day (UTC), in all and for
	// one source; 0 is no limit.
	PerDay, PerSource int
}

// Detector names the plugin in outcomes.
func (c Config) Detector() jaga.Detector { return jaga.Detector("plugin/" + c.Name) }

func (c Config) check() error {
	bad := func(field, msg string) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "plugins." + field, Msg: "plugin " + fmt.Sprintf("%q", c.Name) + ": " + msg}
	}
	if !(jaga.Score{Name: c.Name, Version: "1", Category: "x"}).Valid() || strings.Contains(c.Name, "/") {
		return bad("name", "its name is empty, longer than 64 bytes, or has characters other than letters, digits and -_.")
	}
	if err := outbound.CheckURL(c.URL, !c.Public); err != nil {
		return bad("url", err.Error())
	}
	switch {
	case !c.Kind.ofItems() && c.Kind != Opinion && c.Kind != Transcriber:
		return bad("kind", "its kind is not one of classifier, matcher, opinion, transcriber")
	case c.Kind == Opinion && c.Model == "":
		return bad("model", "an opinion needs the name of a model")
	case c.Kind == Opinion && len(c.Items) > 0:
		return bad("items", "an opinion is asked about text only")
	case c.Kind == Transcriber && len(c.Items) > 0:
		return bad("items", "a transcriber is asked about the sound of streams only")
	case c.Kind != Matcher && (c.Form != "" || c.Band != jaga.BandNone):
		return bad("form", "only the matches of a matcher make findings, which have a form and a band")
	case c.Form != "" && !c.Form.Valid():
		return bad("form", "its form is not one of csam, grooming, live_stream, sextortion")
	case c.Band > jaga.BandReview:
		return bad("band", "its band is not one of observe, review: no match is urgent by itself")
	case c.Timeout < 0 || c.AtOnce < 0 || c.PerDay < 0 || c.PerSource < 0:
		return bad("timeout", "a limit is negative")
	}
	for _, k := range c.Items {
		if !k.Valid() {
			return bad("items", "there is no such kind of item")
		}
	}
	return nil
}

// Options configure a [Service].
type Options struct {
	// Log receives what an operator should know; nil is silent.
	Log *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Alarm is told by [Service.Flush] of a plugin that is left alone, once until
	// it answers again; an error is tried anew. nil tells nobody.
	Alarm func(ctx context.Context, plugin string) error
	// Transport changes how plugins are reached, for tests.
	Transport func(*http.Transport)
}

// Service asks the plugins of an installation. It is safe for concurrent use.
type Service struct {
	db       *store.DB
	opt      Options
	breakers *outbound.Breakers

	mu      sync.RWMutex
	plugins []*peer // replaced when one joins, and never changed
}

// all are the plugins, in the order in which they were set up.
func (s *Service) all() []*peer {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.plugins
}

// New returns a service. Nothing is asked before the first item comes in, so a
// plugin that is down keeps nobody from starting.
func New(ctx context.Context, db *store.DB, list []Config, opt Options) (*Service, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	s := &Service{db: db, opt: opt, breakers: outbound.NewBreakers(opt.Now)}
	for _, c := range list {
		if err := s.Join(ctx, c); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Join adds a plugin to those that are asked, from now on and until the process
// ends: for one that the process brings itself, such as that of sample data.
// Plugins of operators are given to [New].
func (s *Service) Join(ctx context.Context, c Config) error {
	if err := c.check(); err != nil {
		return err
	}
	p := newPeer(c, s.breakers, s.opt)
	if err := s.loadBudget(ctx, p); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.plugins, func(q *peer) bool { return q.Name == c.Name }) {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "plugins.name", Msg: fmt.Sprintf("two plugins are called %q", c.Name)}
	}
	s.plugins = append(slices.Clip(s.plugins), p)
	return nil
}

// newPeer sets a plugin up with the defaults of its kind.
func newPeer(c Config, breakers *outbound.Breakers, opt Options) *peer {
	if c.Kind == Opinion {
		c.Timeout, c.AtOnce = cmp.Or(c.Timeout, 20*time.Second), cmp.Or(c.AtOnce, 1)
	}
	if c.Kind == Transcriber {
		c.Timeout = cmp.Or(c.Timeout, 10*time.Second)
	}
	if c.Kind == Matcher {
		c.Form, c.Band = cmp.Or(c.Form, jaga.FormCSAM), cmp.Or(c.Band, jaga.BandReview)
	}
	c.Timeout, c.AtOnce = cmp.Or(c.Timeout, 5*time.Second), cmp.Or(c.AtOnce, 4)
	c.URL = strings.TrimSuffix(c.URL, "/")
	allowed := outbound.Near
	if c.Public {
		allowed = outbound.Intranet
	}
	// The question has a deadline of its own, which ends first.
	return &peer{Config: c, now: opt.Now, breakers: breakers, places: make(chan struct{}, c.AtOnce), spent: map[string]*spending{},
		client: outbound.NewClient(outbound.Options{Timeout: c.Timeout + time.Second, Allowed: allowed, Transport: opt.Transport})}
}

// Asks reports whether any plugin is asked about items. A nil service asks
// nobody.
func (s *Service) Asks() bool {
	return s != nil && slices.ContainsFunc(s.all(), func(p *peer) bool { return p.Kind.ofItems() })
}

// Answer is what the plugins say of an item.
type Answer struct {
	Scores  []jaga.Score
	Checked []jaga.Detector
	Skipped []jaga.Skip
	// Findings are what matches of matchers make, one for each matcher.
	Findings []jaga.Finding
}

// Ask asks all plugins that look at items of this kind, at the same time. open
// returns the bytes from their beginning; it is called once for each plugin. It
// never fails: what could not be asked is in Skipped.
func (s *Service) Ask(ctx context.Context, source string, f Facts, open Opener) Answer {
	return s.askAll(ctx, source, f, func(p *peer) bool {
		return p.Kind.ofItems() && (len(p.Items) == 0 || slices.Contains(p.Items, f.Kind))
	}, open)
}

// askAll is Ask of some of the plugins.
func (s *Service) askAll(ctx context.Context, source string, f Facts, which func(*peer) bool, open Opener) Answer {
	type one struct {
		answered
		skip *jaga.Skip
	}
	var asked []*peer
	for _, p := range s.all() {
		if which(p) {
			asked = append(asked, p)
		}
	}
	answers := make([]one, len(asked))
	var wg sync.WaitGroup
	for i, p := range asked {
		wg.Go(func() {
			answers[i].answered, answers[i].skip = p.ask(ctx, source, f, open)
		})
	}
	wg.Wait()
	var out Answer
	for i, p := range asked {
		switch a := answers[i]; {
		case a.skip == notMine:
		case a.skip != nil:
			out.Skipped = append(out.Skipped, *a.skip)
		default:
			out.Scores = append(out.Scores, a.scores...)
			out.Checked = append(out.Checked, p.Detector())
			if f, ok := p.finding(a.listed); ok {
				out.Findings = append(out.Findings, f)
			}
		}
	}
	return out
}

// answered is what a plugin answered about an item.
type answered struct {
	scores  []jaga.Score
	listed  []jaga.Listed
	uttered []Utterance
}

// finding is what the matches of a matcher make, with its form and band.
func (p *peer) finding(listed []jaga.Listed) (jaga.Finding, bool) {
	var because []jaga.Reason
	for i := range listed {
		because = append(because, jaga.Reason{Listed: &listed[i]})
	}
	f, err := jaga.NewFinding(p.Form, p.Band, because, nil)
	return f, err == nil // it refuses nothing but that there is no reason
}
