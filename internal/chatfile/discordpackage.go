package chatfile

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jaga-project/jaga/convo"
)

// packageHeader begins the CSV form of a channel in Discord's data package.
const packageHeader = "ID,Timestamp,Contents"

// packageOwner is the only sender in Discord's data package, which does not
// name its owner next to the messages.
const packageOwner = "owner"

// readDiscordPackage reads the messages of one channel from the data that
// Discord sends its users: a JSON list, or CSV in older packages.
func readDiscordPackage(r *Reader) {
	b := r.build()
	b.c.ID = r.stem()
	b.join(Participant{ID: packageOwner}, 1)
	r.lose(0, "", "it holds only what the account's owner wrote; what others wrote is not in it")
	head := r.in.head()
	if strings.HasPrefix(strings.TrimSpace(string(head[:min(len(head), 64)])), packageHeader) {
		b.packageCSV()
	} else {
		b.packageJSON()
	}
	b.sort()
	r.emit(b.finish())
}

func (b *builder) packageJSON() {
	d := b.r.document()
	d.list("", func() {
		var in struct {
			ID, Timestamp, Contents, Attachments str
		}
		line, ok := d.decode(&in, "")
		if !ok {
			b.skip()
			return
		}
		b.packageMessage(in.ID.s, in.Timestamp.s, in.Contents.s, in.Attachments.s, line)
	})
	d.end()
}

// packageCSV reads the columns ID, Timestamp, Contents and Attachments.
func (b *builder) packageCSV() {
	var table *csv.Reader
	var read int64
	table = csv.NewReader(readerFunc(func(p []byte) (int, error) {
		if read-table.InputOffset() > int64(b.r.opt.MaxLine) {
			return 0, errLong
		}
		n, err := b.r.in.Read(p)
		read += int64(n)
		return n, err
	}))
	table.FieldsPerRecord = -1
	table.LazyQuotes = true
	table.ReuseRecord = true
	for n := 0; b.r.live(); n++ {
		row, err := table.Read()
		if err != nil {
			if !errors.Is(err, io.EOF) && b.r.in.err == nil {
				b.r.lose(0, "", "the rest of the table was left out: %v", err)
			}
			return
		}
		if n == 0 {
			continue // the names of the columns
		}
		line, _ := table.FieldPos(0)
		row = append(slices.Clone(row), "", "", "", "")
		b.packageMessage(row[0], row[1], row[2], row[3], line)
	}
}

func (b *builder) packageMessage(id, timestamp, contents, attachments string, line int) {
	text := strings.ToValidUTF8(contents, "\uFFFD")
	if text != contents {
		b.r.odd(line, "Contents", "it is not valid UTF-8; the wrong bytes are shown as U+FFFD")
	}
	m := Message{Message: convo.Message{ID: strings.ToValidUTF8(id, "\uFFFD"), From: packageOwner, At: b.packageTime(timestamp, line), Text: text}, Line: line}
	if files := strings.Fields(attachments); len(files) > 0 {
		for i, f := range files {
			files[i] = mediaOf(f)
		}
		m.Media = mediaFirst(files)
	}
	if m.Text == "" && m.Media == "" {
		b.skip()
		return
	}
	b.add(m)
}

// packageTime reads a time of the package, which is in UTC whether it says so
// or not.
func (b *builder) packageTime(s string, line int) time.Time {
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil && plausible(t) {
			return t.In(b.r.opt.Location)
		}
	}
	b.r.odd(line, "Timestamp", "%s is no time; it is taken as unknown", shown(s))
	return time.Time{}
}
