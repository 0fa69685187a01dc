package chatlook

import (
	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
)

var (
	nextHead = indicator.L{EN: "What to do next", ID: "Langkah berikutnya"}
	helpHead = indicator.L{EN: "People who can help", ID: "Yang dapat membantu"}

	notYourFault = indicator.L{
		EN: "It is not the child's fault.",
		ID: "Ini bukan salah anak.",
	}
	adviceObserve = indicator.L{
		EN: "Nothing here calls for action by itself. Keep it in mind, and talk with the child openly and without blame.",
		ID: "Hal ini sendiri belum menuntut tindakan. Cukup diingat, dan ajak anak bicara terbuka tanpa menyalahkan.",
	}
	adviceWelfare = indicator.L{
		EN: "The account under review seems to be a child's, too. A child needs support first.",
		ID: "Akun yang ditinjau tampaknya juga milik anak. Anak perlu didukung lebih dahulu.",
	}

	adviceByForm = map[jaga.Form][]indicator.L{
		jaga.FormSextortion: {
			{
				EN: "Stop answering. Do not pay and send nothing more: giving in rarely ends it.",
				ID: "Berhenti membalas. Jangan membayar dan jangan mengirim apa pun lagi: tuntutan biasanya tidak berhenti di situ.",
			},
			{
				EN: "Do not leave the child alone with this tonight. If life is in danger, call the emergency number.",
				ID: "Dampingi anak malam ini, jangan biarkan sendirian. Jika nyawa terancam, hubungi nomor darurat.",
			},
		},
		jaga.FormLiveStream: {
			{
				EN: "Bring the child to safety first. Do not warn anybody who may be involved, even in the family.",
				ID: "Amankan anak lebih dahulu. Jangan memberi tahu siapa pun yang mungkin terlibat, termasuk keluarga.",
			},
			{
				EN: "End the stream. Record nothing; note the account and the time.",
				ID: "Hentikan siarannya. Jangan merekam; catat akun dan waktunya.",
			},
		},
		jaga.FormGrooming: {
			{
				EN: "Listen calmly. Begin with: thank you for telling me, you are not in trouble.",
				ID: "Dengarkan dengan tenang. Mulailah dengan: terima kasih sudah bercerita, kamu tidak akan dimarahi.",
			},
			{
				EN: "Do not threaten or bait the other side, and do not write from the child's account.",
				ID: "Jangan mengancam atau memancing pihak lain, dan jangan menulis dari akun anak.",
			},
		},
		jaga.FormCSAM: {
			{
				EN: "Open no picture and no link, and pass nothing on. Note where it was and report it to a hotline.",
				ID: "Jangan membuka gambar atau tautan, dan jangan meneruskannya. Catat lokasinya dan laporkan ke layanan pengaduan.",
			},
		},
	}
	// adviceChat is for every form that happens in the conversation itself.
	adviceChat = []indicator.L{
		{
			EN: "Keep the chat and note accounts, times and payment details. Delete nothing.",
			ID: "Simpan percakapan ini; catat akun, waktu, dan data pembayaran. Jangan hapus apa pun.",
		},
		{
			EN: "Then report the account in the app and block it, and tell the police or a helpline.",
			ID: "Setelah itu laporkan akunnya di aplikasi, blokir, dan hubungi polisi atau layanan bantuan.",
		},
	}
	adviceAlways = indicator.L{
		EN: "Never copy, photograph or send a sexual picture of anyone under 18, not even as evidence.",
		ID: "Jangan pernah menyalin, memotret, atau mengirim gambar seksual siapa pun di bawah 18 tahun, sekalipun sebagai bukti.",
	}
)

// helpline is somewhere to turn to.
type helpline struct {
	where, what indicator.L
	// forms are those it is named for; none means all.
	forms []jaga.Form
}

// helplines are few, and of those that several sources agree on.
var helplines = []helpline{
	{
		where: indicator.L{EN: "Indonesia", ID: "Indonesia"},
		what:  indicator.L{EN: "SAPA 129: call 129 or WhatsApp 08111-129-129", ID: "SAPA 129: telepon 129 atau WhatsApp 08111-129-129"},
	},
	{
		where: indicator.L{EN: "Elsewhere", ID: "Negara lain"},
		what:  indicator.L{EN: "childhelplineinternational.org/helplines", ID: "childhelplineinternational.org/helplines"},
	},
	{
		where: indicator.L{EN: "Pictures", ID: "Gambar"},
		what: indicator.L{
			EN: "takeitdown.ncmec.org helps stop the spread of pictures of people under 18; the picture stays on the device",
			ID: "takeitdown.ncmec.org membantu menghentikan penyebaran gambar orang di bawah 18 tahun; gambarnya tetap di perangkat",
		},
		forms: []jaga.Form{jaga.FormSextortion, jaga.FormLiveStream, jaga.FormCSAM},
	},
	{
		where: indicator.L{EN: "Hotlines", ID: "Pengaduan"},
		what:  indicator.L{EN: "inhope.org names the one of each country for reporting material", ID: "inhope.org menunjukkan layanan tiap negara untuk melaporkan materi"},
		forms: []jaga.Form{jaga.FormLiveStream, jaga.FormCSAM},
	},
}
