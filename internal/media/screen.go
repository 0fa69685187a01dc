package media

import (
	"context"

	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/pdq/jpeg"
)

// screen is the quick first tier for JPEG files: hashes from the coefficients,
// without pixels. ok is false when the file has to be decoded: it cannot be
// screened, is over a limit or damaged, or something is near it. Which of them
// does not matter here, because decoding decides it all anew.
func screen(ctx context.Context, data []byte, lim Limits, opts Options) (l looked, ok bool) {
	defer func() {
		if recover() != nil {
			l, ok = looked{}, false
		}
	}()
	if _, err := admit(data, JPEG, lim); err != nil {
		return looked{}, false
	}
	r, all, err := screenSum(data, opts.Rotations)
	if err != nil || ctx.Err() != nil || !opts.Far(pdqSignals(r.Quality, all, opts, "pdq-screen/1")) {
		return looked{}, false
	}
	w, h, err := jpeg.Size(data)
	if err != nil {
		return looked{}, false
	}
	return looked{width: w, height: h, orientation: orientation(data), screened: true}, true
}

func screenSum(data []byte, rotations bool) (r pdq.Result, all pdq.Dihedral, err error) {
	if rotations {
		return jpeg.ScreenAll(data)
	}
	r, _, err = jpeg.Screen(data)
	all[pdq.Original] = r.Hash
	return r, all, err
}
