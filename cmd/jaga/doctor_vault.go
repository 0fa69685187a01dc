package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/evidence"
)

// examineVault looks at the vault: its key, its store, and what is in it.
func (a *app) examineVault(ctx context.Context, r *reader) []examined {
	bad := func(err error) []examined { return []examined{{"vault", "bad", err.Error(), hintOf(err)}} }
	used, err := evidence.Used(ctx, r.db)
	if err != nil {
		return bad(err)
	}
	if !used {
		return []examined{{"vault", "note", "not made yet", "jaga serve or jaga init makes it"}}
	}
	s, err := a.readEvidence(ctx, r)
	if err != nil {
		return bad(err)
	}
	st, err := s.Status(ctx)
	if err != nil {
		return bad(err)
	}
	all := []examined{{"vault", "ok", fmt.Sprintf("%d files, %d MiB, in %s", st.Quarantine+st.Kept, st.Bytes>>20, st.Place), ""}}
	blobs, err := a.cfg.blobs()
	if err == nil {
		// A name that is never given: that there is none is the answer of a
		// store that works.
		_, err = blobs.Open(ctx, "doctor")
	}
	if err != nil && jaga.CodeOf(err) != jaga.CodeNotFound {
		all = append(all, examined{"vault store", "bad", err.Error(), hintOf(err)})
	}
	if st.Missing > 0 {
		all = append(all, examined{"vault", "bad", fmt.Sprintf("the sealed payload of %d files is missing", st.Missing), "restore the store of the payloads from a copy; docs/vault.md says how"})
	}
	key := examined{"vault key", "ok", "current " + st.Keys[0] + ", older " + fmt.Sprint(len(st.Keys)-1), ""}
	if info, err := os.Stat(a.cfg.vaultKeyFile()); len(a.cfg.Vault.KeyCommand) == 0 && err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		key = examined{"vault key", "bad", fmt.Sprintf("%s can be read by others (mode %o)", a.cfg.vaultKeyFile(), info.Mode().Perm()), "chmod 600 " + a.cfg.vaultKeyFile()}
	} else if st.Stale > 0 {
		key = examined{"vault key", "note", fmt.Sprintf("%d files are wrapped with an older key or for former officers (%s)", st.Stale, strings.Join(st.KeysUsed, ", ")), "stop the server and run jaga vault rotate"}
	}
	all = append(all, key)
	if st.Officers == 0 {
		all = append(all, examined{"break-glass", "note", "no officers are set: who loses the vault key loses the evidence", "jaga vault officers; docs/vault.md says how"})
	} else {
		all = append(all, examined{"break-glass", "ok", fmt.Sprintf("any 2 of %d officers", st.Officers), ""})
	}
	return all
}
