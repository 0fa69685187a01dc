package chatlook

import (
	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
)

// The words of the report. They follow docs/words.md: they name what was seen
// and how soon a person should look, never a guilty person, and they blame no
// child.

var bandNames = map[jaga.Band]indicator.L{
	jaga.BandNone:    {EN: "nothing found", ID: "tidak ada temuan"},
	jaga.BandObserve: {EN: "observe", ID: "amati"},
	jaga.BandReview:  {EN: "review", ID: "tinjau"},
	jaga.BandUrgent:  {EN: "urgent", ID: "mendesak"},
}

var formNames = map[jaga.Form]indicator.L{
	jaga.FormCSAM:       {EN: "Child sexual abuse material", ID: "Materi kekerasan seksual terhadap anak"},
	jaga.FormGrooming:   {EN: "Grooming for sexual purposes", ID: "Bujuk rayu untuk tujuan seksual"},
	jaga.FormLiveStream: {EN: "Live-streamed abuse", ID: "Kekerasan seksual lewat siaran langsung"},
	jaga.FormSextortion: {EN: "Sexual extortion", ID: "Pemerasan seksual"},
}

var powerNames = map[string]indicator.L{
	"age":       {EN: "age", ID: "usia"},
	"fame":      {EN: "fame", ID: "ketenaran"},
	"authority": {EN: "authority", ID: "wewenang"},
	"money":     {EN: "money", ID: "uang"},
	"secret":    {EN: "a secret held", ID: "rahasia yang dipegang"},
	"skill":     {EN: "technical skill", ID: "keahlian teknis"},
	"family":    {EN: "family", ID: "hubungan keluarga"},
}

var needNames = map[string]indicator.L{
	"age_band":     {EN: "ages", ID: "usia"},
	"graph":        {EN: "who knows whom", ID: "siapa mengenal siapa"},
	"payment":      {EN: "payments", ID: "data pembayaran"},
	"login":        {EN: "log-ins", ID: "riwayat masuk akun"},
	"media":        {EN: "pictures and recordings", ID: "gambar dan rekaman"},
	"classifier":   {EN: "the scores of a classifier", ID: "skor dari pengklasifikasi"},
	"private_pack": {EN: "a private pack of coded terms", ID: "paket khusus berisi istilah sandi"},
	"feed":         {EN: "an outside feed", ID: "data dari pihak luar"},
}

var actNames = map[string]indicator.L{
	"category": {EN: "score of a classifier", ID: "skor dari pengklasifikasi"},
	"payment":  {EN: "sends money", ID: "mengirim uang"},
	"gift":     {EN: "sends a gift", ID: "memberi hadiah"},
	"report":   {EN: "reports the other", ID: "melaporkan pihak lain"},
	"block":    {EN: "blocks the other", ID: "memblokir pihak lain"},
	"refusal":  {EN: "says no", ID: "menolak"},
	"request":  {EN: "asks for a picture, a call or a meeting", ID: "meminta foto, panggilan, atau pertemuan"},
	"sent":     {EN: "does what was demanded", ID: "melakukan yang dituntut"},
	"call":     {EN: "calls", ID: "menelepon"},
	"join":     {EN: "joins the room", ID: "masuk ke ruang"},
	"leave":    {EN: "leaves the room", ID: "keluar dari ruang"},
	"login":    {EN: "a new device logs in", ID: "perangkat baru masuk ke akun"},
	"feed":     {EN: "an outside feed knows the account", ID: "akun dikenal oleh data dari pihak luar"},
	"media":    {EN: "sends a picture or recording", ID: "mengirim gambar atau rekaman"},
}

var mediaNames = map[string]indicator.L{
	"image":   {EN: "picture, not looked into", ID: "gambar, tidak diperiksa"},
	"video":   {EN: "video, not looked into", ID: "video, tidak diperiksa"},
	"audio":   {EN: "sound, not looked into", ID: "rekaman suara, tidak diperiksa"},
	"file":    {EN: "file, not looked into", ID: "berkas, tidak diperiksa"},
	"deleted": {EN: "message taken back", ID: "pesan ditarik kembali"},
}

var (
	everybody    = indicator.L{EN: "everybody in the room", ID: "semua orang di ruang ini"}
	ageUnknown   = indicator.L{EN: "age not in the file", ID: "usia tidak ada di berkas"}
	ageAdult     = indicator.L{EN: "adult", ID: "dewasa"}
	saidMinor    = indicator.L{EN: "under 18, as said in the chat", ID: "di bawah 18 tahun, menurut percakapan"}
	saidAdult    = indicator.L{EN: "adult, as said in the chat", ID: "dewasa, menurut percakapan"}
	ageMinor     = indicator.L{EN: "under 18", ID: "di bawah 18 tahun"}
	roles        = indicator.L{EN: "account under review → may need help", ID: "akun yang sedang ditinjau → mungkin perlu bantuan"}
	childToo     = indicator.L{EN: "The account under review seems to be a child's, too: support comes first.", ID: "Akun yang ditinjau tampaknya juga milik anak: dukungan didahulukan."}
	powerHead    = indicator.L{EN: "Power over the other:", ID: "Kuasa atas yang lain:"}
	becauseHead  = indicator.L{EN: "Because of:", ID: "Alasan:"}
	disguised    = indicator.L{EN: "(the spelling hides the words)", ID: "(ejaannya menyamarkan kata)"}
	fromHere     = indicator.L{EN: "from here on: %s", ID: "mulai dari sini: %s"}
	actIndicator = indicator.L{EN: "the platform saw %s", ID: "platform melihat %s"}

	messagesHead   = indicator.L{EN: "The messages that count", ID: "Pesan yang menjadi dasar"}
	againstHead    = indicator.L{EN: "What speaks against it", ID: "Yang menunjukkan sebaliknya"}
	nothingAgainst = indicator.L{EN: "Nothing was seen that does.", ID: "Tidak ada yang terlihat."}
	notCheckedHead = indicator.L{EN: "Not checked", ID: "Tidak diperiksa"}
	needsOne       = indicator.L{EN: "needs %s", ID: "memerlukan %s"}
	needsAll       = indicator.L{
		EN: "%d of %d indicators need what this file does not hold: %s. --verbose lists them.",
		ID: "%d dari %d indikator memerlukan hal yang tidak ada di berkas ini: %s. --verbose menampilkan semuanya.",
	}
	nothingFound = indicator.L{EN: "Nothing found in what was checked.", ID: "Tidak ada temuan pada yang diperiksa."}
	nothingRead  = indicator.L{EN: "No conversation was read, so nothing was checked.", ID: "Tidak ada percakapan yang terbaca, jadi tidak ada yang diperiksa."}
	readWords    = indicator.L{EN: "%s in %s read.", ID: "%s dalam %s dibaca."}
	notProof     = indicator.L{EN: "Signs are no proof. A person decides.", ID: "Tanda bukanlah bukti. Manusia yang memutuskan."}
)

// Words with a number, for one and for several.
var (
	messageWords      = [2]indicator.L{{EN: "%d message", ID: "%d pesan"}, {EN: "%d messages", ID: "%d pesan"}}
	conversationWords = [2]indicator.L{{EN: "%d conversation", ID: "%d percakapan"}, {EN: "%d conversations", ID: "%d percakapan"}}
	timesWords        = [2]indicator.L{{EN: "once", ID: "satu kali"}, {EN: "%d times", ID: "%d kali"}}
	hourWords         = [2]indicator.L{{EN: "%d hour later", ID: "%d jam kemudian"}, {EN: "%d hours later", ID: "%d jam kemudian"}}
	dayWords          = [2]indicator.L{{EN: "%d day later", ID: "%d hari kemudian"}, {EN: "%d days later", ID: "%d hari kemudian"}}
	foundWords        = [2]indicator.L{{EN: "%d conversation with a finding.", ID: "%d percakapan dengan temuan."}, {EN: "%d conversations with a finding.", ID: "%d percakapan dengan temuan."}}
	hiddenWords       = [2]indicator.L{
		{EN: "%d of them is below the band asked for and not shown.", ID: "%d di antaranya di bawah tingkat yang diminta dan tidak ditampilkan."},
		{EN: "%d of them are below the band asked for and not shown.", ID: "%d di antaranya di bawah tingkat yang diminta dan tidak ditampilkan."},
	}
	unreadWords = [2]indicator.L{
		{EN: "%d conversation was not read in full.", ID: "%d percakapan tidak terbaca seluruhnya."},
		{EN: "%d conversations were not read in full.", ID: "%d percakapan tidak terbaca seluruhnya."},
	}
	lostWords = [2]indicator.L{
		{EN: "%d place in the file could not be read.", ID: "%d bagian berkas tidak dapat dibaca."},
		{EN: "%d places in the file could not be read.", ID: "%d bagian berkas tidak dapat dibaca."},
	}
	cutWords = [2]indicator.L{
		{EN: "%d message was read in part: it is too long or too tangled.", ID: "%d pesan hanya dibaca sebagian karena terlalu panjang atau terlalu rumit."},
		{EN: "%d messages were read in part: they are too long or too tangled.", ID: "%d pesan hanya dibaca sebagian karena terlalu panjang atau terlalu rumit."},
	}
	lateWords = [2]indicator.L{
		{EN: "%d message is far out of order and was not read.", ID: "%d pesan terlalu jauh di luar urutan dan tidak dibaca."},
		{EN: "%d messages are far out of order and were not read.", ID: "%d pesan terlalu jauh di luar urutan dan tidak dibaca."},
	}
	oddWords = [2]indicator.L{
		{EN: "%d message has a time that cannot be.", ID: "%d pesan memiliki waktu yang mustahil."},
		{EN: "%d messages have a time that cannot be.", ID: "%d pesan memiliki waktu yang mustahil."},
	}
	mediaWords = [2]indicator.L{
		{EN: "%d attachment or deleted message was not looked into.", ID: "%d lampiran atau pesan terhapus tidak diperiksa."},
		{EN: "%d attachments or deleted messages were not looked into.", ID: "%d lampiran atau pesan terhapus tidak diperiksa."},
	}
)
