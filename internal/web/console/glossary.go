package console

import (
	"net/http"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
)

type glossaryPage struct {
	page
	Families     []family
	Modifiers    []indicator.Modifier
	Beside       []convo.Sign
	Combinations []indicator.Combination
	Count        int
}

type family struct {
	ID         indicator.Family
	Name       string
	Indicators []indicator.Indicator
}

// In returns a text of the catalogue in the reader's language.
func (v *glossaryPage) In(l indicator.L) string { return l.In(v.Lang) }

// glossary explains everything that findings name. All of it stands on one
// page and nothing is folded, so that a browser's search finds it.
func (c *console) glossary(w http.ResponseWriter, r *http.Request) error {
	v := &glossaryPage{page: c.page(r, "conversations", c.say(r).t("glossary.title")), Modifiers: indicator.Modifiers(), Beside: convo.Beside(), Combinations: indicator.Combinations(), Count: indicator.Count}
	all := indicator.All()
	for _, id := range indicator.Families() {
		if id == indicator.Context {
			continue
		}
		f := family{ID: id, Name: id.Name().In(v.Lang)}
		for _, e := range all {
			if e.Family == id {
				f.Indicators = append(f.Indicators, e)
			}
		}
		v.Families = append(v.Families, f)
	}
	return c.render(w, r, http.StatusOK, "glossary", v)
}
