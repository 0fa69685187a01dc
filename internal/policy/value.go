package policy

import (
	"fmt"
	"reflect"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// Field is one fact as the language and the documents know it.
type Field struct {
	Name string // within its object
	Doc  string
	Type string // string, int, bool, list(string), map(string, …) or the name of an object

	celType *types.Type
	index   int
	many    bool // a list
}

// Object is a kind of thing that has facts.
type Object struct {
	Name   string // Indicator, Match …
	Fields []Field

	celType *types.Type
	byName  map[string]int
}

// schema is what CEL must know of the types of facts.
type schema struct {
	top     *Object
	objects map[string]*Object
	byType  map[reflect.Type]*Object
	order   []*Object
}

func newSchema() *schema {
	s := &schema{objects: map[string]*Object{}, byType: map[reflect.Type]*Object{}}
	s.top = s.object(reflect.TypeFor[Facts]())
	return s
}

// Objects lists the kinds of things that have facts, Facts itself first.
func Objects() []Object {
	var out []Object
	s := newSchema()
	for _, o := range s.order {
		out = append(out, *o)
	}
	return out
}

func (s *schema) object(t reflect.Type) *Object {
	if o := s.byType[t]; o != nil {
		return o
	}
	o := &Object{Name: t.Name(), celType: types.NewObjectType("jaga." + t.Name()), byName: map[string]int{}}
	s.byType[t], s.objects["jaga."+t.Name()] = o, o
	s.order = append(s.order, o)
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		field := Field{Name: name, Doc: f.Tag.Get("doc"), index: i}
		inner := f.Type
		if inner.Implements(reflect.TypeFor[fact]()) {
			inner = inner.Field(0).Type
		}
		field.celType, field.Type, field.many = s.typeOf(inner)
		o.byName[name] = len(o.Fields)
		o.Fields = append(o.Fields, field)
	}
	return o
}

func (s *schema) typeOf(t reflect.Type) (*types.Type, string, bool) {
	switch t.Kind() {
	case reflect.String:
		return types.StringType, "string", false
	case reflect.Bool:
		return types.BoolType, "bool", false
	case reflect.Int64, reflect.Uint8: // a band is a number to CEL
		return types.IntType, "int", false
	case reflect.Float64:
		return types.DoubleType, "double", false
	case reflect.Map: // by names
		of, name, _ := s.typeOf(t.Elem())
		return types.NewMapType(types.StringType, of), "map(string, " + name + ")", false
	case reflect.Slice:
		of, name, _ := s.typeOf(t.Elem())
		return types.NewListType(of), "list(" + name + ")", true
	}
	o := s.object(t)
	return o.celType, o.Name, false
}

// provider tells CEL the fields of objects, so that a name that does not exist
// is found when a rule is saved.
type provider struct {
	types.Provider
	schema *schema
}

func (p provider) FindStructType(name string) (*types.Type, bool) {
	if o := p.schema.objects[name]; o != nil {
		return types.NewTypeTypeWithParam(o.celType), true
	}
	return p.Provider.FindStructType(name)
}

func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	o := p.schema.objects[name]
	if o == nil {
		return p.Provider.FindStructFieldNames(name)
	}
	var names []string
	for _, f := range o.Fields {
		names = append(names, f.Name)
	}
	return names, true
}

func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	o := p.schema.objects[name]
	if o == nil {
		return p.Provider.FindStructFieldType(name, field)
	}
	i, ok := o.byName[field]
	if !ok {
		return nil, false
	}
	return &types.FieldType{Type: o.Fields[i].celType}, true
}

// NewValue is refused: facts come from outside of a rule.
func (p provider) NewValue(name string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("a rule cannot make a %s", name)
}

// adapter hands Go values of facts to CEL.
type adapter struct{ schema *schema }

func (a adapter) NativeToValue(v any) ref.Val {
	switch v := v.(type) {
	case ref.Val:
		return v
	case string:
		return types.String(v)
	case int64:
		return types.Int(v)
	case bool:
		return types.Bool(v)
	case Scores:
		return scoreTable{scores: v}
	}
	r := reflect.ValueOf(v)
	if r.IsValid() {
		if o := a.schema.byType[r.Type()]; o != nil {
			return object{o, r, strings.ToLower(o.Name), a}
		}
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}

// object is a struct of facts as CEL sees it. A fact that is unknown is CEL's
// unknown, which every operation hands on unless the answer does not hang on
// it.
type object struct {
	kind *Object
	v    reflect.Value
	path string // how people name it, for what is missing
	in   adapter
}

var (
	_ ref.Val            = object{}
	_ traits.Indexer     = object{}
	_ traits.FieldTester = object{}
)

func (o object) Get(index ref.Val) ref.Val {
	f, val := o.field(index)
	if val != nil {
		return val
	}
	return value(o.in, o.v.Field(f.index), o.path, f.Name)
}

// IsSet answers has(): whether the fact is known.
func (o object) IsSet(index ref.Val) ref.Val {
	f, val := o.field(index)
	if val != nil {
		return val
	}
	opt, isOpt := o.v.Field(f.index).Interface().(fact)
	if !isOpt {
		return types.True
	}
	_, ok := opt.celValue()
	return types.Bool(ok)
}

func (o object) field(index ref.Val) (Field, ref.Val) {
	name, ok := index.(types.String)
	i, found := o.kind.byName[string(name)]
	if !ok || !found {
		return Field{}, types.NewErr("%s has no such fact", o.path)
	}
	return o.kind.Fields[i], nil
}

// value is one field as CEL sees it.
func value(in adapter, v reflect.Value, path ...string) ref.Val {
	if opt, isOpt := v.Interface().(fact); isOpt {
		known, ok := opt.celValue()
		if !ok {
			return unknown(path...)
		}
		return in.NativeToValue(known)
	}
	return object{in.schema.byType[v.Type()], v, path[len(path)-1], in}
}

func unknown(path ...string) ref.Val {
	trail := types.NewAttributeTrail(path[0])
	for _, p := range path[1:] {
		trail = types.QualifyAttribute[string](trail, p)
	}
	return types.NewUnknown(0, trail)
}

// activation is the facts as CEL asks for them.
type activation struct {
	in  adapter
	v   reflect.Value
	top *Object
}

func (s *schema) activation(f *Facts) activation {
	return activation{adapter{s}, reflect.ValueOf(f).Elem(), s.top}
}

// ResolveName returns a fact by its name.
func (a activation) ResolveName(name string) (any, bool) {
	i, ok := a.top.byName[name]
	if !ok {
		return nil, false
	}
	return value(a.in, a.v.Field(a.top.Fields[i].index), name), true
}

// Parent is part of CEL's interface; facts have none.
func (a activation) Parent() cel.Activation { return nil }

func (o object) ConvertToNative(reflect.Type) (any, error) {
	return nil, fmt.Errorf("facts are not converted")
}

func (o object) ConvertToType(t ref.Type) ref.Val {
	if t == types.TypeType {
		return o.kind.celType
	}
	return types.NewErr("facts are not converted")
}

// Equal is refused: whether two objects with unknown facts are equal is not
// known, and no rule needs it.
func (o object) Equal(ref.Val) ref.Val {
	return types.NewErr("objects are not compared; compare one fact")
}

func (o object) Type() ref.Type { return o.kind.celType }

func (o object) Value() any { return o }
