package policy

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/jaga-project/jaga"
)

// Limits of an expression. They are far above what people write and far below
// what makes a server slow.
const (
	// MaxExpression is the longest expression, in bytes.
	MaxExpression = 4096
	// maxDepth is how deep an expression may be nested.
	maxDepth = 40
	// MaxCost is the most that an evaluation may cost, in CEL's units, of which
	// looking at one fact is about one. It is checked when a rule is saved,
	// for the largest facts there can be, and again while it is evaluated.
	// Two loops over the indicators fit; two loops over the matches, of which
	// there may be a thousand each, do not.
	MaxCost = 250_000
)

// The largest sizes that the cost of an expression is worked out for. More
// matches than intake keeps (1,000) do not come; evaluation has a limit of its
// own for what nobody foresaw.
const (
	manyMatches    = 1000
	manyIndicators = 100
	manyEarlier    = 100
	manyWords      = 50
	longestText    = 128
)

// language is CEL as rules speak it: the facts, the bands as numbers, and of
// the standard library what rules need. There are no regular expressions, no
// conversions and no clock.
type language struct {
	schema *schema
	env    *cel.Env
}

var theLanguage = sync.OnceValues(newLanguage)

func newLanguage() (*language, error) {
	s := newSchema()
	base := types.NewEmptyRegistry()
	functions := []*env.Function{}
	for _, name := range []string{
		operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional, operators.NotStrictlyFalse,
		operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
		operators.In, operators.Add, operators.Subtract, operators.Index, operators.Negate,
		"size", "startsWith", "endsWith", "contains",
	} {
		functions = append(functions, env.NewFunction(name))
	}
	opts := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(env.NewLibrarySubset().AddIncludedFunctions(functions...).AddIncludedMacros("has", "all", "exists", "exists_one", "filter", "map"))),
		cel.CustomTypeProvider(provider{base, s}),
		cel.CustomTypeAdapter(adapter{s}),
		cel.ParserRecursionLimit(maxDepth),
		cel.ParserExpressionSizeLimit(MaxExpression),
		cel.ParserErrorRecoveryLimit(4),
		cel.EnableMacroCallTracking(),
		cel.HomogeneousAggregateLiterals(),
	}
	for _, f := range s.top.Fields {
		opts = append(opts, cel.VariableWithDoc(f.Name, f.celType, f.Doc))
	}
	for _, b := range []jaga.Band{jaga.BandNone, jaga.BandObserve, jaga.BandReview, jaga.BandUrgent} {
		opts = append(opts, cel.Constant(strings.ToUpper(b.String()), types.IntType, types.Int(b)))
	}
	e, err := cel.NewCustomEnv(opts...)
	if err != nil {
		return nil, fmt.Errorf("set up the language of rules: %w", err)
	}
	return &language{s, e}, nil
}

// expression is a question that was checked and can be asked.
type expression struct {
	text    string
	ast     *cel.Ast
	fast    cel.Program // answers
	slow    cel.Program // answers and remembers every part
	cost    uint64      // the most it can cost
	asksHas bool        // it asks whether a fact is known
	scores  bool        // it asks for scores of plugins
}

func invalid(field, hint, format string, args ...any) error {
	return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// compile checks an expression: grammar, names, types, words of closed sets,
// and what it can cost.
func (l *language) compile(text string) (*expression, error) {
	const field = "when"
	if strings.TrimSpace(text) == "" {
		return nil, invalid(field, `a rule that always holds has when = "true"`, "there is no expression")
	}
	if len(text) > MaxExpression {
		return nil, invalid(field, "split the rule", "the expression has %d bytes, more than %d", len(text), MaxExpression)
	}
	tree, issues := l.env.Compile(text)
	if issues != nil && issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, invalid(field, "docs/rules.md has the facts and worked examples", "line %d, column %d: %s", first.Location.Line(), first.Location.Column()+1, plainIssue(first.Message))
	}
	if tree.OutputType() != types.BoolType {
		return nil, invalid(field, "compare it with something, as in band >= REVIEW", "the expression is %s and not true or false", tree.OutputType())
	}
	x := &expression{text: text, ast: tree}
	if err := l.words(tree, x); err != nil {
		return nil, err
	}
	estimate, err := l.env.EstimateCost(tree, sizes{})
	if err != nil {
		return nil, invalid(field, "", "what it costs cannot be worked out: %v", err)
	}
	if x.cost = estimate.Max; x.cost > MaxCost {
		return nil, invalid(field, "avoid a loop inside a loop; ask the narrower question first", "it can cost %s, and %d is the most", figure(x.cost), MaxCost)
	}
	if x.fast, err = l.env.Program(tree, cel.CostLimit(MaxCost)); err == nil {
		x.slow, err = l.env.Program(tree, cel.CostLimit(MaxCost), cel.EvalOptions(cel.OptTrackState))
	}
	if err != nil {
		return nil, invalid(field, "", "it cannot be prepared: %v", err)
	}
	return x, nil
}

// figure writes a cost; one that has no bound is said so.
func figure(n uint64) string {
	if n > 1<<60 {
		return "more than can be counted"
	}
	return fmt.Sprint(n)
}

// plainIssue is a message of CEL in words for people who write rules.
func plainIssue(msg string) string {
	msg, _, _ = strings.Cut(msg, "\n")
	msg = strings.ReplaceAll(msg, " (in container '')", "")
	msg = strings.ReplaceAll(msg, "undeclared reference to", "there is no fact or function")
	msg = strings.ReplaceAll(msg, "undefined field", "there is no fact")
	const longest = 200
	if len(msg) > longest {
		msg = strings.ToValidUTF8(msg[:longest], "") + "…"
	}
	return msg
}

// sizes says how large facts can be.
type sizes struct{}

func (sizes) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	most := uint64(longestText)
	if n.Type().Kind() == types.ListKind {
		most = manyWords
		if path := n.Path(); len(path) > 0 {
			switch path[len(path)-1] {
			case "matches":
				most = manyMatches
			case "indicators", "counter":
				most = manyIndicators
			case "earlier":
				most = manyEarlier
			}
		}
	}
	e := cost.RangedSizeEstimate(0, most)
	return &e
}

func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

// words refuses text that a fact can never have: a form that does not exist
// would make a rule that silently never fires. It also notes whether the rule
// asks has().
func (l *language) words(tree *cel.Ast, x *expression) error {
	root := ast.NavigateAST(tree.NativeRep())
	var wrong error
	say := func(e ast.Expr, set, value string) {
		if wrong == nil {
			loc := tree.NativeRep().SourceInfo().GetStartLocation(e.ID())
			wrong = invalid("when", near(set, value), "line %d, column %d: %s is never %q", loc.Line(), loc.Column()+1, set, value)
		}
	}
	for _, n := range ast.MatchDescendants(root, ast.AllMatcher()) {
		if n.Kind() == ast.IdentKind && n.AsIdent() == "scores" {
			x.scores = true
		}
		if n.Kind() == ast.SelectKind && n.AsSelect().IsTestOnly() {
			x.asksHas = true
		}
		if n.Kind() != ast.CallKind {
			continue
		}
		call := n.AsCall()
		switch call.FunctionName() {
		case operators.Equals, operators.NotEquals:
			a, b := call.Args()[0], call.Args()[1]
			for _, pair := range [][2]ast.Expr{{a, b}, {b, a}} {
				set := l.setOf(tree, pair[0])
				if value, ok := text(pair[1]); ok && !allowed(set, value) {
					say(pair[1], set, value)
				}
			}
		case operators.In:
			item, list := call.Args()[0], call.Args()[1]
			if set := l.setOf(tree, item); set != "" && list.Kind() == ast.ListKind {
				for _, e := range list.AsList().Elements() {
					if value, ok := text(e); ok && !allowed(set, value) {
						say(e, set, value)
					}
				}
			}
			if value, ok := text(item); ok {
				if set := l.setOf(tree, list); !allowed(set, value) {
					say(item, set, value)
				}
			}
		}
	}
	return wrong
}

func text(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}

// setOf names the fact that an expression selects, such as Match.role, or "".
func (l *language) setOf(tree *cel.Ast, e ast.Expr) string {
	switch e.Kind() {
	case ast.IdentKind:
		if _, isFact := l.schema.top.byName[e.AsIdent()]; isFact {
			return e.AsIdent()
		}
	case ast.SelectKind:
		if t := tree.NativeRep().GetType(e.AsSelect().Operand().ID()); t != nil {
			if o := l.schema.objects[t.TypeName()]; o != nil {
				return o.Name + "." + e.AsSelect().FieldName()
			}
		}
	}
	return ""
}

func allowed(set, value string) bool {
	words := wordsOf(set)
	return len(words) == 0 || slices.Contains(words, value)
}

func near(set, value string) string {
	words := wordsOf(set)
	if len(words) > 20 {
		return fmt.Sprintf("docs/indicators.md has the names, such as %s", words[0])
	}
	return "it is one of " + strings.Join(words, ", ")
}
