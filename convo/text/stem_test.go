package text

import (
	"slices"
	"testing"
)

func TestStemID(t *testing.T) {
	for word, stem := range map[string]string{
		"memukul": "pukul", "menyapu": "sapu", "mengirim": "kirim", "menulis": "tulis", "membaca": "baca",
		"menikah": "nikah", "menyanyi": "nyanyi", "memasak": "masak", "mengecat": "cat", "melihat": "lihat",
		"dikirimkan": "kirim", "dihapusnya": "hapus", "bertemu": "temu", "bekerja": "kerja", "belajar": "ajar",
		"terhapus": "hapus", "terasa": "rasa", "pengiriman": "kirim", "penulis": "tulis", "pelajaran": "ajar",
		"rahasiakanlah": "rahasia", "rahasianya": "rahasia", "temanku": "teman", "rumahmu": "rumah", "sekolahnyakah": "sekolah",
		"memperlihatkan": "lihat", "dipertemukan": "temu", "keberatan": "berat", "sebesar": "besar", "kusimpan": "simpan",
		"kaukirim": "kirim", "ngirimin": "kirim", "nunggu": "tunggu", "nyuruh": "suruh", "nyari": "cari", "ngechat": "chat",
		"minjem": "pinjem", "bukain": "buka", "diapain": "apa", "apapun": "apa", "mempermasalahkannyalah": "masalah",
	} {
		b := []byte(word)
		var tried []string
		found := StemID(b, func(s []byte) bool {
			tried = append(tried, string(s))
			return string(s) == stem
		})
		if !found {
			t.Errorf("%s: no %s in %q", word, stem, tried)
		}
		if string(b) != word {
			t.Errorf("%s: is %s afterwards", word, b)
		}
		if !slices.IsSortedFunc(tried, func(a, b string) int { return len(b) - len(a) }) {
			t.Errorf("%s: %q are not longest first", word, tried)
		}
		if slices.Contains(tried, word) {
			t.Errorf("%s is tried itself", word)
		}
	}
	for _, word := range []string{"", "di", "ini", "rumah", "anak"} {
		if StemID([]byte(word), func(s []byte) bool { return len(s) >= len(word) }) {
			t.Errorf("%s: has a stem as long as itself", word)
		}
	}
}
