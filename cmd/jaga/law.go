package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/datadir"
	"github.com/jaga-project/jaga/internal/durable"
	"github.com/jaga-project/jaga/internal/law"
)

func (a *app) lawCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "law",
		Short: "Look at jurisdiction profiles, check and sign your own",
		Long: `Look at jurisdiction profiles: what laws ask of whoever runs Jaga, as data.
docs/law.md describes them. ` + law.NotAdvice().EN,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.lawListCmd(), a.lawShowCmd(), a.lawCheckCmd(), a.lawSignCmd())
	return cmd
}

// laws reads all profiles as the configuration says, and which are in force.
func (a *app) laws() (all []law.Loaded, inForce law.Set, err error) {
	opt := law.Options{Verifiers: a.cfg.Law.Signers, AllowUnsigned: a.cfg.Law.AllowUnsigned}
	if a.cfg.Law.Folder != "" {
		opt.Folder = os.DirFS(a.cfg.Law.Folder)
		who, err := datadir.ReadIdentity(a.cfg.Data)
		switch {
		case err == nil:
			opt.Verifiers = append([]string{who.CustodyVerifier}, opt.Verifiers...)
		case jaga.CodeOf(err) != jaga.CodeNotFound:
			return nil, nil, err
		}
	}
	if all, err = law.Load(opt); err != nil {
		return nil, nil, err
	}
	inForce, err = law.Choose(all, a.cfg.Law.Profiles)
	return all, inForce, err
}

// lawListed is what law list tells of a profile.
type lawListed struct {
	ID       string     `json:"id"`
	Version  int        `json:"version"`
	Name     string     `json:"name"`
	Origin   law.Origin `json:"origin"`
	SignedBy string     `json:"signed_by,omitempty"`
	Reviewed bool       `json:"reviewed"`
	InForce  bool       `json:"in_force"`
	Newer    int        `json:"newer,omitempty"`
	// Conflicts are the questions on which it and others in force differ.
	Conflicts []lawConflict `json:"conflicts,omitempty"`
}

// lawConflict is a question on which profiles in force do not say the same.
type lawConflict struct {
	About    string   `json:"about"`
	Why      string   `json:"why"`
	Profiles []string `json:"profiles"`
	Say      string   `json:"say"`
}

// lawConflicts are the conflicts between the profiles in force now.
func lawConflicts(inForce law.Set) (out []lawConflict) {
	for _, d := range inForce.Disagreements(time.Now()) {
		out = append(out, lawConflict{d.About.EN, d.Why, d.Profiles, d.Say.EN})
	}
	return out
}

func (a *app) lawListCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the profiles, where they come from and which are in force",
		Long: `List the profiles, where they come from and which are in force, and on what those
in force do not say the same.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := a.load(); err != nil {
				return err
			}
			all, inForce, err := a.laws()
			if err != nil {
				return err
			}
			conflicts := lawConflicts(inForce)
			list := []lawListed{}
			for _, l := range all {
				one := lawListed{ID: l.ID, Version: l.Version, Name: l.Name.EN, Origin: l.Origin, SignedBy: l.SignedBy, Reviewed: l.Reviewed(), Newer: l.Newer}
				for _, p := range inForce {
					one.InForce = one.InForce || p == l.Profile
				}
				for _, c := range conflicts {
					if one.InForce && slices.Contains(c.Profiles, l.ID) {
						one.Conflicts = append(one.Conflicts, c)
					}
				}
				list = append(list, one)
			}
			if a.json {
				return a.printJSON(list)
			}
			w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "PROFILE\tIN FORCE\tFROM\tREVIEWED\tNAME")
			for _, l := range list {
				fmt.Fprintf(w, "%s/%d\t%s\t%s\t%s\t%s\n", l.ID, l.Version, yesNo(l.InForce), l.from(), yesNo(l.Reviewed), printable(l.Name))
			}
			if err := w.Flush(); err != nil {
				return fmt.Errorf("write result: %w", err)
			}
			for i, c := range conflicts {
				if i == 0 {
					fmt.Fprintln(a.Out, "\nThe profiles in force do not say the same. A person decides what counts:")
				}
				fmt.Fprintf(a.Out, "  %s (%s): %s\n", c.About, strings.Join(c.Profiles, ", "), c.Say)
			}
			a.notef("%s", law.NotAdvice().EN)
			return nil
		},
	}
}

// from says where a profile comes from.
func (l lawListed) from() string {
	text := map[law.Origin]string{law.BuiltIn: "the program", law.Signed: "signed by " + printable(l.SignedBy), law.Unsigned: "NOT SIGNED"}[l.Origin]
	if l.Newer > 0 {
		text += fmt.Sprintf(" (the program has version %d)", l.Newer)
	}
	return text
}

func yesNo(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}

// examineLaws looks whether the profiles in force can be read, and whether they
// say the same.
func (a *app) examineLaws() []examined {
	_, inForce, err := a.laws()
	switch {
	case err != nil:
		return []examined{{"laws", "bad", err.Error(), hintOf(err)}}
	case len(inForce) == 0:
		return []examined{{"laws", "note", "no profile is in force: no case is due, and nothing says how long evidence is kept", "name yours in law.profiles; jaga law list shows them"}}
	}
	var ids []string
	for _, p := range inForce {
		ids = append(ids, p.ID)
	}
	all := []examined{{"laws", "ok", "in force: " + strings.Join(ids, ", "), ""}}
	for _, c := range lawConflicts(inForce) {
		all = append(all, examined{"laws", "note", c.About + " (" + strings.Join(c.Profiles, ", ") + "): " + c.Say, ""})
	}
	return all
}

func (a *app) lawShowCmd() *cobra.Command {
	var lang string
	var file bool
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Print a profile for people, or its file",
		Example: "  jaga law show uk-csea\n  jaga law show --lang id id-komdigi\n  jaga law show --file id-komdigi > laws/id-komdigi.toml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if lang != "en" && lang != "id" {
				return errorf(jaga.CodeInvalid, "the languages are en and id", "there is no language %q", lang)
			}
			if err := a.load(); err != nil {
				return err
			}
			all, _, err := a.laws()
			if err != nil {
				return err
			}
			set, err := law.Choose(all, args)
			if err != nil {
				return err
			}
			for _, l := range all {
				if l.Profile != set[0] {
					continue
				}
				switch {
				case file:
					_, err = a.Out.Write(l.Text)
				case a.json:
					err = a.printJSON(l.Profile)
				default:
					_, err = fmt.Fprintf(a.Out, "%s\n> %s\n", l.Write(lang), law.NotAdvice().In(lang))
				}
			}
			return err
		},
	}
	cmd.Flags().StringVar(&lang, "lang", "en", "`LANGUAGE` of the text: en or id")
	cmd.Flags().BoolVar(&file, "file", false, "print the file, to begin one of your own with")
	return cmd
}

// readProfile reads the file of a profile.
func readProfile(name string) ([]byte, *law.Profile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, errorf(jaga.CodeNotFound, "", "read profile: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, law.MaxFile+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read profile: %w", err)
	}
	p, err := law.Parse(name, text)
	return text, p, err
}

func (a *app) lawCheckCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Check the file of a profile, and its signature where there is one",
		Long: `Check the file of a profile, and its signature where FILE.sig is there.

Exit status: 0 the file can be used; 1 it is refused, and the message says where
and why.`,
		Example: "  jaga law check laws/id-komdigi.toml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.load(); err != nil {
				return err
			}
			text, p, err := readProfile(args[0])
			if err != nil {
				return err
			}
			result := struct {
				ID       string `json:"id"`
				Version  int    `json:"version"`
				Reviewed bool   `json:"reviewed"`
				SignedBy string `json:"signed_by"`
			}{p.ID, p.Version, p.Reviewed(), ""}
			sig, err := os.ReadFile(law.SignatureName(args[0]))
			if err == nil {
				keys := a.cfg.Law.Signers
				if who, err := datadir.ReadIdentity(a.cfg.Data); err == nil {
					keys = append([]string{who.CustodyVerifier}, keys...)
				}
				if result.SignedBy, err = law.Verify(p, text, string(sig), keys); err != nil {
					return err
				}
			} else if !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("read signature: %w", err)
			}
			if a.json {
				return a.printJSON(result)
			}
			signed := "it is not signed"
			if result.SignedBy != "" {
				signed = "signed by " + printable(result.SignedBy)
			}
			reviewed := "not every fact names who reviewed it"
			if result.Reviewed {
				reviewed = "every fact names who reviewed it"
			}
			_, err = fmt.Fprintf(a.Out, "%s/%d can be used; %s; %s\n", p.ID, p.Version, signed, reviewed)
			return err
		},
	}
}

func (a *app) lawSignCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "sign FILE",
		Short: "Sign the file of a profile with the key of the installation",
		Long: `Sign the file of a profile with the key of the installation. The signature is
written to FILE.sig, and the public key that belongs to it is printed, for
law.signers of other installations. Whoever signs says that the file is meant to
be used, not that its law is right.`,
		Example: "  jaga law sign laws/id-komdigi.toml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.load(); err != nil {
				return err
			}
			text, p, err := readProfile(args[0])
			if err != nil {
				return err
			}
			who, err := datadir.ReadIdentity(a.cfg.Data)
			if err != nil {
				return err
			}
			sig, err := law.Sign(args[0], text, who.CustodySigner)
			if err != nil {
				return err
			}
			if err := durable.WriteFile(law.SignatureName(args[0]), []byte(sig), 0o644); err != nil {
				return fmt.Errorf("write signature: %w", err)
			}
			a.notef("signed %s/%d: %s", p.ID, p.Version, law.SignatureName(filepath.Base(args[0])))
			_, err = fmt.Fprintln(a.Out, strings.TrimSpace(who.CustodyVerifier))
			return err
		},
	}
}
