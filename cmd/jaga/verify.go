package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/evidence"
)

// verified is what `jaga verify --json` prints.
type verified struct {
	OK       bool             `json:"ok"`
	Custody  verifiedCustody  `json:"custody"`
	Snapshot verifiedSnapshot `json:"snapshot"`
	Vault    verifiedVault    `json:"vault"`
	// NotChecked says what could not be looked at, so that nobody knows whether
	// it is as it was written.
	NotChecked []string `json:"not_checked,omitempty"`
}

// verifiedVault is what was found out about the sealed files. Ok is false while
// one is bad or could not be checked.
type verifiedVault struct {
	OK bool `json:"ok"`
	// Made is false where nothing was ever sealed.
	Made  bool  `json:"made"`
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes"`
	// Content says that files were read whole, see --no-content.
	Content   bool         `json:"content"`
	Bad       int64        `json:"bad"`
	Faults    []vaultFault `json:"faults"` // the first thousand
	Unchecked int64        `json:"unchecked"`
}

type verifiedCustody struct {
	OK      bool   `json:"ok"`
	Records int64  `json:"records"`
	Damage  string `json:"damage,omitempty"`
	// Seq is the first record that is wrong; absent when no single one is.
	Seq *int64 `json:"seq,omitempty"`
	// Checkpoint is the last signed one.
	Checkpoint string `json:"checkpoint,omitempty"`
	// Unsigned is how many records came after it.
	Unsigned int64 `json:"unsigned"`
}

type verifiedSnapshot struct {
	OK     bool   `json:"ok"`
	Hashes int    `json:"hashes"`
	Damage string `json:"damage,omitempty"`
}

func (a *app) verifyCmd() *cobra.Command {
	var opt verifyOptions
	var noContent bool
	cmd := &cobra.Command{
		Use:   "verify [BUNDLE]",
		Short: "Check the custody log and the sealed files, or an evidence bundle, for changes",
		Long: `Without BUNDLE: read the whole custody log again and check every record against
the Merkle tree, and the tree against every signed checkpoint; then check the
snapshot of the bank index against its checksums; then the vault. Nothing is
changed, and a server may be running meanwhile.

Of every sealed file it is checked that its payload is there, that key, case, file
and record belong together, and, reading it whole, that it is what came in. No
content is written anywhere. Reading takes long where there is much: --no-content
leaves it out, and a file that was changed in its middle is not found then. Where a
vault key is not loaded or the store does not answer, the files are "not checked",
and the answer says why.

A changed record, a record that was added, removed or moved, and a tree that
does not agree with a checkpoint are found, and the first of them is named.
Whoever can read identity.json can forge checkpoints made later, and whoever can
write to the database can cut the log's end off. Keep copies of checkpoints
elsewhere (custody.export_file does): with --checkpoint, the log must still hold
everything that the copies cover, as it was.

With BUNDLE, a file or the folder it was unpacked into: check everything in an
evidence bundle, without an installation and without a network. Give what you
received by another way than the bundle: the fingerprint of the key with --key,
checkpoints with --checkpoint. docs/custody.md says what OK means and what it
does not mean. Files that are encrypted to the receiver are checked as they are;
with --open, what is inside is compared with the record of its arrival. Nothing
is written.

Exit status: 0 all is as it was written; 1 something is damaged, or the check
itself failed; 3 nothing is wrong, but something could not be checked.`,
		Example: "  jaga verify\n  jaga verify --no-content\n  jaga verify bundle.zip --key 'c7a0…'\n  jaga verify bundle.zip --key key.txt --checkpoint copies.txt --tsa-ca authority.pem\n  jaga verify bundle.zip --key key.txt --open agency.key",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if noContent {
					return &usageError{fmt.Errorf("--no-content is for an installation")}
				}
				return a.verifyBundle(args[0], opt)
			}
			for _, name := range []string{"key", "proof", "tsa-ca", "sheet", "open"} {
				if cmd.Flags().Changed(name) {
					return &usageError{fmt.Errorf("--%s is for a bundle", name)}
				}
			}
			if err := a.load(); err != nil {
				return err
			}
			outside, err := readText("checkpoint", opt.checkpoint)
			if err != nil {
				return err
			}
			v, err := a.verify(cmd.Context(), outside, !noContent)
			if err != nil {
				return err
			}
			if a.json {
				err = a.printJSON(v)
			} else {
				err = a.printVerified(v)
			}
			switch {
			case err != nil:
				return err
			case !v.OK:
				return statusError(exitError)
			case len(v.NotChecked) > 0:
				return statusError(exitNotChecked)
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opt.checkpoint, "checkpoint", "", "signed checkpoints that were kept elsewhere, one or several (`FILE`)")
	flags.BoolVar(&noContent, "no-content", false, "do not read the sealed files whole")
	flags.StringVar(&opt.key, "key", "", "the public key of the log, its fingerprint, or a file with either (`KEY`)")
	flags.StringVar(&opt.proof, "proof", "", "what the sender answered to `jaga custody prove` (`FILE`)")
	flags.StringVar(&opt.roots, "tsa-ca", "", "root certificates of time-stamp authorities, in PEM (`FILE`)")
	flags.StringVar(&opt.open, "open", "", "decrypt the files of a bundle with the receiver's secret key of age in `FILE`, and compare what is inside")
	flags.StringVar(&opt.sheet, "sheet", "", "print the custody sheet from the checked records, in `LANG` en or id")
	return cmd
}

func (a *app) verify(ctx context.Context, outside string, content bool) (v verified, err error) {
	r, err := a.openReader(ctx)
	if err != nil {
		return v, err
	}
	defer r.db.Close()
	var done, total atomic.Int64
	show := a.startProgress("verify", "records", func() (int64, int64, bool) { return done.Load(), total.Load(), true })
	v.Custody.Records, err = r.db.VerifyCustody(ctx, r.identity.CustodyVerifier, outside, func(d, t int64) {
		done.Store(d)
		total.Store(t)
	})
	show.end()
	var damage *custody.Damage
	switch {
	case errors.As(err, &damage):
		v.Custody.Damage = damage.Error()
		if damage.Seq >= 0 {
			v.Custody.Seq = &damage.Seq
		}
	case err != nil:
		return v, err
	default:
		v.Custody.OK = true
		head, err := r.db.CustodyHead(ctx)
		if err != nil {
			return v, err
		}
		v.Custody.Checkpoint, v.Custody.Unsigned = head.Checkpoint, head.Size-head.CheckpointSize
	}
	key, err := r.identity.Key()
	if err != nil {
		return v, err
	}
	v.Snapshot.OK = true
	hashes, found, err := bank.VerifySnapshot(ctx, r.db, r.index, key)
	switch {
	case err != nil:
		v.Snapshot.OK, v.Snapshot.Damage = false, err.Error()
	case found:
		v.Snapshot.Hashes = hashes
	}
	if err := a.verifyVault(ctx, r, content, &v); err != nil {
		return v, err
	}
	v.OK = v.Custody.OK && v.Snapshot.OK && v.Vault.Bad == 0
	return v, nil
}

// verifyVault looks at the sealed files. A vault that cannot be opened is not
// checked, and says why: the log beside it can be checked all the same.
func (a *app) verifyVault(ctx context.Context, r *reader, content bool, v *verified) error {
	v.Vault.Content, v.Vault.Faults = content, []vaultFault{}
	made, err := evidence.Used(ctx, r.db)
	if err != nil {
		return err
	}
	if v.Vault.Made = made; !made {
		v.Vault.OK = true // there is nothing that could be wrong
		return nil
	}
	s, err := a.readEvidence(ctx, r)
	if err != nil {
		why := "vault: " + err.Error()
		if hint := hintOf(err); hint != "" {
			why += "; " + hint
		}
		v.NotChecked = append(v.NotChecked, why)
		return nil
	}
	var c evidence.Checked
	err = a.counted("verify", "bytes of evidence", func(progress func(done, total int64)) (err error) {
		c, err = s.Check(ctx, evidence.CheckOptions{Content: content, Progress: progress})
		return err
	})
	if err != nil {
		return err
	}
	v.Vault.OK, v.Vault.Files, v.Vault.Bytes, v.Vault.Bad, v.Vault.Unchecked = c.Whole(), c.Files, c.Bytes, c.Bad, c.Unchecked
	for _, f := range c.Faults {
		v.Vault.Faults = append(v.Vault.Faults, vaultFault{f.ID, f.Err.Error()})
	}
	for _, why := range c.Why {
		v.NotChecked = append(v.NotChecked, fmt.Sprintf("vault: of %d files, %d: %s", c.Files, c.Unchecked, why))
	}
	return nil
}

func (a *app) printVerified(v verified) error {
	log := fmt.Sprintf("custody   ok: %d records, %d after the last signed checkpoint", v.Custody.Records, v.Custody.Unsigned)
	if !v.Custody.OK {
		log = "custody   DAMAGED: " + v.Custody.Damage +
			"\n          keep a copy of the database as it is, and compare with a backup"
	}
	snap := fmt.Sprintf("snapshot  ok: %d hashes", v.Snapshot.Hashes)
	if !v.Snapshot.OK {
		snap = "snapshot  DAMAGED: " + v.Snapshot.Damage +
			"\n          nothing is lost: the next start builds it again from the database"
	}
	lines := []string{log, snap}
	switch {
	case !v.Vault.Made:
		lines = append(lines, "vault     nothing was sealed yet")
	case v.Vault.Bad > 0:
		lines = append(lines, fmt.Sprintf("vault     DAMAGED: %d of %d files", v.Vault.Bad, v.Vault.Files))
		for _, f := range v.Vault.Faults {
			lines = append(lines, "          "+f.Evidence+"  "+f.What)
		}
		lines = append(lines, "          keep what is there as it is, and restore the files from a copy")
	case v.Vault.OK:
		read := "read whole"
		if !v.Vault.Content {
			read = "present and in their place; their content was not read"
		}
		lines = append(lines, fmt.Sprintf("vault     ok: %d files of %d bytes, %s", v.Vault.Files, v.Vault.Bytes, read))
	}
	for _, why := range v.NotChecked {
		lines = append(lines, "not checked  "+why)
	}
	_, err := fmt.Fprintln(a.Out, strings.Join(lines, "\n"))
	return err
}
