package law

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
)

//go:embed profiles/*.toml
var embedded embed.FS

// Origin says where a profile comes from, and how much that is worth.
type Origin string

// The origins.
const (
	BuiltIn  Origin = "built_in" // comes with the program
	Signed   Origin = "signed"   // an operator's, signed by a known key
	Unsigned Origin = "unsigned" // an operator's, allowed without a signature
)

// Loaded is a profile with where it comes from.
type Loaded struct {
	*Profile
	File   string
	Text   []byte // the file as it was read
	Origin Origin
	// SignedBy is the name of the key.
	SignedBy string
	// Newer is the version of the built-in profile that this one replaces, when
	// it is newer than this one's: somebody should look what has changed.
	Newer int
}

// Options are how an operator's profiles are read.
type Options struct {
	// Folder holds the operator's profiles, NAME.toml with NAME.toml.sig beside
	// each; nil is none.
	Folder fs.FS
	// Verifiers are the public keys of whoever may sign them.
	Verifiers []string
	// AllowUnsigned takes profiles without a signature. One with a wrong
	// signature is refused all the same.
	AllowUnsigned bool
}

// BuiltInProfiles returns the profiles that come with the program, by id.
func BuiltInProfiles() ([]Loaded, error) {
	names, err := fs.Glob(embedded, "profiles/*.toml")
	if err != nil {
		return nil, err
	}
	var out []Loaded
	for _, name := range names {
		text, err := embedded.ReadFile(name)
		if err != nil {
			return nil, err
		}
		p, err := Parse(path.Base(name), text)
		if err != nil {
			return nil, err
		}
		out = append(out, Loaded{Profile: p, File: path.Base(name), Text: text, Origin: BuiltIn})
	}
	return out, nil
}

// Load returns the profiles that come with the program and the operator's, by
// id. One of the operator's replaces the built-in one with its id. The folder is
// refused whole when anything in it is wrong.
func Load(opt Options) ([]Loaded, error) {
	out, err := BuiltInProfiles()
	if err != nil || opt.Folder == nil {
		return out, err
	}
	names, err := fs.Glob(opt.Folder, "*.toml")
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(opt.Folder, "."); err != nil {
		e := jaga.Errorf(jaga.CodeNotFound, "read the folder of profiles: %w", err)
		e.Field = "law.folder"
		return nil, e
	}
	seen := map[string]string{}
	for _, name := range names {
		l, err := loadOne(opt, name)
		if err != nil {
			return nil, err
		}
		if other := seen[l.ID]; other != "" {
			return nil, invalid(name, "%s has the id %s as well", other, l.ID)
		}
		seen[l.ID] = name
		at := slices.IndexFunc(out, func(o Loaded) bool { return o.ID == l.ID })
		if at < 0 {
			out = append(out, l)
			continue
		}
		if l.Version == out[at].Version {
			return nil, invalid(name+": version", "the profile %s of the program has version %d too; raise yours", l.ID, l.Version)
		}
		if l.Version < out[at].Version {
			l.Newer = out[at].Version
		}
		out[at] = l
	}
	slices.SortFunc(out, func(a, b Loaded) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

func loadOne(opt Options, name string) (Loaded, error) {
	text, err := fs.ReadFile(opt.Folder, name)
	if err != nil {
		return Loaded{}, fmt.Errorf("read profile: %w", err)
	}
	p, err := Parse(name, text)
	if err != nil {
		return Loaded{}, err
	}
	l := Loaded{Profile: p, File: name, Text: text, Origin: Unsigned}
	sig, err := fs.ReadFile(opt.Folder, SignatureName(name))
	switch {
	case errors.Is(err, fs.ErrNotExist) && opt.AllowUnsigned:
		return l, nil
	case errors.Is(err, fs.ErrNotExist):
		e := jaga.Errorf(jaga.CodeDenied, "read profile: it is not signed")
		e.Field, e.Hint = name, "sign it with `jaga law sign "+name+"`, or set law.allow_unsigned"
		return Loaded{}, e
	case err != nil:
		return Loaded{}, fmt.Errorf("read signature: %w", err)
	}
	if l.SignedBy, err = Verify(p, text, string(sig), opt.Verifiers); err != nil {
		return Loaded{}, err
	}
	l.Origin = Signed
	return l, nil
}

// Choose returns the profiles with the ids, in their order. An id that no
// profile has is refused.
func Choose(all []Loaded, ids []string) (Set, error) {
	var out Set
	for _, id := range ids {
		at := slices.IndexFunc(all, func(l Loaded) bool { return l.ID == id })
		if at < 0 {
			var have []string
			for _, l := range all {
				have = append(have, l.ID)
			}
			e := jaga.Errorf(jaga.CodeNotFound, "there is no profile %q", id)
			e.Field, e.Hint = "law.profiles", "the profiles are "+strings.Join(have, ", ")
			return nil, e
		}
		if !slices.Contains(out, all[at].Profile) {
			out = append(out, all[at].Profile)
		}
	}
	return out, nil
}
