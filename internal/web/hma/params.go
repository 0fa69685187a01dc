package hma

import (
	"bytes"
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

func itoa(n int) string { return strconv.Itoa(n) }

// parseBool reads a truth value in the forms that HMA's validation takes.
func parseBool(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "1", "yes", "on", "t", "y":
		return true, true
	case "false", "0", "no", "off", "f", "n":
		return false, true
	}
	return false, false
}

// queryBool reads an optional truth value of a query.
func queryBool(q url.Values, name string, flaws *malformed) bool {
	if !q.Has(name) {
		return false
	}
	v, ok := parseBool(q.Get(name))
	if !ok {
		flaws.add("bool_parsing", name, "Input should be a valid boolean")
	}
	return v
}

// bankFilter reads a comma-separated list of bank names. An empty list asks
// for all banks, a name that does not exist for none.
type bankFilter map[string]bool

func parseBanks(list string) bankFilter {
	if list == "" {
		return nil
	}
	f := bankFilter{}
	for name := range strings.SplitSeq(list, ",") {
		f[name] = true
	}
	return f
}

func (f bankFilter) has(name string) bool { return len(f) == 0 || f[name] }

// null reports whether a field is absent or null.
func null(raw json.RawMessage) bool {
	return len(raw) == 0 || string(bytes.TrimSpace(raw)) == "null"
}

// jsonText reads a JSON string.
func jsonText(raw json.RawMessage) (string, bool) {
	var text *string
	if json.Unmarshal(raw, &text) != nil || text == nil {
		return "", false
	}
	return *text, true
}

// jsonRatio reads a number or a numeric string. Its range is the caller's to
// check.
func jsonRatio(raw json.RawMessage) (float64, bool) {
	text, isText := jsonText(raw)
	if !isText {
		var f float64
		return f, json.Unmarshal(raw, &f) == nil
	}
	text = strings.TrimSpace(text)
	if strings.ContainsAny(text, "xX_") {
		return 0, false // Go's number forms, not Python's
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// jsonBool reads a JSON truth value, 0, 1 or a string that means one.
func jsonBool(raw json.RawMessage) (value, ok bool) {
	if text, isText := jsonText(raw); isText {
		return parseBool(text)
	}
	switch string(bytes.TrimSpace(raw)) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

// jsonInt reads an integer or a string of digits.
func jsonInt(raw json.RawMessage) (int64, bool) {
	if text, isText := jsonText(raw); isText {
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		return n, err == nil
	}
	var n json.Number
	if json.Unmarshal(raw, &n) != nil {
		return 0, false
	}
	if v, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return v, true
	}
	f, err := n.Float64()
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// jsonNote reads a note; null, 0, false and "" are none.
func jsonNote(raw json.RawMessage) (string, error) {
	switch string(bytes.TrimSpace(raw)) {
	case "", "null", "0", "false":
		return "", nil
	}
	text, ok := jsonText(raw)
	if !ok {
		return "", bad("note must be a string")
	}
	return checkNote(text)
}

func checkNote(text string) (string, error) {
	if !storable(text) || utf8.RuneCountInString(text) > 255 {
		return "", bad("note must be text of at most 255 characters")
	}
	return text, nil
}

// storable reports whether every database takes a text: PostgreSQL refuses
// some.
func storable(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

// metadata is what a client keeps with an entry.
type metadata struct {
	ContentID  *string         `json:"content_id,omitempty"`
	ContentURI *string         `json:"content_uri,omitempty"`
	JSON       json.RawMessage `json:"json,omitempty"`
}

// parseMetadata reads the metadata that a client sends; none gives nil.
func parseMetadata(raw json.RawMessage) (json.RawMessage, error) {
	if null(raw) {
		return nil, nil
	}
	fields, ok := jsonObject(raw)
	if !ok {
		return nil, bad("metadata must be a JSON object")
	}
	var m metadata
	for key, value := range fields {
		if key == "collab" || null(value) {
			if !slices.Contains([]string{"collab", "content_id", "content_uri", "json", "json_data"}, key) {
				return nil, bad("metadata has an unknown key; the keys are content_id, content_uri and json")
			}
			continue
		}
		text, isText := jsonText(value)
		switch key {
		case "content_id":
			m.ContentID = &text
		case "content_uri":
			m.ContentURI = &text
		case "json", "json_data":
			if _, isText = jsonObject(value); isText {
				m.JSON = value
			}
		default:
			return nil, bad("metadata has an unknown key; the keys are content_id, content_uri and json")
		}
		if !isText {
			return nil, bad("metadata: content_id and content_uri must be strings, json must be an object")
		}
	}
	if m.ContentID == nil && m.ContentURI == nil && m.JSON == nil {
		return nil, nil
	}
	return json.Marshal(m)
}

// storedMetadata reads the metadata of an entry. What was kept through another
// API, and so has other keys, is shown under json.
func storedMetadata(raw json.RawMessage) (metadata, bool) {
	if null(raw) {
		return metadata{}, false
	}
	var m metadata
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if dec.Decode(&m) != nil {
		return metadata{JSON: raw}, true
	}
	if _, isObject := jsonObject(m.JSON); !isObject {
		if len(m.JSON) != 0 {
			return metadata{JSON: raw}, true
		}
	}
	return m, true
}

// jsonObject reads a JSON object; null is none.
func jsonObject(raw json.RawMessage) (map[string]json.RawMessage, bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return nil, false
	}
	return fields, true
}
