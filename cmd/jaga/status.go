package main

import (
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/trouble"
	"github.com/jaga-project/jaga/internal/web/api"
)

func (a *app) statusCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show what the running server holds and does",
		Long: `Show the running server's index, what came in, its jobs, its custody log, and
what stopped working and waits for a person.
Exit status: 0 it runs; 1 it does not, or does not answer.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.connectServer(cmd.Context())
			if err != nil {
				return err
			}
			var s api.Status
			if err := c.call(cmd.Context(), http.MethodGet, "/v1/status", nil, &s); err != nil {
				return err
			}
			if a.json {
				return a.printJSON(s)
			}
			return a.printStatus(c.url, s)
		},
	}
}

func (a *app) printStatus(url string, s api.Status) error {
	w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "server\t%s, version %s, on %s\n", url, s.Version, s.Database)
	if !s.Index.Loaded {
		fmt.Fprintf(w, "index\tNOT LOADED: items are not checked\n")
	} else {
		fmt.Fprintf(w, "index\t%d banks, version %s\n", s.Index.Banks, s.Index.Version)
	}
	for _, t := range s.Index.Types {
		if t.Entries > 0 {
			fmt.Fprintf(w, "\t%s: %d hashes in %d KiB\n", t.Type, t.Entries, t.Bytes>>10)
		}
	}
	fmt.Fprintf(w, "items\t%d with findings, %d not checked, %d with nothing found\n", s.Items.Findings, s.Items.NotChecked, s.Items.Clear)
	fmt.Fprintf(w, "conversations\t%d urgent, %d for review, %d to observe; %d messages since the start\n",
		s.Talk.Findings.Urgent, s.Talk.Findings.Review, s.Talk.Findings.Observe, s.Talk.Messages)
	switch s.Talk.Private {
	case "off":
		fmt.Fprintf(w, "\tmessages of private channels are refused, by %s\n", strings.Join(s.Talk.By, ", "))
	case "read":
		fmt.Fprintf(w, "\tmessages of private channels are read; %s leaves that to you\n", strings.Join(s.Talk.By, ", "))
	case "despite":
		fmt.Fprintf(w, "\tmessages of private channels are READ although %s says no: two people set that aside\n", strings.Join(s.Talk.Despite, ", "))
	case "not_chosen":
		fmt.Fprintf(w, "\tmessages of private channels are read; no profile of the law is in force\n")
	}
	if s.Talk.Lost > 0 {
		fmt.Fprintf(w, "\t%d states were LOST and begun anew\n", s.Talk.Lost)
	}
	waiting, failed := 0, 0
	for _, j := range s.Jobs {
		switch j.State {
		case store.JobReady, store.JobRunning:
			waiting++
		case store.JobFailed:
			failed++
		}
	}
	fmt.Fprintf(w, "jobs\t%d waiting or running, %d failed, of the latest %d\n", waiting, failed, len(s.Jobs))
	fmt.Fprintf(w, "custody\t%d records, %d after the last signed checkpoint\n", s.Custody.Records, s.Custody.Records-s.Custody.CheckpointRecords)
	for _, o := range s.Custody.Outside {
		state := fmt.Sprintf("%d records there", o.Records)
		switch {
		case o.Grave:
			state = "CONTRADICTS THE LOG: " + o.Error
		case o.Error != "":
			state = "FAILS: " + o.Error
		}
		fmt.Fprintf(w, "\t%s %s: %s\n", map[string]string{"file": "copies to", "stamp": "stamps by"}[o.Kind], o.Where, state)
	}
	for _, t := range s.Stopped {
		fmt.Fprintf(w, "STOPPED\t%s\n", stoppedLine(t))
	}
	return w.Flush()
}

// stoppedLine says what stopped working, and where a person mends it.
func stoppedLine(t api.Stopped) string {
	switch t.Kind {
	case trouble.Webhook:
		return fmt.Sprintf("webhook %s: %d deliveries were given up; jaga hooks replay, or %s", t.Name, t.N, t.Page)
	case trouble.Rules:
		return fmt.Sprintf("automatic actions of %s: too many (%s); a person lets them go on, on %s", t.Name, t.Why, t.Page)
	case trouble.Plugin:
		return fmt.Sprintf("plugin %s: %s; see %s", t.Name, t.Why, t.Page)
	case trouble.Messages:
		return fmt.Sprintf("classifiers: %d messages were not checked within 7 days; see %s", t.N, t.Page)
	}
	return fmt.Sprintf("evidence: %d files could not be kept within 7 days; see %s", t.N, t.Page)
}
