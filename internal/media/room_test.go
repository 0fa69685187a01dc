package media

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/testpic"
)

// Files that find no room are not checked and have their exact hashes; the room
// is free again afterwards.
func TestRoom(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 2)
	d.room.most = 2 * roomPiece
	picture := testpic.PNG(testpic.Photo(1, 600, 450))
	if len(picture) < 3*roomPiece {
		t.Fatalf("the picture has %d bytes: too small for this test", len(picture))
	}
	for _, r := range []io.Reader{bytes.NewReader(picture), iotest.HalfReader(strings.NewReader(string(picture)))} {
		m, err := d.Measure(t.Context(), r, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Skipped) != 1 || m.Skipped[0].Why != jaga.WhyBusy || len(m.Signals) != 3 || m.Bytes != int64(len(picture)) {
			t.Errorf("without room: %+v", m)
		}
		if used := d.room.used.Load(); used != 0 {
			t.Errorf("%d bytes of the room are still taken", used)
		}
	}
	d.room.most = 8 << 20
	want, err := d.Measure(t.Context(), bytes.NewReader(picture), Options{})
	if err != nil || len(want.Skipped) > 0 {
		t.Fatalf("with room: %+v, %v", want, err)
	}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			m, err := d.Measure(t.Context(), iotest.HalfReader(bytes.NewReader(picture)), Options{})
			if err != nil || len(m.Skipped) > 0 || m.Signals[0] != want.Signals[0] {
				t.Errorf("beside others: %+v, %v", m.Skipped, err)
			}
		})
	}
	all.Wait()
	if used := d.room.used.Load(); used != 0 {
		t.Errorf("%d bytes of the room are still taken", used)
	}
}
