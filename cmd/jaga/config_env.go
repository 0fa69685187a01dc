package main

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
)

// Size is a number of bytes, written as 128MiB, 2GB or 1000.
type Size int64

var sizeUnits = []struct {
	suffix string
	factor int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

// UnmarshalText reads a whole number and a unit.
func (s *Size) UnmarshalText(text []byte) error {
	num, factor := strings.TrimSpace(string(text)), int64(1)
	for _, u := range sizeUnits {
		if n, ok := strings.CutSuffix(num, u.suffix); ok {
			num, factor = strings.TrimSpace(n), u.factor
			break
		}
	}
	n, err := strconv.ParseInt(num, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/factor {
		return fmt.Errorf("%q is not a size such as 128MiB", text)
	}
	*s = Size(n * factor)
	return nil
}

// Duration is a time span, written as 10s, 1m30s or 2h.
type Duration time.Duration

// UnmarshalText reads Go's form of a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration such as 10s", text)
	}
	*d = Duration(v)
	return nil
}

// setting is one leaf of Config.
type setting struct {
	path  string // "server.listen"; "data" for the field that is not in the file
	env   string // JAGA_SERVER_LISTEN
	field reflect.StructField
	value reflect.Value
}

// settings walks all leaves in the order of the struct.
func settings(v reflect.Value, prefix string) []setting {
	var all []setting
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if name == "-" {
			all = append(all, setting{strings.ToLower(f.Name), f.Tag.Get("env"), f, v.Field(i)})
			continue
		}
		path := name
		if prefix != "" {
			path = prefix + "." + name
		}
		if f.Type.Kind() == reflect.Struct && !reflect.PointerTo(f.Type).Implements(textType) {
			all = append(all, settings(v.Field(i), path)...)
			continue
		}
		if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct && !reflect.PointerTo(f.Type.Elem()).Implements(textType) {
			continue // a list of sections, which only the file can hold
		}
		env := "JAGA_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
		all = append(all, setting{path, env, f, v.Field(i)})
	}
	return all
}

var textType = reflect.TypeFor[encoding.TextUnmarshaler]()

func setDefaults(v reflect.Value) error {
	for _, s := range settings(v, "") {
		if text := s.field.Tag.Get("default"); text != "" {
			if err := setText(s.value, text); err != nil {
				return fmt.Errorf("default of %s: %w", s.path, err)
			}
		}
	}
	return nil
}

// overlay sets what the environment says. Lists are separated by commas.
func overlay(cfg *Config, env map[string]string) error {
	all := settings(reflect.ValueOf(cfg).Elem(), "")
	known := []string{"JAGA_CONFIG", "JAGA_URL", "JAGA_KEY"}
	for _, s := range all {
		known = append(known, s.env)
		text, ok := env[s.env]
		if !ok || s.path == "data" {
			continue
		}
		if err := setText(s.value, text); err != nil {
			e := jaga.Errorf(jaga.CodeInvalid, "%w", err)
			e.Field = s.env
			return e
		}
	}
	for name := range env {
		if !slices.Contains(known, name) {
			e := jaga.Errorf(jaga.CodeInvalid, "there is no such setting")
			e.Field, e.Hint = name, "docs/configuration.md lists all settings; unset the variable"
			return e
		}
	}
	return nil
}

// jagaEnviron picks the variables that are settings. Left out are the
// variables of the test scripts, and the JAGA_PORT… and JAGA_SERVICE… that
// Kubernetes sets in every container when a service is called jaga.
func jagaEnviron(environ []string) map[string]string {
	env := map[string]string{}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		switch {
		case !strings.HasPrefix(name, "JAGA_"),
			strings.HasPrefix(name, "JAGA_TEST_"), name == "JAGA_REQUIRE", name == "JAGA_NO_INSTALL", name == "JAGA_JAIL_READY",
			name == "JAGA_PORT", strings.HasPrefix(name, "JAGA_PORT_"), strings.HasPrefix(name, "JAGA_SERVICE_"):
			continue
		}
		if value != "" { // an empty variable is as good as none
			env[name] = value
		}
	}
	return env
}

// setText sets a field of one of the kinds that Config uses.
func setText(v reflect.Value, text string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is not true or false", text)
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		v.SetInt(n)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%q is not a number", text)
		}
		v.SetFloat(f)
	case reflect.Slice:
		list := reflect.MakeSlice(v.Type(), 0, 0)
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			item := reflect.New(v.Type().Elem()).Elem()
			if err := setText(item, part); err != nil {
				return err
			}
			list = reflect.Append(list, item)
		}
		v.Set(list)
	default:
		return fmt.Errorf("settings of kind %s cannot be set by text", v.Kind())
	}
	return nil
}
