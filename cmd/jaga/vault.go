package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/datadir"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/vault"
)

func (a *app) vaultCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "vault",
		Short: "Look after the vault of sealed evidence: keys, officers, damage",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.vaultStatusCmd(), a.vaultVerifyCmd(), a.vaultRotateCmd(), a.vaultOfficersCmd(), a.vaultOfficerKeyCmd(), a.vaultRecoverCmd())
	return cmd
}

// readEvidence opens the vault for looking, beside a server that may be running.
func (a *app) readEvidence(ctx context.Context, r *reader) (*evidence.Service, error) {
	used, err := evidence.Used(ctx, r.db)
	if err == nil && !used {
		err = errorf(jaga.CodeNotFound, "start `jaga serve` once; it makes the vault", "there is no vault yet")
	}
	if err != nil {
		return nil, err
	}
	keys, err := a.vaultKeys(ctx, r.db, false)
	if err != nil {
		return nil, err
	}
	blobs, err := a.cfg.blobs()
	if err != nil {
		return nil, err
	}
	return evidence.Open(ctx, r.db, evidence.Options{Keys: keys, Blobs: blobs})
}

// vaultStatus is what `jaga vault status --json` prints.
type vaultStatus struct {
	Place      string   `json:"place"`
	Quarantine int64    `json:"quarantine"`
	Kept       int64    `json:"kept"`
	Destroyed  int64    `json:"destroyed"`
	Bytes      int64    `json:"bytes"`
	Missing    int64    `json:"missing"`
	Keys       []string `json:"keys"`
	Stale      int64    `json:"stale"`
	Officers   int64    `json:"officers"`
	Holds      int64    `json:"holds"`
	Due        int64    `json:"due"`
	Asked      int64    `json:"asked"`
}

func (a *app) vaultStatusCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show what is in the vault, and what it is sealed with",
		Long: `Show how many files are in the vault, what they are sealed with, how many are
held, and how many need not be kept any longer. Nothing is opened or changed,
and a server may be running meanwhile. Keys are named by their ids.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.load(); err != nil {
				return err
			}
			r, err := a.openReader(cmd.Context())
			if err != nil {
				return err
			}
			defer r.db.Close()
			s, err := a.readEvidence(cmd.Context(), r)
			if err != nil {
				return err
			}
			st, err := s.Status(cmd.Context())
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(vaultStatus{st.Place, st.Quarantine, st.Kept, st.Destroyed, st.Bytes, st.Missing, st.Keys, st.Stale, st.Officers, st.Holds, st.Due, st.Asked})
			}
			officers := "none; jaga vault officers sets them"
			if st.Officers > 0 {
				officers = fmt.Sprintf("any 2 of %d", st.Officers)
			}
			_, err = fmt.Fprintf(a.Out, `payloads       %s
files          %d in cases, %d in quarantine, %d destroyed
size           %d bytes
missing        %d
vault key      %s
older keys     %s
to wrap again  %d
break-glass    %s
holds          %d
due            %d need not be kept any longer
asked          %d destructions wait for a second person
`, st.Place, st.Kept, st.Quarantine, st.Destroyed, st.Bytes, st.Missing, st.Keys[0], orNone(st.Keys[1:]), st.Stale, officers, st.Holds, st.Due, st.Asked)
			return err
		},
	}
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// withVault runs fn with the installation held by this process.
func (a *app) withVault(ctx context.Context, fn func(*site) error) error {
	if err := a.load(); err != nil {
		return err
	}
	s, err := a.openSite(ctx, false, a.warnings())
	if err != nil {
		return err
	}
	defer s.close()
	return fn(s)
}

func (a *app) warnings() *slog.Logger {
	return slog.New(slog.NewTextHandler(a.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// counted shows progress in a unit while fn runs.
func (a *app) counted(name, unit string, fn func(progress func(done, total int64)) error) error {
	var done, total atomic.Int64
	p := a.startProgress(name, unit, func() (int64, int64, bool) { return done.Load(), total.Load(), total.Load() > 0 })
	defer p.end()
	return fn(func(d, t int64) {
		done.Store(d)
		total.Store(t)
	})
}

// vaultVerified is what `jaga vault verify --json` prints.
type vaultVerified struct {
	OK        bool         `json:"ok"`
	Files     int64        `json:"files"`
	Bad       int64        `json:"bad"`
	Faults    []vaultFault `json:"faults"` // the first thousand
	Unchecked int64        `json:"unchecked"`
	Why       []string     `json:"why,omitempty"`
	Orphans   int          `json:"orphans"`
	Partial   int          `json:"partial"`
	Missing   int          `json:"missing"`
	Returned  int          `json:"returned"`
	Mended    bool         `json:"mended"`
}

type vaultFault struct {
	Evidence string `json:"evidence"`
	What     string `json:"what"`
}

func (a *app) vaultVerifyCmd() *cobra.Command {
	var mend bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Read every sealed file and compare it with the digest of its arrival",
		Long: `Read every file in the vault, whole, and compare it with the digests that were
taken when it came in; and look for payloads without a file and files without a
payload. No content is written anywhere. The server must not be running; beside a
running one, jaga verify reads the files too, and leaves no record of it.

With --mend, payloads to which there are no keys any more are removed, and files
without a payload are marked. A running server does this itself once a day, for
up to 100 of them. Be sure that database and store are of the same time: where
the database is an old copy, newer payloads look as if nobody needed them.

Exit status: 0 all files are what came in; 1 a file is damaged or missing, or
could not be checked.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return a.withVault(ctx, func(s *site) error {
				v := vaultVerified{Faults: []vaultFault{}, Mended: mend}
				err := a.counted("verify", "bytes", func(progress func(done, total int64)) error {
					c, err := s.evidence.Verify(ctx, "system", progress)
					v.Files, v.Bad, v.Unchecked, v.Why = c.Files, c.Bad, c.Unchecked, c.Why
					for _, f := range c.Faults {
						v.Faults = append(v.Faults, vaultFault{f.ID, f.Err.Error()})
					}
					return err
				})
				if err != nil {
					return err
				}
				m, err := s.evidence.Mend(ctx, evidence.MendOptions{Look: !mend})
				if err != nil {
					return err
				}
				v.Orphans, v.Partial, v.Missing, v.Returned = m.Orphans, m.Partial, m.Missing, m.Returned
				v.OK = v.Bad == 0 && v.Unchecked == 0 && v.Missing == 0
				if a.json {
					err = a.printJSON(v)
				} else {
					err = a.printVaultVerified(v)
				}
				if err == nil && !v.OK {
					err = statusError(exitError)
				}
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&mend, "mend", false, "remove payloads without a file, mark files without a payload")
	return cmd
}

func (a *app) printVaultVerified(v vaultVerified) error {
	for _, f := range v.Faults {
		if _, err := fmt.Fprintf(a.Out, "bad   %s  %s\n", f.Evidence, f.What); err != nil {
			return err
		}
	}
	word := "found"
	if v.Mended {
		word = "mended"
	}
	for _, why := range v.Why {
		if _, err := fmt.Fprintf(a.Out, "not checked  %s\n", why); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(a.Out, "%d files were read, %d are bad, %d could not be checked\n%s: %d payloads without a file, %d partial ones, %d files without a payload, %d whose payload is there again\n",
		v.Files-v.Unchecked, v.Bad, v.Unchecked, word, v.Orphans, v.Partial, v.Missing, v.Returned)
	return err
}

func (a *app) vaultRotateCmd() *cobra.Command {
	var forget bool
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Make a new vault key and wrap the keys of all files with it",
		Long: `Make a new vault key, put it first in the key file, and wrap the keys of all files
with it. The sealed payloads stay as they are, so this takes seconds. Where files
are still wrapped with an older key, because a rotation was broken off or other
officers were set, that is finished instead, without another new key. The server
must not be running.

The older keys stay in the key file, for copies of the database that were made
before. With --forget they are removed in the end: then those copies open
nothing any more, and files that were destroyed are destroyed in them as well.

With vault.key_command, put a new line first in what the command prints, and run
this to wrap with it.`,
		Example: "  jaga vault rotate\n  jaga vault rotate --forget",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return a.withVault(ctx, func(s *site) error { return a.rotate(ctx, s, forget) })
		},
	}
	cmd.Flags().BoolVar(&forget, "forget", false, "remove the older keys afterwards")
	return cmd
}

func (a *app) rotate(ctx context.Context, s *site, forget bool) error {
	st, err := s.evidence.Status(ctx)
	if err != nil {
		return err
	}
	keys, err := a.vaultKeys(ctx, s.db, false)
	if err != nil {
		return err
	}
	fromFile := len(a.cfg.Vault.KeyCommand) == 0
	if forget && !fromFile {
		return errorf(jaga.CodeInvalid, "take the older lines out of what vault.key_command prints", "the older keys are not in a file of Jaga's")
	}
	if st.Stale == 0 && fromFile {
		// The file comes first: a key that wraps something is never only in
		// memory.
		keys = keys.Rotated()
		if err := writeKeys(a.cfg.vaultKeyFile(), keys); err != nil {
			return err
		}
	}
	if s.evidence, err = a.openEvidence(ctx, s); err != nil {
		return err
	}
	n, err := a.rewrap(ctx, s)
	if err != nil {
		return err
	}
	if forget {
		if st, err = s.evidence.Status(ctx); err != nil {
			return err
		}
		if st.Stale > 0 {
			return errorf(jaga.CodeConflict, "run it again", "%d files came in meanwhile; the older keys were kept", st.Stale)
		}
		keys = keys.OnlyCurrent()
		if err := writeKeys(a.cfg.vaultKeyFile(), keys); err != nil {
			return err
		}
	}
	if a.json {
		return a.printJSON(map[string]any{"wrapped": n, "keys": keys.IDs()})
	}
	_, err = fmt.Fprintf(a.Out, "vault key %s, %d files wrapped with it, older keys: %s\n", keys.Current(), n, orNone(keys.IDs()[1:]))
	return err
}

func (a *app) rewrap(ctx context.Context, s *site) (n int64, err error) {
	err = a.counted("wrap", "files", func(progress func(done, total int64)) (err error) {
		n, err = s.evidence.Rewrap(ctx, "system", progress)
		return err
	})
	return n, err
}

func (a *app) vaultOfficersCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "officers FILE FILE FILE",
		Short: "Set the officers of whom any two can open the vault without its key",
		Long: `Set 3 to 5 officers, any two of whom can open the vault together when its key is
lost. Each FILE holds the recipient of one officer, a line that begins with
age1pq1 (see jaga vault officer-key). All files are wrapped for the new officers,
and for those before no more; copies of the database that were made before still
open for those. The server must not be running.

A break-glass identity is made and, for every pair of officers, encrypted for one
and then for the other. It is written nowhere in the clear.`,
		Example: "  jaga vault officers ani.pub budi.pub citra.pub",
		Args:    cobra.RangeArgs(3, 5),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			var recipients []string
			for _, file := range args {
				text, err := os.ReadFile(file)
				if err != nil {
					return errorf(jaga.CodeNotFound, "", "read recipient: %w", err)
				}
				recipients = append(recipients, recipientLine(string(text)))
			}
			return a.withVault(ctx, func(s *site) error {
				if err := s.evidence.SetOfficers(ctx, "system", recipients); err != nil {
					return err
				}
				n, err := a.rewrap(ctx, s)
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(map[string]any{"officers": len(recipients), "wrapped": n})
				}
				_, err = fmt.Fprintf(a.Out, "any 2 of %d officers can open the vault; %d files wrapped for them\n", len(recipients), n)
				return err
			})
		},
	}
}

// recipientLine finds the recipient in a file, also after "# public key:".
func recipientLine(text string) string {
	for line := range strings.Lines(text) {
		if at := strings.Index(line, "age1pq1"); at >= 0 {
			return strings.TrimSpace(line[at:])
		}
	}
	return strings.TrimSpace(text)
}

func (a *app) vaultOfficerKeyCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "officer-key FILE",
		Short: "Make an officer's key pair; the secret goes into FILE",
		Long: `Make a post-quantum key pair for one officer. The secret is written to FILE, which
must not be there yet; keep it off-line, in print for example, and let nobody
else have it. The recipient is printed, and is no secret. Officers do this on
their own machines. ` + "`age-keygen -pq`" + ` makes the same.`,
		Example: "  jaga vault officer-key ani.key > ani.pub",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			secret, recipient, err := vault.NewOfficerKey()
			if err != nil {
				return err
			}
			f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if errors.Is(err, fs.ErrExist) {
				return errorf(jaga.CodeConflict, "name another file", "%s is there already", args[0])
			}
			if err == nil {
				_, err = fmt.Fprintf(f, "# public key: %s\n%s\n", recipient, secret)
				err = errors.Join(err, f.Sync(), f.Close())
			}
			if err != nil {
				return fmt.Errorf("write officer key: %w", err)
			}
			_, err = fmt.Fprintln(a.Out, recipient)
			return err
		},
	}
}

func (a *app) vaultRecoverCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "recover KEYFILE KEYFILE",
		Short: "Let two officers open a vault whose key was lost",
		Long: `Restore the break-glass identity with the secret keys of two officers, make a new
vault key, and wrap the keys of all files with it. Afterwards the server starts
as before. The identity is in memory only, and is not written anywhere. The act
is a custody record.

It is refused while the vault key that is there opens everything. A key file that
does not open the vault must be moved away first.`,
		Example: "  jaga vault recover ani.key citra.key",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.load(); err != nil {
				return err
			}
			var secrets []string
			for _, file := range args {
				text, err := os.ReadFile(file)
				if err != nil {
					return errorf(jaga.CodeNotFound, "", "read officer key: %w", err)
				}
				secrets = append(secrets, string(text))
			}
			return a.recover(cmd.Context(), secrets)
		},
	}
}

func (a *app) recover(ctx context.Context, secrets []string) error {
	dir, err := datadir.Open(a.cfg.Data, false)
	if err != nil {
		return err
	}
	defer dir.Close()
	url, err := a.cfg.StoreURL()
	if err != nil {
		return err
	}
	if err := databaseThere(dir, url); err != nil {
		return err
	}
	db, err := store.Open(ctx, url, store.Options{Origin: dir.Identity.Origin(), Signer: dir.Identity.CustodySigner})
	if err != nil {
		return err
	}
	defer db.Close()
	escrow, err := evidence.Escrow(ctx, db)
	if err != nil {
		return err
	}
	if escrow == "" {
		return errorf(jaga.CodeNotFound, "restore the file of the vault key from its backup", "no officers were set for this vault")
	}
	keys, err := a.vaultKeys(ctx, db, false)
	fresh := errors.Is(err, fs.ErrNotExist)
	if err != nil && !fresh {
		return err
	}
	if !fresh {
		// A recovery that was broken off has left its key here.
		if whole, err := a.opensAll(ctx, db, keys); err != nil || whole {
			if whole {
				err = errorf(jaga.CodeConflict, "", "the vault key is there and opens everything")
			}
			return err
		}
	}
	glass, err := vault.OpenBreakGlass(escrow, secrets)
	if err != nil {
		return err
	}
	if fresh {
		keys = vault.NewKeys()
		if err := writeKeys(a.cfg.vaultKeyFile(), keys); err != nil {
			return err
		}
	}
	var n int64
	err = a.counted("recover", "files", func(progress func(done, total int64)) (err error) {
		n, err = evidence.Recover(ctx, db, "system", keys, glass, progress)
		return err
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"recovered": n, "keys": keys.IDs()})
	}
	_, err = fmt.Fprintf(a.Out, "%d files recovered, new vault key %s; make a copy of the key file\n", n, keys.Current())
	return err
}

// opensAll reports whether the keys open the installation's secret and every
// file. Keys that do not belong to a broken recovery are refused.
func (a *app) opensAll(ctx context.Context, db *store.DB, keys vault.Keys) (bool, error) {
	blobs, err := a.cfg.blobs()
	if err != nil {
		return false, err
	}
	s, err := evidence.Open(ctx, db, evidence.Options{Keys: keys, Blobs: blobs})
	if err != nil {
		return false, errorf(jaga.CodeConflict, "move the key file away", "the vault key that is there opens nothing")
	}
	st, err := s.Status(ctx)
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(st.KeysUsed, func(id string) bool { return !slices.Contains(keys.IDs(), id) }), nil
}
