package chatfile

import "strings"

// What WhatsApp writes itself, in English and Indonesian, on Android and iOS.

// placeholder is what a text in the place of a message stands for.
type placeholder struct {
	media, act string
	indonesian bool
}

// placeholders has texts as foldNotice returns them.
var placeholders = map[string]placeholder{
	"<media omitted>":          {media: "file"},
	"<media tidak disertakan>": {media: "file", indonesian: true},

	"image omitted":           {media: "image"},
	"photo omitted":           {media: "image"},
	"gif omitted":             {media: "image"},
	"sticker omitted":         {media: "image"},
	"video omitted":           {media: "video"},
	"video note omitted":      {media: "video"},
	"audio omitted":           {media: "audio"},
	"document omitted":        {media: "file"},
	"contact card omitted":    {media: "file"},
	"view once photo":         {media: "image"},
	"view once video":         {media: "video"},
	"view once voice message": {media: "audio"},

	"gambar tidak disertakan":        {media: "image", indonesian: true},
	"foto tidak disertakan":          {media: "image", indonesian: true},
	"gif tidak disertakan":           {media: "image", indonesian: true},
	"stiker tidak disertakan":        {media: "image", indonesian: true},
	"video tidak disertakan":         {media: "video", indonesian: true},
	"catatan video tidak disertakan": {media: "video", indonesian: true},
	"audio tidak disertakan":         {media: "audio", indonesian: true},
	"dokumen tidak disertakan":       {media: "file", indonesian: true},
	"kartu kontak tidak disertakan":  {media: "file", indonesian: true},
	"foto sekali lihat":              {media: "image", indonesian: true},
	"video sekali lihat":             {media: "video", indonesian: true},

	// Android writes this for a picture that can be seen once.
	"null": {media: "file"},

	"this message was deleted":       {media: "deleted"},
	"you deleted this message":       {media: "deleted"},
	"pesan ini telah dihapus":        {media: "deleted", indonesian: true},
	"pesan ini dihapus":              {media: "deleted", indonesian: true},
	"anda menghapus pesan ini":       {media: "deleted", indonesian: true},
	"anda telah menghapus pesan ini": {media: "deleted", indonesian: true},

	"missed voice call":            {act: "call"},
	"missed video call":            {act: "call"},
	"voice call":                   {act: "call"},
	"video call":                   {act: "call"},
	"panggilan suara tak terjawab": {act: "call", indonesian: true},
	"panggilan video tak terjawab": {act: "call", indonesian: true},
	"panggilan suara":              {act: "call", indonesian: true},
	"panggilan video":              {act: "call", indonesian: true},
}

// editedMarks end a text that was changed after it was sent.
var editedMarks = []struct {
	text       string
	indonesian bool
}{
	{"<This message was edited>", false},
	{"<Pesan ini diedit>", true},
	{"<Pesan ini telah diedit>", true},
}

// foldNotice makes the spellings of a notice alike: no invisible marks, no full
// stop, lower case.
func foldNotice(s string) string {
	s = strings.Trim(s, spaces+marks+"\n")
	if len(s) > 200 {
		return ""
	}
	return strings.ToLower(strings.TrimRight(s, "."))
}

// attached returns the name of the file that a message consists of.
func attached(line string) (name string, indonesian, ok bool) {
	line = strings.Trim(line, spaces+marks)
	for _, a := range []struct {
		before, after string
		indonesian    bool
	}{
		{"", " (file attached)", false},
		{"", " (file terlampir)", true},
		{"<attached: ", ">", false},
		{"<terlampir: ", ">", true},
	} {
		rest, begins := strings.CutPrefix(line, a.before)
		name, ends := strings.CutSuffix(rest, a.after)
		if begins && ends && len(name) < 300 {
			return name, a.indonesian, true
		}
	}
	return "", false, false
}

// omittedAfterText splits a caption from the placeholder behind it, as in
// "plan.pdf • 2 pages ‎document omitted" on iOS.
func omittedAfterText(text string) (caption, media string, indonesian, ok bool) {
	i := strings.LastIndex(text, "\u200e")
	if i < 0 {
		return text, "", false, false
	}
	p, ok := placeholders[foldNotice(text[i:])]
	if !ok || p.media == "" {
		return text, "", false, false
	}
	return strings.ReplaceAll(strings.Trim(text[:i], spaces+marks), "\u200e", ""), p.media, p.indonesian, true
}

// notice is a form of what the app says on its own.
type notice struct {
	// before and middle are the fixed words. Somebody's name stands between
	// them, somebody else's or nothing after middle.
	before, middle string
	// act is what happened; "" if it is of no interest.
	act string
	// object is true if the second name is the one who acts.
	object bool
	// group is true if only groups have the notice.
	group bool
	// open is true if anything may follow.
	open bool
	// opening is true for what stands at the beginning of a chat.
	opening    bool
	indonesian bool
}

// notices has the longer forms first where one contains another.
var notices = []notice{
	{before: "Messages and calls are end-to-end encrypted", open: true, opening: true},
	{before: "Messages to this chat and calls are now secured", open: true, opening: true},
	{before: "Messages to this group are now secured", open: true, opening: true, group: true},
	{before: "Pesan dan panggilan terenkripsi", open: true, opening: true, indonesian: true},
	{before: "Pesan ke chat ini dan panggilan kini diamankan", open: true, opening: true, indonesian: true},
	{before: "Pesan ke grup ini kini diamankan", open: true, opening: true, group: true, indonesian: true},

	{before: "You blocked this contact", open: true, act: "block"},
	{before: "Anda memblokir kontak ini", open: true, act: "block", indonesian: true},
	{before: "You unblocked this contact", open: true},
	{before: "Anda membuka blokir kontak ini", open: true, indonesian: true},

	{middle: " joined using ", open: true, act: "join", group: true},
	{middle: " joined from the community", open: true, act: "join", group: true},
	{middle: " telah bergabung menggunakan tautan undangan ", open: true, act: "join", group: true, indonesian: true},
	{middle: " bergabung menggunakan tautan undangan ", open: true, act: "join", group: true, indonesian: true},
	{middle: " bergabung dari komunitas", open: true, act: "join", group: true, indonesian: true},
	{middle: " was added", open: true, act: "join", group: true},
	{middle: " were added", open: true, group: true},
	{middle: " added ", act: "join", object: true, group: true},
	{middle: " menambahkan ", act: "join", object: true, group: true, indonesian: true},
	{middle: " ditambahkan", open: true, act: "join", group: true, indonesian: true},
	{middle: " was removed", open: true, act: "leave", group: true},
	{middle: " removed ", act: "leave", object: true, group: true},
	{middle: " mengeluarkan ", act: "leave", object: true, group: true, indonesian: true},
	{middle: " dikeluarkan", open: true, act: "leave", group: true, indonesian: true},
	{middle: " left", act: "leave", group: true},
	{middle: " telah keluar", act: "leave", group: true, indonesian: true},
	{middle: " keluar", act: "leave", group: true, indonesian: true},

	{middle: " created group ", open: true, group: true},
	{middle: " created this group", open: true, group: true},
	{middle: " membuat grup", open: true, group: true, indonesian: true},
	{middle: " changed the subject ", open: true, group: true},
	{middle: " changed the group name ", open: true, group: true},
	{middle: " changed the group description", open: true, group: true},
	{middle: " changed this group's ", open: true, group: true},
	{middle: " changed the settings ", open: true, group: true},
	{middle: " mengubah subjek ", open: true, group: true, indonesian: true},
	{middle: " mengubah nama grup ", open: true, group: true, indonesian: true},
	{middle: " mengubah deskripsi ", open: true, group: true, indonesian: true},
	{middle: " mengubah ikon grup ", open: true, group: true, indonesian: true},
	{middle: " mengubah setelan ", open: true, group: true, indonesian: true},
	{middle: " now an admin", open: true, group: true},
	{middle: " menjadi admin", open: true, group: true, indonesian: true},

	{middle: " pinned a message", open: true},
	{middle: " menyematkan pesan", open: true, indonesian: true},
	{middle: "ecurity code ", open: true},
	{middle: "ode keamanan ", open: true, indonesian: true},
	{middle: " changed their phone number", open: true},
	{middle: " changed to ", open: true},
	{middle: " mengubah nomor telepon", open: true, indonesian: true},
	{middle: " disappearing messages", open: true},
	{middle: " updated the message timer", open: true},
	{middle: " pesan sementara", open: true, indonesian: true},
	{middle: " is a contact", open: true},
	{middle: " adalah kontak", open: true, indonesian: true},
}

// match compares a notice with a form and returns the two names.
func (n *notice) match(text string) (who, object string, ok bool) {
	rest, ok := strings.CutPrefix(text, n.before)
	if !ok {
		return "", "", false
	}
	who, object, ok = strings.Cut(rest, n.middle)
	if !ok {
		return "", "", false
	}
	object = strings.TrimSuffix(object, ".")
	switch {
	case n.open:
		return who, "", true
	case n.object:
		return who, object, object != ""
	}
	return who, "", object == ""
}

// findNotice returns the form of a notice and the names in it; nil if the text
// has none of the forms.
func findNotice(text string) (n *notice, who, object string) {
	text = strings.Trim(text, spaces+marks)
	for i := range notices {
		if who, object, ok := notices[i].match(text); ok {
			return &notices[i], who, object
		}
	}
	return nil, "", ""
}

// isNoticeOfApp reports whether a text has the form of a notice.
func isNoticeOfApp(text string) bool {
	n, _, _ := findNotice(text)
	return n != nil
}

// isYou reports whether a name in a notice is the phone's owner.
func isYou(name string) bool {
	switch strings.ToLower(name) {
	case "you", "anda", "your", "kamu":
		return true
	}
	return false
}
