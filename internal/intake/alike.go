package intake

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/pdq"
)

// Alike is a sealed file whose picture is nearly the same as another one's.
type Alike struct {
	Evidence string
	Distance int // bits of the PDQ hash
}

// filesAtOnce is how many files one query asks about.
const filesAtOnce = 200

// Pictures returns the PDQ hashes of sealed files: of those that are pictures
// with enough detail for one. Where several items came with a file it is that of
// one of them.
func Pictures(tx *store.Tx, files []string) (map[string]pdq.Hash, error) {
	type row struct {
		File  string
		Value []byte
	}
	out := map[string]pdq.Hash{}
	for chunk := range slices.Chunk(files, filesAtOnce) {
		marks, args := make([]string, len(chunk)), []any{typeNumbers[jaga.PDQ], int64(pdq.MinQuality)}
		for i, id := range chunk {
			args = append(args, id)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		rows, err := store.All[row](tx, `SELECT b.evidence_id, s.value FROM item_evidence b JOIN item_signals s ON s.item_id = b.item_id
			WHERE s.type = $1 AND s.variant = '' AND s.quality >= $2 AND b.evidence_id IN (`+strings.Join(marks, ",")+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			var h pdq.Hash
			copy(h[:], r.Value)
			out[r.File] = h
		}
	}
	return out, nil
}

// FilesAlike returns, for each of the given hashes, the sealed files that are at
// most radius bits away, the nearest first, among those of the last items that
// came with one. It goes through them one by one, so last bounds its cost.
func FilesAlike(tx *store.Tx, of map[string]pdq.Hash, radius, last int) (map[string][]Alike, error) {
	type row struct {
		File  string
		Value []byte
	}
	nearest := map[string]map[string]int{}
	err := store.Each(tx, func(r *row) error {
		var hash pdq.Hash
		copy(hash[:], r.Value)
		for name, h := range of {
			d := h.Distance(hash)
			if d > radius || r.File == name {
				continue
			}
			if nearest[name] == nil {
				nearest[name] = map[string]int{}
			}
			if before, ok := nearest[name][r.File]; !ok || d < before {
				nearest[name][r.File] = d
			}
		}
		return nil
	}, `SELECT b.evidence_id, s.value FROM (SELECT item_id, evidence_id FROM item_evidence ORDER BY item_id DESC LIMIT $1) AS b
		JOIN item_signals s ON s.item_id = b.item_id WHERE s.type = $2 AND s.variant = '' AND s.quality >= $3`, int64(last), typeNumbers[jaga.PDQ], int64(pdq.MinQuality))
	if err != nil {
		return nil, err
	}
	out := map[string][]Alike{}
	for name, files := range nearest {
		for file, d := range files {
			out[name] = append(out[name], Alike{file, d})
		}
		slices.SortFunc(out[name], func(a, b Alike) int {
			return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(b.Evidence, a.Evidence))
		})
	}
	return out, nil
}
