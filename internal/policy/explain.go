package policy

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
	"cel.dev/cel-go/parser"
)

// Part is one part of an expression with the value that it had. Parts stand in
// the order in which people read them; Depth is how far a part lies inside.
type Part struct {
	Depth int    `json:"depth"`
	Text  string `json:"text"`
	// Value is true, false, a number, a text in quotes, list(N) for a list of
	// N things, "unknown", or "not asked" when the answer did not hang on it.
	Value string `json:"value"`
}

// maxParts bounds an explanation: what is longer, nobody reads.
const maxParts = 60

// Explain evaluates the rule and says which parts were true, with their values.
func (c *Compiled) Explain(f *Facts) (v Verdict, parts []Part) {
	return c.explain(c.lang.schema.activation(f))
}

func (c *Compiled) explain(facts activation) (v Verdict, parts []Part) {
	defer func() {
		if p := recover(); p != nil {
			v, parts = Verdict{Answer: Undecided, Fault: "the expression could not be evaluated"}, nil
		}
	}()
	out, details, err := c.x.slow.Eval(facts)
	v = verdict(out, err)
	if details == nil {
		return v, nil
	}
	e := explainer{tree: c.x.ast, state: details.State()}
	e.walk(c.x.ast.NativeRep().Expr(), 0)
	return v, e.parts
}

type explainer struct {
	tree  *cel.Ast
	state interpreter.EvalState
	parts []Part
}

// walk adds the part and those inside it that have something to say: truth
// values of which it is made, and the facts that are compared.
func (e *explainer) walk(x ast.Expr, depth int) {
	if len(e.parts) >= maxParts {
		return
	}
	switch x.Kind() {
	case ast.LiteralKind:
		return
	case ast.CallKind:
		e.add(x, depth)
		call := x.AsCall()
		if call.FunctionName() == operators.Index && e.score(call.Args()[0]) {
			return // a score is one fact
		}
		switch call.FunctionName() {
		case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional:
			for _, a := range e.flat(call) {
				e.walk(a, depth+1)
			}
		default:
			if call.IsMemberFunction() {
				e.walk(call.Target(), depth+1)
			}
			for _, a := range call.Args() {
				e.walk(a, depth+1)
			}
		}
	case ast.SelectKind, ast.IdentKind:
		if !constant(x) {
			e.add(x, depth)
		}
	case ast.ComprehensionKind:
		// What is inside a loop has a value for every round; the values of
		// the last one would mislead.
		e.add(x, depth)
		e.walk(x.AsComprehension().IterRange(), depth+1)
	}
}

// score reports whether a part is, or belongs to, the scores of plugins.
func (e *explainer) score(x ast.Expr) bool {
	t := e.tree.NativeRep().GetType(x.ID())
	return t != nil && t.Kind() == types.MapKind
}

// constant reports whether a name is one of the bands, which stand for
// themselves.
func constant(x ast.Expr) bool {
	return x.Kind() == ast.IdentKind && strings.ToUpper(x.AsIdent()) == x.AsIdent()
}

// flat lists what a chain of the same operator joins, without the brackets in
// between.
func (e *explainer) flat(call ast.CallExpr) (out []ast.Expr) {
	for _, a := range call.Args() {
		same := a.Kind() == ast.CallKind && a.AsCall().FunctionName() == call.FunctionName() &&
			(call.FunctionName() == operators.LogicalAnd || call.FunctionName() == operators.LogicalOr)
		if same {
			out = append(out, e.flat(a.AsCall())...)
		} else {
			out = append(out, a)
		}
	}
	return out
}

func (e *explainer) add(x ast.Expr, depth int) {
	text, err := parser.Unparse(x, e.tree.NativeRep().SourceInfo())
	if err != nil {
		return
	}
	e.parts = append(e.parts, Part{depth, clip(text), show(e.state.Value(x.ID()))})
}

const longestPart = 300

func clip(s string) string {
	if len(s) > longestPart {
		return strings.ToValidUTF8(s[:longestPart], "") + "…"
	}
	return s
}

// show writes a value for people.
func show(v ref.Val, ok bool) string {
	if !ok || v == nil {
		return "not asked"
	}
	switch v := v.(type) {
	case types.Bool, types.Int, types.Double:
		return fmt.Sprint(v.Value())
	case types.String:
		return clip(fmt.Sprintf("%q", string(v)))
	case *types.Unknown:
		return "unknown"
	case *types.Err:
		return "failed"
	case traits.Lister:
		return list(v)
	}
	return strings.ToLower(strings.TrimPrefix(v.Type().TypeName(), "jaga."))
}

// list writes a list of texts in full and any other by its length.
func list(v traits.Lister) string {
	n, _ := v.Size().(types.Int)
	var words []string
	for i := types.Int(0); i < min(n, 5); i++ {
		if s, ok := v.Get(i).(types.String); ok {
			words = append(words, fmt.Sprintf("%q", string(s)))
		}
	}
	slices.Sort(words)
	if n > 0 && len(words) == int(n) {
		return clip("[" + strings.Join(words, ", ") + "]")
	}
	return fmt.Sprintf("list(%d)", n)
}
