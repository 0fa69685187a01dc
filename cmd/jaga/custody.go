package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/datadir"
	"github.com/jaga-project/jaga/internal/durable"
	"github.com/jaga-project/jaga/internal/proof"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/web/api"
)

// openProof opens the service of a database as the configuration says. belongs may
// be nil where no bundles are made.
func (a *app) openProof(db *store.DB, id datadir.Identity, log *slog.Logger, belongs func(*store.Tx, string, func(string) error) error) (*proof.Service, error) {
	c := a.cfg.Custody
	roots, err := readRoots("custody.tsa_ca_file", c.TSACAFile)
	if err != nil {
		return nil, err
	}
	return proof.New(db, proof.Options{Origin: id.Origin(), Signer: id.CustodySigner, Verifier: id.CustodyVerifier,
		File: c.ExportFile, Authority: c.TSAURL, Roots: roots, Every: durationOf(c.Every), Records: c.Records,
		Log: log, Version: readVersion().Version, Belongs: belongs}), nil
}

func (a *app) custodyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "custody",
		Short: "Export proofs of the custody log",
		Long: `Export what proves the custody log to others: an evidence bundle, the newest
checkpoint, the fingerprint of the key, and the proof that one state of the log
continues another. docs/custody.md says who needs which.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.custodyExportCmd(), a.custodyCheckpointCmd(), a.custodyProveCmd(), a.custodyKeyCmd())
	return cmd
}

func (a *app) custodyExportCmd() *cobra.Command {
	var in api.ExportRequest
	var out string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write an evidence bundle of the records about a subject",
		Long: `Write an evidence bundle: the records about one or more subjects with the proofs
that they are in the signed log, and custody sheets in English and Indonesian.
Whoever receives it checks it with jaga verify and nothing else.

A case, such as case:12, stands for all that was done about it: cases that were
merged into it, its findings, items, messages and reports of people, its sealed
files and who looked at them, its decisions, filings and actions. No record of
another case is among them. Any other subject stands for itself.

The export is itself a record. With --to, the bundle is encrypted to the
receiver's key while it is made, and is never in the clear on a disk. Nothing
that was there under the name is replaced.`,
		Example: "  jaga custody export --subject bank:1 -o bundle.zip\n  jaga custody export --subject case:12 --reference LP/B/17 --to age1… -o bundle.zip.age",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(in.Subjects) == 0 || out == "" {
				return &usageError{fmt.Errorf("--subject and --output are needed")}
			}
			if _, err := os.Lstat(out); err == nil {
				return errorf(jaga.CodeConflict, "choose another name, or move the file away", "%s is there already", out)
			}
			return a.with(cmd.Context(), false, func(c *client) error { return a.export(cmd.Context(), c, in, out) })
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&in.Subjects, "subject", nil, "what the records are about, such as bank:1 (`SUBJECT`); can be given again")
	flags.StringVar(&in.Reference, "reference", "", "the receiver's own `NUMBER` for the matter")
	flags.StringArrayVar(&in.To, "to", nil, "a public `KEY` of age to encrypt the bundle to; can be given again")
	flags.StringVarP(&out, "output", "o", "", "the `FILE` to write")
	return cmd
}

func (a *app) export(ctx context.Context, c *client, in api.ExportRequest, out string) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := c.send(ctx, http.MethodPost, "/v1/custody/bundles", "application/json", "*/*", bytes.NewReader(text))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	var n int64
	err = durable.Write(out, 0o600, func(w io.Writer) error {
		b := bufio.NewWriterSize(w, 256<<10)
		if n, err = io.Copy(b, r.Body); err != nil {
			return err
		}
		return b.Flush()
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"file": out, "bytes": n})
	}
	_, err = fmt.Fprintf(a.Out, "%s: %d bytes\n", out, n)
	return err
}

func (a *app) custodyCheckpointCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "checkpoint",
		Short: "Print the newest signed checkpoint of the log",
		Long: `Print the newest signed checkpoint: a note of a few lines that states how many
records the log has and the root of its Merkle tree. Whoever keeps it can prove
later that the log was not changed. A running server signs one at the latest
every ten minutes (custody.every).`,
		Example: "  jaga custody checkpoint >> /media/usb/checkpoints.txt",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.read(cmd.Context(), func(r *reader) error {
				h, err := r.db.CustodyHead(cmd.Context())
				if err != nil {
					return err
				}
				if h.Checkpoint == "" {
					return errorf(jaga.CodeNotFound, "start the server once, or change something", "no checkpoint was signed yet")
				}
				if a.json {
					return a.printJSON(map[string]any{"records": h.CheckpointSize, "at": microText(h.CheckpointAt), "checkpoint": h.Checkpoint})
				}
				_, err = fmt.Fprint(a.Out, h.Checkpoint)
				return err
			})
		},
	}
}

func (a *app) custodyProveCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "prove FROM TO",
		Short: "Print the proof that the log of TO records continues that of FROM",
		Long: `Print the proof that the log of TO records begins with the log of FROM records,
unchanged: one line for --proof of jaga verify. Somebody who has checkpoints of
both sizes needs it to know that they are of one log.`,
		Example: "  jaga custody prove 120 4711 > proof.txt",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var n [2]int64
			for i, s := range args {
				var err error
				if n[i], err = strconv.ParseInt(s, 10, 64); err != nil || n[i] < 1 {
					return &usageError{fmt.Errorf("%q is not a number of records", s)}
				}
			}
			return a.read(cmd.Context(), func(r *reader) error {
				h, err := r.db.CustodyHead(cmd.Context())
				if err != nil {
					return err
				}
				if n[0] > n[1] || n[1] > h.Size {
					return errorf(jaga.CodeInvalid, "", "the log has %d records; FROM must not be more than TO, and TO not more than that", h.Size)
				}
				var p custody.Consistency
				err = r.db.View(cmd.Context(), func(tx *store.Tx) error {
					p, err = custody.ProveConsistency(n[0], n[1], store.CustodyHashes(tx))
					return err
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(a.Out, p)
				return err
			})
		},
	}
}

func (a *app) custodyKeyCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "key",
		Short: "Print the log's public key and its fingerprint",
		Long: `Print the public key with which checkpoints and bundles are checked, and its
fingerprint. Tell the fingerprint to whoever receives a bundle by another way
than the bundle: on paper, by telephone, on your site.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := a.load(); err != nil {
				return err
			}
			id, err := datadir.ReadIdentity(a.cfg.Data)
			if err != nil {
				return err
			}
			finger, err := custody.Fingerprint(id.CustodyVerifier)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(map[string]string{"key": id.CustodyVerifier, "fingerprint": finger})
			}
			_, err = fmt.Fprintf(a.Out, "key          %s\nfingerprint  %s\n", id.CustodyVerifier, finger)
			return err
		},
	}
}

// read runs fn with an installation that a server may be holding.
func (a *app) read(ctx context.Context, fn func(*reader) error) error {
	if err := a.load(); err != nil {
		return err
	}
	r, err := a.openReader(ctx)
	if err != nil {
		return err
	}
	defer r.db.Close()
	return fn(r)
}

// examineCustody looks where checkpoints are kept besides the database.
func (a *app) examineCustody(ctx context.Context, r *reader) []examined {
	p, err := a.openProof(r.db, r.identity, nil, nil)
	if err != nil {
		return []examined{{"custody", "bad", err.Error(), hintOf(err)}}
	}
	places, err := p.Outside(ctx)
	if err != nil {
		return []examined{{"custody", "bad", err.Error(), hintOf(err)}}
	}
	var all []examined
	files := 0
	for _, o := range places {
		e := examined{Name: map[string]string{"file": "copies", "stamp": "time stamps"}[o.Kind], State: "ok", Detail: fmt.Sprintf("%s has a checkpoint over %d records", o.Where, o.Size)}
		switch {
		case o.Grave:
			e.State, e.Detail, e.Hint = "bad", o.Error, "keep the database and the copies as they are; docs/custody.md says what to do"
		case o.Error != "":
			e.State, e.Detail, e.Hint = "bad", o.Error, "the server tries again every minute"
		case o.Tried == 0:
			e.State, e.Detail = "note", o.Where+" has no checkpoint yet"
		}
		if o.Kind == "file" {
			files++
		}
		all = append(all, e)
	}
	if files == 0 {
		all = append(all, examined{"copies", "note", "checkpoints of the custody log are kept nowhere else", "set custody.export_file; without a copy, nobody can tell when the log's end is cut off"})
	}
	return all
}
