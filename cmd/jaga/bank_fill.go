package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/web/api"
)

// added is one line of `jaga bank add --json`.
type added struct {
	File    string        `json:"file"`
	Entry   int64         `json:"entry,omitempty"`
	Known   bool          `json:"known,omitempty"` // in the bank already; nothing was added
	Signals []jaga.Signal `json:"signals,omitempty"`
	Error   *errorJSON    `json:"error,omitempty"`
}

func (a *app) bankAddCmd() *cobra.Command {
	var note, source, licence string
	var exactOnly, track bool
	cmd := &cobra.Command{
		Use:   "add NAME FILE...",
		Short: "Add files, or the text of hashes, to a bank",
		Long: `Add each file to a bank as one entry with its hashes: PDQ for a picture, those
of its frames for a film, the fingerprint of sound, and MD5, SHA-1 and SHA-256 of
its bytes. Only the hashes are kept; the file is not. The sound of a film is left
out unless --sound is given: such an entry matches every film with the same music.
An argument that is no file and has the form of a hash is added as that hash.
Folders are walked. What is added matches at once.

A picture that cannot be decoded, or with too little detail for a PDQ hash, is
refused unless --exact-only is given: such an entry would find copies of the
very same bytes only. A refused file does not keep the others out. A file that
the bank has already, byte for byte, is not added again.

Exit status: 0 all were added; 1 at least one was refused.`,
		Example: "  jaga bank add KNOWN_MATERIAL photo.jpg\n  jaga bank add KNOWN_MATERIAL 00112233445566778899aabbccddeeff",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := filesOf(args[1:])
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), false, func(c *client) error {
				// A wrong bank is one error, not one for each file.
				if err := c.call(cmd.Context(), http.MethodGet, bankPath(args[0]), nil, nil); err != nil {
					return err
				}
				return a.addAll(cmd.Context(), files, func(ctx context.Context, n addition) added {
					r := added{File: n.name}
					if n.hash != "" {
						r.fill(c.addHash(ctx, args[0], n.hash, hashCase(n), note, source, licence))
						return r
					}
					r.fill(c.addFile(ctx, args[0], n.name, exactOnly, track, map[string]string{"note": note, "source": source, "licence": licence}))
					return r
				})
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&note, "note", "", "what people should know about the entries (`TEXT`)")
	f.StringVar(&source, "source", "", "where they are from (`NAME`)")
	f.StringVar(&licence, "licence", "", "under which terms they may be used (`TEXT`)")
	f.BoolVar(&exactOnly, "exact-only", false, "take files without a PDQ hash, too")
	f.BoolVar(&track, "sound", false, "of films, add the sound, too")
	return cmd
}

// addition is a file that is added to a bank or, with the type of a hash, the
// text of one.
type addition struct {
	name string
	hash jaga.SignalType
}

// hashCase is the text of a hash as banks write it. The letters of a fingerprint
// mean what they are.
func hashCase(n addition) string {
	if n.hash == jaga.Chromaprint {
		return n.name
	}
	return strings.ToLower(n.name)
}

// filesOf walks folders and tells files from the text of hashes: a name that is
// both is a file, for files are often called by their hash.
func filesOf(args []string) (files []addition, err error) {
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			typ, ok := hashText(arg)
			if !ok {
				return nil, errorf(jaga.CodeNotFound, "", "%w", err)
			}
			files = append(files, addition{arg, typ})
			continue
		}
		if !info.IsDir() {
			files = append(files, addition{name: arg})
			continue
		}
		err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				files = append(files, addition{name: path})
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read folder: %w", err)
		}
	}
	return files, nil
}

// addAll adds files, a few at a time, and prints the results in their order.
func (a *app) addAll(ctx context.Context, files []addition, one func(context.Context, addition) added) error {
	var done atomic.Int64
	show := a.startProgress("add", "files", func() (int64, int64, bool) { return done.Load(), int64(len(files)), true })
	results := make([]added, len(files))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0)+1, len(files)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(files)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				results[i] = one(ctx, files[i])
				done.Add(1)
			}
		})
	}
	workers.Wait()
	show.end()
	refused := 0
	for _, r := range results {
		switch {
		case r.File == "":
			continue // the command was stopped before it
		case r.Error != nil:
			refused++
			if !a.json {
				a.notef("%s: %s", r.File, r.Error.Message)
				if r.Error.Hint != "" {
					fmt.Fprintln(a.Err, "hint:", r.Error.Hint)
				}
			}
		case r.Known && !a.json:
			fmt.Fprintf(a.Out, "%s: in the bank already\n", r.File)
		case !a.json:
			fmt.Fprintf(a.Out, "%s: entry %d\n", r.File, r.Entry)
		}
	}
	if a.json {
		if err := a.printJSON(results); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return fmt.Errorf("add: %w", ctx.Err())
	}
	if refused > 0 {
		if len(files) > 1 && !a.json {
			a.notef("%d of %d were refused", refused, len(files))
		}
		return statusError(exitError)
	}
	return nil
}

// errKnown says that the bank has the very file already.
var errKnown = errors.New("the bank has this very file already")

func (r *added) fill(entry int64, signals []jaga.Signal, err error) {
	if errors.Is(err, errKnown) {
		r.Known = true
		return
	}
	if err == nil {
		r.Entry, r.Signals = entry, signals
		return
	}
	r.Error = &errorJSON{Code: jaga.CodeOf(err), Message: err.Error(), Hint: hintOf(err)}
	var e *jaga.Error
	if errors.As(err, &e) {
		r.Error.Field = e.Field
	}
}

func (c *client) addHash(ctx context.Context, name string, typ jaga.SignalType, value, note, source, licence string) (int64, []jaga.Signal, error) {
	body := map[string]any{"signals": []map[string]string{{"type": string(typ), "value": value}}}
	for k, v := range map[string]string{"note": note, "source": source, "licence": licence} {
		if v != "" {
			body[k] = v
		}
	}
	var e api.Entry
	err := c.call(ctx, http.MethodPost, bankPath(name, "entries"), body, &e)
	return e.ID, e.Signals, err
}

// addFile streams one file to the server.
func (c *client) addFile(ctx context.Context, name, file string, exactOnly, track bool, fields map[string]string) (int64, []jaga.Signal, error) {
	f, err := openRegular(file)
	if err != nil {
		return 0, nil, err
	}
	defer f.Close()
	only, sound := "", ""
	if exactOnly {
		only = "true"
	}
	if track {
		sound = "true"
	}
	body, kind := multipartOf(fields, "file", f) // the server need not know its name
	resp, err := c.send(ctx, http.MethodPost, query(bankPath(name, "entries"), "exact_only", only, "sound", sound), kind, "application/json", body)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	var out api.FileResults
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return 0, nil, fmt.Errorf("read the server's answer: %w", err)
	}
	if len(out.Results) != 1 {
		return 0, nil, jaga.Errorf(jaga.CodeInternal, "the server's answer says nothing of the file")
	}
	one := out.Results[0]
	if one.Known {
		return 0, nil, errKnown
	}
	if p := one.Problem; p != nil {
		// The command line has a flag where the API has a parameter.
		hint := strings.ReplaceAll(p.Hint, "exact_only=true", "--exact-only")
		return 0, nil, &jaga.Error{Code: p.Code, Field: p.Field, Msg: p.Detail, Hint: hint}
	}
	return one.Entry.ID, one.Entry.Signals, nil
}

// multipartOf is a form with the fields and one part "file", written while it
// is read.
func multipartOf(fields map[string]string, filename string, file io.Reader) (body io.Reader, kind string) {
	pr, pw := io.Pipe()
	m := multipart.NewWriter(pw)
	go func() {
		for k, v := range fields {
			if v == "" {
				continue
			}
			if err := m.WriteField(k, v); err != nil {
				pw.CloseWithError(err)
				return
			}
		}
		part, err := m.CreateFormFile("file", filename)
		if err == nil {
			_, err = io.Copy(part, file)
		}
		if err == nil {
			err = m.Close()
		}
		pw.CloseWithError(err)
	}()
	return pr, m.FormDataContentType()
}

func (a *app) bankImportCmd() *cobra.Command {
	var typ, source, licence string
	var skipBad bool
	cmd := &cobra.Command{
		Use:   "import NAME LIST",
		Short: "Add a list of hashes to a bank",
		Long: `Add a list of hashes to a bank: plain text with one hash a line, CSV with a
header, or JSON lines, each also compressed with gzip; - reads standard input.
A list is taken whole or not at all: a bad line is named and refuses the list,
unless --skip-bad keeps the good ones. Hashes that the bank has already are
counted and left out. Items of the last days are matched again with what is new.`,
		Example: "  jaga bank import PARTNER list.csv --source \"partner, weekly\" --licence internal",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := a.In
			if args[1] != "-" {
				f, err := os.Open(args[1])
				if err != nil {
					return errorf(jaga.CodeNotFound, "", "read list: %w", err)
				}
				defer f.Close()
				in = f
			}
			return a.with(cmd.Context(), false, func(c *client) error {
				skip := ""
				if skipBad {
					skip = "true"
				}
				path := query(bankPath(args[0], "import"), "type", typ, "skip_bad", skip, "source", source, "licence", licence)
				res, err := a.importList(cmd.Context(), c, path, in)
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(res)
				}
				for _, b := range res.BadLines {
					a.notef("line %d left out: %s", b.Line, b.Msg)
				}
				if more := res.Bad - int64(len(res.BadLines)); more > 0 {
					a.notef("and %s", count(more, "more bad line", "more bad lines"))
				}
				_, err = fmt.Fprintf(a.Out, "%s: %s, %d known already, %d bad\n", count(res.Rows, "line", "lines"), count(res.Added, "new entry", "new entries"), res.Duplicates, res.Bad)
				return err
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&typ, "type", "", "`TYPE` of the hashes, for a list that does not say: pdq, md5, sha1, sha256, vpdq, chromaprint, url, domain or keyword")
	f.BoolVar(&skipBad, "skip-bad", false, "leave bad lines out instead of refusing the list")
	f.StringVar(&source, "source", "", "where the list is from (`NAME`)")
	f.StringVar(&licence, "licence", "", "under which terms it may be used (`TEXT`)")
	return cmd
}

// importList sends a list and follows the server's progress.
func (a *app) importList(ctx context.Context, c *client, path string, list io.Reader) (res bank.ImportResult, err error) {
	var rows atomic.Int64
	show := a.startProgress("import", "lines", func() (int64, int64, bool) { return rows.Load(), rows.Load(), false })
	defer show.end()
	resp, err := c.send(ctx, http.MethodPost, path, "application/octet-stream", "application/x-ndjson", list)
	if err != nil {
		return res, err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Rows   *int64             `json:"rows"`
			Result *bank.ImportResult `json:"result"`
			Error  *problem           `json:"error"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return res, fmt.Errorf("read the server's answer: %w", err)
		}
		switch {
		case line.Error != nil:
			// The command line has a flag where the API has a parameter.
			line.Error.Hint = strings.ReplaceAll(line.Error.Hint, "skip_bad=true", "--skip-bad")
			return res, line.Error.err()
		case line.Result != nil:
			return *line.Result, nil
		case line.Rows != nil:
			rows.Store(*line.Rows)
		}
	}
	return res, errorf(jaga.CodeUnavailable, "nothing of the list was kept; import it again", "the server's answer broke off: %w", errors.Join(lines.Err(), io.ErrUnexpectedEOF))
}

// count is a number with its word.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func (a *app) bankExportCmd() *cobra.Command {
	var format, typ, output string
	cmd := &cobra.Command{
		Use:   "export NAME",
		Short: "Write a bank's hashes as a list",
		Long:  "Write the hashes of a bank as a list that jaga bank import reads. The custody log\nrecords who exported which bank.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), false, func(c *client) (err error) {
				resp, err := c.send(cmd.Context(), http.MethodGet, query(bankPath(args[0], "export"), "format", format, "type", typ), "", "*/*", nil)
				if err != nil {
					return err
				}
				defer resp.Body.Close()
				out := a.Out
				if output != "" {
					f, err := os.OpenFile(output, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
					if err != nil {
						return errorf(jaga.CodeConflict, "choose another name", "write list: %w", err)
					}
					defer func() { err = errors.Join(err, f.Close()) }()
					out = f
				}
				if _, err := io.Copy(out, resp.Body); err != nil {
					return fmt.Errorf("write list: %w", err)
				}
				return nil
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&format, "format", "csv", "`FORMAT` of the list: csv, jsonl or plain")
	f.StringVar(&typ, "type", "", "only hashes of this `TYPE`")
	f.StringVarP(&output, "output", "o", "", "write to this `FILE` instead of standard output")
	return cmd
}
