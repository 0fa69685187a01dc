package plugin

import (
	"context"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// spending is what was asked in a day. written is what the database knows.
type spending struct{ asked, failed, wroteAsked, wroteFailed int }

// spend takes one question out of the budget.
func (p *peer) spend(source string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn()
	if p.PerDay > 0 && p.of("").asked >= p.PerDay {
		return failure{jaga.WhyBudget, "it was asked as often as a day allows"}
	}
	if p.PerSource > 0 && p.of(source).asked >= p.PerSource {
		return failure{jaga.WhyBudget, "it was asked as often as a day allows for this source"}
	}
	p.count(source, func(s *spending) { s.asked++ })
	return nil
}

// refund gives a question back that was not asked.
func (p *peer) refund(source string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count(source, func(s *spending) { s.asked = max(0, s.asked-1) })
}

// turn begins a new day. mu is held.
func (p *peer) turn() {
	if day := p.now().UTC().Format(time.DateOnly); day != p.day {
		p.day, p.spent = day, map[string]*spending{}
	}
}

// of returns the spending of a source; "" is that of all. mu is held.
func (p *peer) of(source string) *spending {
	s := p.spent[source]
	if s == nil {
		s = &spending{}
		p.spent[source] = s
	}
	return s
}

// count changes the spending of all and of one source. mu is held.
func (p *peer) count(source string, change func(*spending)) {
	change(p.of(""))
	if source != "" {
		change(p.of(source))
	}
}

// loadBudget reads what a plugin was asked today already, before anybody asks it.
func (s *Service) loadBudget(ctx context.Context, p *peer) error {
	p.day = s.opt.Now().UTC().Format(time.DateOnly)
	return s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[struct {
			Source        string
			Asked, Failed int
		}](tx, `SELECT source, asked, failed FROM plugin_days WHERE day = $1 AND plugin = $2`, p.day, p.Name)
		for _, r := range rows {
			p.spent[r.Source] = &spending{r.Asked, r.Failed, r.Asked, r.Failed}
		}
		return err
	})
}

// Run writes what was asked to the database every few seconds, until ctx ends,
// and once more then. A process that is killed forgets the last seconds of its
// budgets.
func (s *Service) Run(ctx context.Context) {
	every := time.NewTicker(5 * time.Second)
	defer every.Stop()
	for ctx.Err() == nil {
		select {
		case <-every.C:
		case <-ctx.Done():
		}
		if err := s.Flush(context.WithoutCancel(ctx)); err != nil {
			s.opt.Log.Error("write the budgets of plugins", "error", err)
		}
	}
}

// alarm tells of plugins that are left alone, once until each answers again.
func (s *Service) alarm(ctx context.Context) {
	for _, p := range s.all() {
		tripped := p.breakers.Tripped(p.Name)
		p.mu.Lock()
		tell := tripped && !p.told
		p.told = tripped
		p.mu.Unlock()
		if !tell {
			continue
		}
		s.opt.Log.Warn("a plugin is left alone after failures in a row; what it did not look at is not checked by it", "plugin", p.Name)
		if s.opt.Alarm == nil {
			continue
		}
		if err := s.opt.Alarm(ctx, p.Name); err != nil {
			s.opt.Log.Error("tell of a plugin that is left alone", "plugin", p.Name, "error", err)
			p.mu.Lock()
			p.told = false
			p.mu.Unlock()
		}
	}
}

// Flush writes what was asked to the database, forgets other days than the last
// 30, and tells of plugins that are left alone.
func (s *Service) Flush(ctx context.Context) error {
	s.alarm(ctx)
	type row struct {
		plugin, day, source string
		asked, failed       int
		of                  *spending
	}
	var rows []row
	for _, p := range s.all() {
		p.mu.Lock()
		for source, x := range p.spent {
			if x.asked != x.wroteAsked || x.failed != x.wroteFailed {
				rows = append(rows, row{p.Name, p.day, source, x.asked, x.failed, x})
			}
		}
		p.mu.Unlock()
	}
	if len(rows) == 0 {
		return nil
	}
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		for _, r := range rows {
			if _, err := tx.Exec(`INSERT INTO plugin_days (plugin, day, source, asked, failed) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (plugin, day, source) DO UPDATE SET asked = excluded.asked, failed = excluded.failed`, r.plugin, r.day, r.source, r.asked, r.failed); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`DELETE FROM plugin_days WHERE day < $1`, s.opt.Now().UTC().AddDate(0, 0, -30).Format(time.DateOnly))
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range s.all() {
		p.mu.Lock()
		for _, r := range rows {
			if r.plugin == p.Name {
				r.of.wroteAsked, r.of.wroteFailed = r.asked, r.failed
			}
		}
		p.mu.Unlock()
	}
	return nil
}
