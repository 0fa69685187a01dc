package main

import (
	"time"

	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/store"
)

// reported starts, with a report, the times for which the profiles in force have
// the files of a case kept, in the transaction that keeps the receipt.
func (f *caseFiles) reported(tx *store.Tx, laws law.Set, id int64, e casework.Event) error {
	sent := time.UnixMicro(e.Data.Sent)
	if e.Data.Sent == 0 {
		sent = time.UnixMicro(e.At)
	}
	clocks := submissionClocks(laws, sent)
	if len(clocks) == 0 {
		return nil
	}
	parts, err := f.cases.Members(tx, id)
	for _, part := range parts {
		if err == nil {
			err = f.evidence.BeginClocks(tx, e.Actor, part, clocks)
		}
	}
	return err
}
