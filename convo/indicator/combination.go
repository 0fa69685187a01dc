package indicator

// Combination is a set of indicators that is worth more than its parts. It
// states no order in which they must come.
type Combination struct {
	No   int `json:"no"` // from 1
	Name L   `json:"name"`
	Note L   `json:"note"` // what belongs to it, and what raises it
}

// Combinations returns the nine combinations in order. The slice belongs to
// the caller.
func Combinations() []Combination {
	return []Combination{
		{1, L{"Probing and secrecy", "Penjajakan dan permintaan rahasia"}, L{
			"G-11 or G-12, together with G-13 or G-25. In ordinary talk the pair is expected to be far rarer than either part.",
			"G-11 atau G-12, bersama G-13 atau G-25. Dalam obrolan biasa, pasangan ini diperkirakan jauh lebih jarang daripada masing-masing bagiannya.",
		}},
		{2, L{"Early move away", "Ajakan pindah sejak awal"}, L{
			"G-15 or G-16 among the first messages, together with G-04 where a child's age was stated, or with W-01.",
			"G-15 atau G-16 di antara pesan-pesan pertama, bersama G-04 ketika usia anak disebutkan, atau bersama W-01.",
		}},
		{3, L{"Gift, then request", "Hadiah, lalu permintaan"}, L{
			"G-07 and within a day G-20, G-21 or L-02. W-04 belongs to it when the request is refused.",
			"G-07 dan dalam sehari G-20, G-21, atau L-02. W-04 termasuk di dalamnya bila permintaan ditolak.",
		}},
		{4, L{"Pressure after a refusal", "Tekanan setelah penolakan"}, L{
			"G-20, a refusal, G-24, and then G-24 or G-20 again.",
			"G-20, penolakan, G-24, kemudian G-24 atau G-20 lagi.",
		}},
		{5, L{"Fast extortion", "Pemerasan cepat"}, L{
			"S-02 with any two of S-04, S-05, S-06, S-08 and S-09. Urgent when S-17 shows on the side of the person targeted.",
			"S-02 dengan dua di antara S-04, S-05, S-06, S-08, dan S-09. Mendesak bila S-17 tampak pada pihak yang diincar.",
		}},
		{6, L{"Payment loop", "Lingkaran pembayaran"}, L{
			"S-09, a payment, and then S-11.",
			"S-09, pembayaran, kemudian S-11.",
		}},
		{7, L{"Pay-to-direct", "Membayar untuk mengarahkan"}, L{
			"L-01, L-02 and L-03 together. Urgent with L-07 or L-08.",
			"L-01, L-02, dan L-03 bersama-sama. Mendesak bila disertai L-07 atau L-08.",
		}},
		{8, L{"Facilitated abuse", "Kekerasan yang difasilitasi"}, L{
			"L-09 and L-10, together with L-11 or L-12.",
			"L-09 dan L-10, bersama L-11 atau L-12.",
		}},
		{9, L{"Serial conduct", "Perilaku berulang terhadap banyak orang"}, L{
			"Any combination above, reached by one sender towards three or more different people.",
			"Salah satu kombinasi di atas, dicapai oleh satu pengirim terhadap tiga orang berbeda atau lebih.",
		}},
	}
}
