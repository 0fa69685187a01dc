package indicator

import "slices"

// Modifier is a fact about the context that lowers, raises or redirects what
// indicators are worth. A modifier never hides one.
type Modifier struct {
	ID      ID   `json:"id"`
	Name    L    `json:"name"`
	Effect  L    `json:"effect"`
	Explain L    `json:"explain"`           // one plain sentence for the person who reviews
	Lowers  []ID `json:"lowers,omitempty"`  // indicators that are worth less under it
	Raises  bool `json:"raises,omitempty"`  // whether it raises the conversation as a whole
	Welfare bool `json:"welfare,omitempty"` // whether it sends the case to the welfare path first
}

// Modifiers returns the eight context modifiers in order. The slice and
// everything in it belong to the caller.
//
// A family tie never lowers L-09 and L-10, because relatives may be the ones
// who facilitate. Quotation lowers every indicator that reads text, except
// those of the target's side: a call for help is heard even when it might be
// a quotation.
func Modifiers() []Modifier {
	return []Modifier{
		{
			ID:   "CTX-01",
			Name: L{"Known family or guardian tie", "Ikatan keluarga atau wali yang diketahui"},
			Effect: L{
				"Lowers questions and requests that are ordinary inside a family. The tie must be verified; a claim alone does not count.",
				"Menurunkan bobot pertanyaan dan permintaan yang lazim di dalam keluarga. Ikatannya harus terverifikasi; pengakuan saja tidak cukup.",
			},
			Explain: L{
				"The two accounts are known to belong to one family or household.",
				"Kedua akun diketahui berasal dari satu keluarga atau satu rumah.",
			},
			Lowers: []ID{"G-09", "G-10", "G-11", "G-12", "G-13", "L-12"},
		},
		{
			ID:   "CTX-02",
			Name: L{"Peer ages", "Usia sebaya"},
			Effect: L{
				"Sends the case to the welfare path first: children of similar age need support, not to be treated like adults under investigation.",
				"Mengarahkan kasus ke jalur kesejahteraan anak lebih dahulu: anak-anak yang sebaya membutuhkan dukungan, bukan perlakuan seperti orang dewasa yang diselidiki.",
			},
			Explain: L{
				"Both sides appear to be children of similar age.",
				"Kedua pihak tampaknya anak-anak yang usianya sebaya.",
			},
			Welfare: true,
		},
		{
			ID:   "CTX-03",
			Name: L{"Verified professional in an open channel", "Tenaga profesional terverifikasi di kanal terbuka"},
			Effect: L{
				"Lowers signs that come with a teaching or coaching role. Both are needed: a verified role, and a channel that others can see.",
				"Menurunkan bobot tanda yang memang melekat pada peran pengajar atau pelatih. Keduanya diperlukan: peran yang terverifikasi dan kanal yang dapat dilihat orang lain.",
			},
			Explain: L{
				"One side is a verified educator or coach and writes where others can read along.",
				"Salah satu pihak adalah pendidik atau pelatih terverifikasi dan menulis di tempat yang dapat dibaca orang lain.",
			},
			Lowers: []ID{"G-10", "W-02"},
		},
		{
			ID:   "CTX-04",
			Name: L{"Help or support service", "Layanan bantuan atau pendampingan"},
			Effect: L{
				"Lowers signs that are part of giving help, for services on the deployment's list and moderators on duty.",
				"Menurunkan bobot tanda yang menjadi bagian dari pemberian bantuan, untuk layanan yang terdaftar dan moderator yang sedang bertugas.",
			},
			Explain: L{
				"One side is a listed helpline or a moderator on duty.",
				"Salah satu pihak adalah layanan bantuan yang terdaftar atau moderator yang sedang bertugas.",
			},
			Lowers: []ID{"W-05", "S-14"},
		},
		{
			ID:   "CTX-05",
			Name: L{"Long harmless history", "Riwayat panjang tanpa masalah"},
			Effect: L{
				"Lowers the worth of a first contact and asks for more evidence than between strangers.",
				"Menurunkan bobot kontak pertama dan menuntut bukti lebih banyak daripada antara orang yang belum saling kenal.",
			},
			Explain: L{
				"The two accounts have written to each other for months in an ordinary way.",
				"Kedua akun sudah berbulan-bulan saling menulis secara wajar.",
			},
			Lowers: []ID{"G-01"},
		},
		{
			ID:   "CTX-06",
			Name: L{"Role-play, fiction or quoted text", "Permainan peran, fiksi, atau teks kutipan"},
			Effect: L{
				"Lowers what rests on wording and marks it as quoted. It does not lower a call for help.",
				"Menurunkan bobot hal yang bertumpu pada kata-kata dan menandainya sebagai kutipan. Permintaan tolong tidak diturunkan.",
			},
			Explain: L{
				"The text appears to be quoted, fictional or part of role-play.",
				"Teks ini tampaknya kutipan, fiksi, atau bagian dari permainan peran.",
			},
			Lowers: textual(),
		},
		{
			ID:   "CTX-07",
			Name: L{"Report or block by the targeted person", "Laporan atau blokir oleh pihak yang dituju"},
			Effect: L{
				"Raises the conversation: a report, a block or a plain refusal is the strongest sign that a person can give.",
				"Menaikkan tingkat percakapan: laporan, blokir, atau penolakan tegas adalah tanda terkuat yang dapat diberikan seseorang.",
			},
			Explain: L{
				"The person written to has reported, blocked or asked to stop.",
				"Orang yang dikirimi pesan telah melapor, memblokir, atau meminta berhenti.",
			},
			Raises: true,
		},
		{
			ID:   "CTX-08",
			Name: L{"Already under review, or registered research", "Sudah ditinjau, atau penelitian terdaftar"},
			Effect: L{
				"Joins the case that exists, so that nothing is escalated twice. What was found stays visible.",
				"Digabungkan ke kasus yang sudah ada supaya tidak dieskalasi dua kali. Temuannya tetap terlihat.",
			},
			Explain: L{
				"The account already has a case, or belongs to a registered researcher.",
				"Akun ini sudah memiliki kasus, atau milik peneliti yang terdaftar.",
			},
		},
	}
}

// textual lists the indicators that read text and do not describe the target.
func textual() []ID {
	var ids []ID
	for i := range Count {
		if r := row(i); r.Channels.Has(Text) && r.Side != Target {
			ids = append(ids, r.ID)
		}
	}
	return slices.Clip(ids)
}
