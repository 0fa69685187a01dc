package policy

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// quote writes a text as TOML. Long texts, and those with several lines, take
// the form that keeps the lines.
func quote(s string) string {
	if strings.Contains(s, "\n") && !strings.Contains(s, "'''") && !strings.ContainsFunc(s, control) && !strings.HasSuffix(s, "'") {
		return "'''\n" + s + "'''"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func control(r rune) bool { return r < 0x20 && r != '\n' && r != '\t' || r == 0x7f }

// decimal writes a number so that TOML takes it for one with decimals.
func decimal(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// writeFacts writes the facts that are known as a table: a line for each fact,
// objects and lists within the line.
func writeFacts(b *strings.Builder, table string, f Facts) {
	fmt.Fprintf(b, "[%s]\n", table)
	v := reflect.ValueOf(f)
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if text := inline(v.Field(i)); text != "" {
			fmt.Fprintf(b, "%s = %s\n", name, text)
		}
	}
}

// inline writes a fact as a value of TOML, and nothing for one that is unknown.
func inline(v reflect.Value) string {
	if opt, ok := v.Interface().(fact); ok {
		if _, known := opt.celValue(); !known {
			return ""
		}
		v = reflect.ValueOf(opt.raw())
	}
	switch v.Kind() {
	case reflect.String:
		return quote(v.String())
	case reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = inline(v.Index(i))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case reflect.Struct:
		var parts []string
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if text := inline(v.Field(i)); text != "" {
				parts = append(parts, name+" = "+text)
			}
		}
		if len(parts) == 0 && v.Type() != reflect.TypeFor[Indicator]() && v.Type() != reflect.TypeFor[Match]() && v.Type() != reflect.TypeFor[Earlier]() {
			return "" // an object of which nothing is known
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	// Numbers, bands and truth values are written as in JSON.
	data, err := json.Marshal(v.Interface())
	if err != nil {
		return ""
	}
	return string(data)
}
