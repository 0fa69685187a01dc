package text

import "testing"

var messages = []struct{ name, raw string }{
	{"ascii40", "hey are you home alone now or at school?"},
	{"indonesian", "hai kamu lagi di rumah gak? jgn bilang mama ya"},
	{"entities", "13f here, send $50 by 8pm to a.b@example.com"},
	{"evaded", "add me on sn4p or s n a p, sooo fun"},
	{"accents", "héllo wörld, ça va bien aujourd’hui? 😀"},
	{"lookalikes", "add me on sn\u0430p or \U0001D4FC\U0001D4F7\U0001D4EA\U0001D4F9"},
	{"thai", "สวัสดีครับ คุณอยู่บ้านไหม"},
}

func BenchmarkNormalise(b *testing.B) {
	for _, m := range messages {
		b.Run(m.name, func(b *testing.B) {
			var x Text
			b.SetBytes(int64(len(m.raw)))
			b.ReportAllocs()
			for b.Loop() {
				x.Normalise(m.raw)
			}
		})
	}
}

func TestSteadyStreamAllocatesNothing(t *testing.T) {
	var x Text
	for _, m := range messages {
		x.Normalise(m.raw)
	}
	for _, m := range messages {
		if n := testing.AllocsPerRun(100, func() { x.Normalise(m.raw) }); n != 0 {
			t.Errorf("%s: %v allocations, want none", m.name, n)
		}
	}
	word := []byte("mempermasalahkannyalah")
	if n := testing.AllocsPerRun(100, func() { StemID(word, func([]byte) bool { return false }) }); n != 0 {
		t.Errorf("StemID: %v allocations, want none", n)
	}
}
