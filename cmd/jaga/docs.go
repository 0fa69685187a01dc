package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

func (a *app) docsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "docs",
		Short: "Write the manual pages or the command reference",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "man DIR",
		Short:   "Write one manual page for each command into DIR",
		Example: "  jaga docs man ~/.local/share/man/man1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("write manual pages: %w", err)
			}
			// A fixed date: the pages of one version are the same wherever
			// they are made.
			date := time.Unix(0, 0).UTC()
			header := &doc.GenManHeader{Title: "JAGA", Section: "1", Source: "Jaga", Manual: "Jaga", Date: &date}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return fmt.Errorf("write manual pages: %w", err)
			}
			return nil
		},
	}, &cobra.Command{
		Use:   "commands",
		Short: "Print the reference of all commands as Markdown",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := commandReference(cmd.Root())
			if err != nil {
				return err
			}
			_, err = a.Out.Write(text)
			return err
		},
	})
	return cmd
}

// commandReference renders the page docs/commands.md.
func commandReference(root *cobra.Command) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("# Commands\n\nWritten by `jaga docs commands`; a test compares it with the program.\n\n")
	fmt.Fprintf(&b, "%s\n\n", root.Long)
	fmt.Fprintf(&b, "Flags of every command:\n\n")
	writeFlags(&b, root.PersistentFlags())
	walk(root, func(c *cobra.Command) {
		if c == root || !c.IsAvailableCommand() || c.HasAvailableSubCommands() || c.Name() == "help" {
			return
		}
		fmt.Fprintf(&b, "## %s\n\n", c.CommandPath())
		text := c.Long
		if text == "" || c.Parent().Name() == "completion" {
			text = c.Short + "."
		}
		fmt.Fprintf(&b, "    %s\n\n%s\n\n", c.UseLine(), strings.TrimSpace(text))
		writeFlags(&b, c.NonInheritedFlags())
		if c.Example != "" {
			fmt.Fprintf(&b, "For example:\n\n")
			for line := range strings.Lines(c.Example) {
				fmt.Fprintf(&b, "  %s\n", strings.TrimRight(line, "\n"))
			}
			b.WriteString("\n")
		}
	})
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n'), nil
}

func writeFlags(w io.Writer, flags *pflag.FlagSet) {
	n := 0
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		n++
		kind, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if kind != "" {
			name += " " + kind
		}
		def := ""
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
			def = fmt.Sprintf(" (default %s)", f.DefValue)
		}
		fmt.Fprintf(w, "* `%s`: %s%s\n", name, usage, def)
	})
	if n > 0 {
		fmt.Fprintln(w)
	}
}

func walk(c *cobra.Command, fn func(*cobra.Command)) {
	fn(c)
	for _, sub := range c.Commands() {
		walk(sub, fn)
	}
}
