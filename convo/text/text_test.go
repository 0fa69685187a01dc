package text

import (
	"fmt"
	"strings"
	"testing"
)

// show writes tokens as tests name them: word forms bare, entities with kind and
// value, "!" behind what is evaded.
func show(x *Text) string {
	var out []string
	for i, tok := range x.Tokens {
		s := string(x.Form(i, 0))
		switch tok.Kind {
		case Word, Emoji:
		case Amount:
			s = fmt.Sprintf("amount=%g%s", tok.Value, tok.Unit)
		case Number, Age, Duration, Clock:
			s = fmt.Sprintf("%s=%g", tok.Kind, tok.Value)
		default:
			s = fmt.Sprintf("%s=%s", tok.Kind, s)
		}
		if tok.Evaded {
			s += "!"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// cases are messages and what show makes of them.
type cases [][2]string

func (c cases) run(t *testing.T) {
	t.Helper()
	var x Text
	for _, c := range c {
		x.Normalise(c[0])
		if got := show(&x); got != c[1] {
			t.Errorf("%q:\n got %s\nwant %s", c[0], got, c[1])
		}
	}
}

func TestWords(t *testing.T) {
	cases{
		{"", ""},
		{"Hello there", "hello there"},
		{"Don't tell, it’s OURS.", "dont tell its ours"},
		{"Jum'at malam kita ketemu", "jumat malam kita ketemu"},
		{"the guys' room", "the guys room"},
		{"café NAÏVE Ångström straße", "cafe naive angstrom strasse"},
		{"e-mail teman-teman", "e-mail teman-teman"},
		{"well - maybe -- no", "well maybe no"},
		{"no problem(really)", "no problem really"},
		{"สวัสดี ជំរាបសួរ مرحبا привет", "สวัสดี ជំរាបសួរ مرحبا привет"},
		{"℀ ㏂ ½", "ac am"},
		{"ZOO AZ", "zoo az"},
		{"tab\there\r\nnew", "tab here new"},
		{"hi\xffyou", "hi mark=\uFFFD you"},
		{"??", "mark=??"},
		{"...", ""},
	}.run(t)
}

func TestRepeats(t *testing.T) {
	cases{
		{"sooooo cooool", "soo cool"},
		{"heeeellllo", "heello"},
		{"sooo/cool sooo-good", "soo cool soo-good"},
		{"hmm good", "hmm good"},
		{"kammuuuu jangannnn", "kammuu jangann"},
	}.run(t)
}

func TestLookalikes(t *testing.T) {
	cases{
		{"add me on sn\u0430p", "add me on snap!"},
		{"my \u0455\u0441hool", "my school!"},
		{"say \u0430\u0440\u0440 now", "say app! now"},
		{"ｓｎａｐ me", "snap! me"},
		{"𝓼𝓷𝓪𝓹 𝐦𝐞", "snap! me!"},
		{"ⓢⓝⓐⓟ", "snap!"},
		{"🅢🅝🅐🅟", "snap!"},
		{"⒮⒩⒜⒫", "snap!"},
		{"ꜱɴᴀᴘ", "snap!"},
		{"\u0455\u043D\u0430\u0440\u0435", "\u0455\u043D\u0430\u0440\u0435"},
		{"ѕиαρ me", "ѕиαρ me"},
		{"S\u039DAP \u0422\u0415LE \u0399G", "snap! tele! ig!"},
		{"sиαp me", "snap! me"},
		{"привет \u043E\u0441\u0430 snap", "привет \u043E\u0441\u0430 snap"},
		{"привет snap", "привет snap"},
		{"это мой iPhone", "это мой iphone"},
		{"日本のＬＩＮＥ", "日本のline"},
		{"καλημέρα", "καλημέρα"},
	}.run(t)
}

func TestInvisible(t *testing.T) {
	cases{
		{"sn\u200bap me", "snap! me"},
		{"s\u200dn\u2060a\uFEFFp", "snap!"},
		{"sn\u202Eap", "snap!"},
		{"sn\u00ADap", "snap!"},
		{"\uFEFFhello", "hello"},
		{"می\u200cخواهم", "میخواهم"},
		{"ក\u200bខ", "ក ខ"},
	}.run(t)
	var x Text
	for raw, want := range map[string]Marks{
		"s\u200bn\u200ca\u200dp":        {ZeroWidth: 3},
		"a\u202Eb\u202C":                {Bidi: 2},
		"\u200Fשלום\u200E":              {},
		"می\u200cخواهم":                 {},
		"ok ❤\uFE0F":                    {},
		"‼\uFE0F stop":                  {},
		"\xff\xfe":                      {Invalid: 2},
		"sn4p":                          {Leet: 1},
		"s n a p":                       {Spaced: 1},
		"sooo coool":                    {Repeats: 2},
		"sn\u0430p ｈi":                  {Confusable: 2},
		"plain words, 13 of them, @me.": {},
	} {
		if x.Normalise(raw); x.Marks != want {
			t.Errorf("%q: %+v, want %+v", raw, x.Marks, want)
		}
	}
	m := Marks{1, 2, 4, 8, 16, 32, 64}
	if m.Evasion() != 31 {
		t.Errorf("evasion %d, want 31", m.Evasion())
	}
}

func TestLeet(t *testing.T) {
	cases{
		{"sn4p wh4ts4pp d15c0rd", "snap! whatsapp! discord!"},
		{"sn@p ca$h $nap", "snap! cash! snap!"},
		{"k1k k!k k|k", "kik! kik! kik!"},
		{"5napchat 7elegram 5app5", "snapchat! telegram! sapps!"},
		{"1on1 4you", "1on1 4you"},
		{"gr8 l8r b4 2day 4u m4f 1v1", "gr8 l8r b4 2day 4u m4f 1v1"},
		{"room2 mp3 covid-19 user123 h2o", "room2 mp3 covid-19 user123 h2o"},
		{"1st 2nd 3rd 13th", "1st 2nd 3rd 13th"},
		{"3kali 5orang", "3kali 5orang"},
		{"m33t s00n", "meet! soon!"},
		{"i18n under-18s 5µs Fβ", "i18n under-18s 5μs fβ"},
		{"$3nd @5ked $@y@ @n@k kit@ bo$$y", "send! asked! saya! anak! kit@ bossy!"},
		{"cash$$$ $$$ call me@ home @3rd @2nd", "cash call me@ home 3rd 2nd"},
		{"hi!how are you", "hi how are you"},
		{"hai!kamu", "hai kamu"},
	}.run(t)
}

func TestSpaced(t *testing.T) {
	cases{
		{"add s n a p now", "add snap! now"},
		{"s.n.a.p", "snap!"},
		{"s-n-a-p, s_n_a_p!", "snap! snap!"},
		{"k i k", "kik!"},
		{"r u a teacher", "r u a teacher"},
		{"y r u here", "y r u here"},
		{"i a m", "i a m"},
		{"the U.S.A. team", "the usa team"},
		{"a/s/l", "asl"},
		{"a b", "a b"},
		{"s  n  a  p", "snap!"},
		{"h e l l o  t h e r e", "hello! there!"},
		{"i p o s t it, i s e n t u a pic, i b o o k e d a car", "i post! it i sent! u a pic i booked! a car"},
		{"i n s t a, i s l a n d, i b u k u, i s t r i, i b l i s", "insta! island! ibuku! istri! iblis!"},
		{"aku u m u r 14, m a m a suka", "aku umur! number=14 mama! suka"},
	}.run(t)
}

func TestEmoji(t *testing.T) {
	cases{
		{"🔒 🤫📸📱💰🎁", ":lock: :shush: :camera: :phone: :money: :gift:"},
		{"❤️💋⏰👻😂😢😱😡👀", ":heart: :kiss: :clock: :ghost: :laugh: :cry: :fear: :angry: :eyes:"},
		{"👧🏽👨‍👩‍👧🎮🔗🔪💀🔥🍑🌵", ":child: :family: :game: :link: :blade: :skull: :fire: :suggestive: :other:"},
		{"🇮🇩🇬🇧 👍🏿 🏴\U000E0067\U000E0062\U000E007F", ":other: :other: :other: :other:"},
		{"🇸 🇳 🇦 🇵", "snap!"},
		{"1️⃣3️⃣ #️⃣", "number=13!"},
		{"⌚ ☎ 🤳 🩷", ":clock: :phone: :camera: :heart:"},
		{"<3 you </3", ":heart: you"},
		{"hello😀world", "hello :laugh: world"},
	}.run(t)
}

func TestAges(t *testing.T) {
	cases{
		{"13 y/o 13yo 13 years old 13f f13", "age=13 age=13 age=13 age=13 age=13"},
		{"13 yrs old, 13-year-old, 13 years of age", "age=13 age=13 age=13"},
		{"13 tahun 13thn 14 thn 15 th", "age=13 age=13 age=14 age=15"},
		{"m14 f/13 thirteen years old", "age=14 age=13 age=13"},
		{"umurku tiga belas tahun", "umurku age=13"},
		{"17 y.o. 16y 15 y old", "age=17 age=16 age=15"},
		{"umur 13", "umur number=13"},
		{"13th 5m 100 years old", "13th 5m number=100 years old"},
		{"2 tahun lalu, 5 tahun lalu, selama 5 tahun", "duration=6.3072e+07 lalu duration=1.5768e+08 lalu selama duration=1.5768e+08"},
		{"13?", "number=13"},
		{"13/f, sudah 3 tahun, udah 13 tahun", "age=13 sudah duration=9.4608e+07 udah age=13"},
	}.run(t)
}

func TestAmounts(t *testing.T) {
	cases{
		{"$50 50 usd 50 bucks €20 £5 ₱500", "amount=50usd amount=50usd amount=50usd amount=20eur amount=5gbp amount=500php"},
		{"Rp 50.000 Rp50rb Rp.50.000 50rb 50 ribu", "amount=50000idr amount=50000idr amount=50000idr amount=50000idr amount=50000idr"},
		{"1,5 juta 50k 500k 2jt", "amount=1.5e+06idr amount=50000 amount=500000 amount=2e+06idr"},
		{"0.01 btc 20 dollars US$20 usd 30 $1,000", "amount=0.01btc amount=20usd amount=20usd amount=30usd amount=1000usd"},
		{"$5k 50$ 50€ fifty bucks", "amount=5000usd amount=50usd amount=50eur amount=50usd"},
		{"lima puluh ribu rupiah", "amount=50000idr"},
		{"seratus ribu dua ratus lima puluh ribu", "amount=100000idr amount=250000idr"},
		{"A$51 S$20 hk$5", "amount=51aud amount=20sgd amount=5hkd"},
		{"1.234.5 1.234,5 0.125 1234.567", "number=1 number=234 number=5 number=1234.5 number=0.125 number=1234.567"},
		{"50kg 5 km 50 robux", "50kg number=5 km number=50 robux"},
		{"tell us 50 times", "tell us number=50 times"},
		{"1.000.000 1.5 12.05.2010", "number=1e+06 number=1.5 number=12 number=5 number=2010"},
	}.run(t)
}

func TestTimes(t *testing.T) {
	cases{
		{"10 minutes 10 min 10mins an hour half an hour 24h", "duration=600 duration=600 duration=600 duration=3600 duration=1800 duration=86400"},
		{"5 menit 5 mnt 2 jam sejam setengah jam 1x24 jam 30 detik", "duration=300 duration=300 duration=7200 duration=3600 duration=1800 duration=86400 duration=30"},
		{"2 days 3 hari two hours dua jam twenty-four hours", "duration=172800 duration=259200 duration=7200 duration=7200 duration=86400"},
		{"sehari-hari a dog", "sehari-hari a dog"},
		{"8pm 8:30 pm 20:30 8.30pm 12am", "clock=1200 clock=1230 clock=1230 clock=1230 clock=0"},
		{"jam 8, pukul 20.00, jam 8 malam, jam 3 sore", "clock=480 clock=1200 clock=1200 clock=900"},
		{"0pm 13pm 12pm 1am 8 o'clock", "0pm 13pm clock=720 clock=60 clock=480"},
		{"half hour, half a day, jam 12 malam, jam 1 malam, jam 1 siang", "duration=1800 duration=43200 clock=0 clock=60 clock=780"},
		{"am 12 am i late", "am number=12 am i late"},
		{"17.30 wib, jam setengah 8, 1 x 24 jam, 7.30 pagi", "clock=1050 clock=450 duration=86400 clock=450"},
		{"jam berapa, 99:99", "jam berapa number=99 number=99"},
		{"wait a second, a second account", "wait duration=1 a second account"},
		{"one two three go", "one two three go"},
	}.run(t)
}

func TestAddresses(t *testing.T) {
	cases{
		{"https://Example.com/A?b=1, ok", "link=https://example.com/a?b=1 ok"},
		{"www.example.org. example.com t.me/abc discord.gg/xYz wa.me/628", "link=www.example.org link=example.com link=t.me/abc link=discord.gg/xyz link=wa.me/628"},
		{"kompas.co.id", "link=kompas.co.id"},
		{"ok.me too. come.to me", "ok me too come to me"},
		{"(see https://example.com/x)", "see link=https://example.com/x"},
		{"@some_name, cool_one#1234", "handle=@some_name handle=cool_one#1234"},
		{"call://me note:ok", "call me note ok"},
		{"@ 8pm @8pm", "clock=1200 clock=1200"},
		{"write a.b+c@mail.example.com!", "write email=a.b+c@mail.example.com"},
		{"+62 812-3456-7890 0812 3456 7890 081234567890", "phone=+62 812-3456-7890 phone=0812 3456 7890 phone=081234567890"},
		{"(555) 123-4567 555-123-4567", "phone=(555) 123-4567 phone=555-123-4567"},
		{"12345678 20101231 50000000", "phone=12345678 number=2.0101231e+07 number=5e+07"},
		{"@c00l_g1rl @dot..dot", "handle=@c00l_g1rl handle=@dot dot"},
		{"05-12-2010, 08.30-09.30, 0812.3456.789", "number=5 number=12 number=2010 number=8.3 number=9.3 phone=0812.3456.789"},
		{"bc1q" + strings.Repeat("zb", 19), "bc1q" + strings.Repeat("zb", 19)},
		{"1" + strings.Repeat("abc2", 8), "1" + strings.Repeat("abc2", 8)},
		{"1" + strings.Repeat("ABC2", 8), "1" + strings.Repeat("abc2", 8)},
		{"0x" + strings.Repeat("aG", 20), "0x" + strings.Repeat("ag", 20)},
		{"on 12-05-2010 or 2010-05-12", "on number=12 number=5 number=2010 or number=2010 number=5 number=12"},
		{"0x" + strings.Repeat("aB", 20), "wallet=0x" + strings.Repeat("ab", 20)},
		{"bc1q" + strings.Repeat("z9", 19), "wallet=bc1q" + strings.Repeat("z9", 19)},
		{"1" + strings.Repeat("aBc2", 8), "wallet=1" + strings.Repeat("abc2", 8)},
	}.run(t)
}

func TestForms(t *testing.T) {
	var x Text
	for _, c := range [][]string{
		{"teman2", "teman2", "teman"},
		{"teman2nya", "teman2nya", "temannya"},
		{"teman-teman", "teman-teman", "teman", "temanteman"},
		{"sayang-sayangku", "sayang-sayangku", "sayangku", "sayangsayangku"},
		{"whats-app", "whats-app", "whatsapp"},
		{"sn_ap", "sn_ap", "snap"},
		{"k1k", "kik", "klk", "k1k"},
		{"soooo", "soo", "so"},
		{"heeellooo", "heelloo", "hello", "helloo", "heello"},
		{"hell0", "hell0", "hello"},
		{"i s n a p", "isnap", "snap"},
		{"a.p.p.s", "apps"},
		{"s n a p u", "snapu", "snap"},
		{"8pm", "8pm"},
	} {
		x.Normalise(c[0])
		if len(x.Tokens) != 1 {
			t.Errorf("%q: %s, want one token", c[0], show(&x))
			continue
		}
		var got []string
		for k := range x.Forms(0) {
			got = append(got, string(x.Form(0, k)))
		}
		if fmt.Sprint(got) != fmt.Sprint(c[1:]) {
			t.Errorf("%q: forms %q, want %q", c[0], got, c[1:])
		}
	}
}

// Digits and signs at the ends of words, and in short ones, are kept as they are
// and read as letters too.
func TestAmbiguousLeet(t *testing.T) {
	var x Text
	for raw, want := range map[string]string{
		"th3": "the", "7he": "the", "4nd": "and", "@nd": "and", "c4n": "can", "ge7": "get", "0ne": "one", "its": "",
		"1n1": "ini", "4ku": "aku", "@ku": "aku", "ad@": "ada", "@d@": "ada", "1tu": "itu", "gu3": "gue", "m4u": "mau", "t3m4n2": "teman",
		"7eman-t3man": "teman", "in1": "ini", "phot0$": "photos", "bu$": "bus", "wh0": "who", "hell0": "hello", "puny@": "punya", "kel@$": "kelas",
		// What is no word in disguise.
		"gr8": "", "l8r": "", "b4": "", "3d": "", "mp3": "", "covid19": "", "ps5": "", "under-18s": "", "user_13": "", "4ever": "", "a1b2c3d4e5f6": "",
		"kamu2": "", "teman2": "", "13f": "", "f13": "", "50k": "", "8pm": "", "10min": "", "$50": "", "20rb": "", "jam8": "", "a$": "", "@real.name": "", "@name_13": "", "ana@bee.com": "", "t.me/a1b": "", "@home2": "",
	} {
		x.Normalise(raw)
		if len(x.Tokens) != 1 {
			t.Errorf("%q: %s, want one token", raw, show(&x))
			continue
		}
		got := false
		for k := range x.Forms(0) {
			if !x.FormEvaded(0, k) {
				continue
			}
			if want == "" {
				t.Errorf("%q: %q is read as a hidden %q", raw, raw, x.Form(0, k))
			}
			got = got || string(x.Form(0, k)) == want
		}
		if want != "" && !got {
			t.Errorf("%q: %s hides no %q", raw, show(&x), want)
		}
		if tok := x.Tokens[0]; x.Raw[tok.Start:tok.End] != raw {
			t.Errorf("%q: marked is %q", raw, x.Raw[tok.Start:tok.End])
		}
	}
}

// An account name stays one, whatever word it may also be.
func TestAmbiguousHandle(t *testing.T) {
	var x Text
	x.Normalise("tanya @dik, or ana@bee.com")
	for i, want := range []string{"tanya word", "@dik handle"} {
		if got := string(x.Form(i, 0)) + " " + x.Tokens[i].Kind.String(); got != want {
			t.Errorf("token %d is %s, want %s", i, got, want)
		}
	}
	if x.FormEvaded(1, 0) || !x.FormEvaded(1, 1) || string(x.Form(1, 1)) != "adik" || x.Tokens[1].Evaded || x.Marks.Evasion() != 0 {
		t.Errorf("%s: @dik is a name, and perhaps adik", show(&x))
	}
}

// TestPlace checks what a reader would see marked, and the flags of tokens.
func TestPlace(t *testing.T) {
	var x Text
	for _, c := range []struct{ raw, want string }{
		{"Hi. You there? Ok", "0 Hi|1 You?|1 there?|2 Ok"},
		{"one\ntwo; three… four", "0 one|1 two|2 three|3 four"},
		{"ok.\n?", "0 ok?"},
		{"what ?!", "0 what?"},
		{"1.5 v1.2 ok", "0 1.5|0 v1|0 2|0 ok"},
		{`he said "you know" ok`, `0 he|0 said|0 you"|0 know"|0 ok`},
		{"“a b” c «d» ‘e’ don’t", `0 a"|0 b"|0 c|0 d"|0 e"|0 don’t`},
		{`an open "quote`, "0 an|0 open|0 quote"},
		{`5'10" tall "ok"`, `0 5|0 10|0 tall|0 ok"`},
		{"> cited line\nmine", `0 cited"|0 line"|1 mine`},
		{"s\u200bn\u200bap ok", "0 s\u200bn\u200bap|0 ok"},
		{"ＡＢ wörld 👨‍👩‍👧!", "0 ＡＢ|0 wörld|0 👨‍👩‍👧"},
		{"Rp 50.000, s n a p", "0 Rp 50.000|0 s n a p"},
		{"ﷺ x", "0 ﷺ|0 x"},
		{"５㎏", "0 ５㎏"},
	} {
		x.Normalise(c.raw)
		var got []string
		for _, tok := range x.Tokens {
			s := fmt.Sprintf("%d %s", tok.Sentence, x.Raw[tok.Start:tok.End])
			if tok.Question {
				s += "?"
			}
			if tok.Quoted {
				s += `"`
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.raw, s, c.want)
		}
	}
}

func TestLongMessages(t *testing.T) {
	var x Text
	x.Normalise(strings.Repeat("a", MaxBytes-1) + "é")
	if !x.Truncated || x.Tokens[0].End != MaxBytes-1 {
		t.Errorf("truncated %v, end %d", x.Truncated, x.Tokens[0].End)
	}
	x.Normalise("short")
	if x.Truncated {
		t.Error("a short message is called truncated")
	}
}

func TestFoldWord(t *testing.T) {
	for word, want := range map[string]string{
		"":           "",
		"Don't":      "dont",
		"DON’T":      "dont",
		"Café":       "cafe",
		"E-Mail":     "e-mail",
		"ｓｎａｐ":       "snap",
		"sn\u200bap": "snap",
		"Straße":     "strasse",
		"hmmmm":      "hmm",
		"k1k":        "k1k",
		"🔒":          ":lock:",
		":lock:":     ":lock:",
		"Привет":     "привет",
		"ไทย":        "ไทย",
	} {
		if got := FoldWord(word); got != want {
			t.Errorf("%q folds to %q, want %q", word, got, want)
		}
	}
}

func TestKindsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for k := Word; k <= Mark; k++ {
		seen[k.String()] = true
	}
	if len(seen) != int(Mark)+1 || seen["unknown"] || (Mark+1).String() != "unknown" {
		t.Errorf("names %v", seen)
	}
}
