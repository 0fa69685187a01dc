package console_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/chatfile"
	"github.com/jaga-project/jaga/internal/helpcheck"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/slip"
	"github.com/jaga-project/jaga/internal/tell"
	"github.com/jaga-project/jaga/internal/tip"
	"github.com/jaga-project/jaga/internal/web/console"
	"github.com/jaga-project/jaga/pdq"
)

// texts reads the files of a language: keys, and for each its forms. No key
// stands in two files.
func texts(t *testing.T, lang string) map[string]map[string]string {
	t.Helper()
	parts, err := filepath.Glob("lang/*." + lang + ".toml")
	if err != nil {
		t.Fatal(err)
	}
	raw := map[string]any{}
	for _, name := range append(parts, "lang/"+lang+".toml") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var one map[string]any
		if err := toml.Unmarshal(data, &one); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key, v := range one {
			if _, twice := raw[key]; twice {
				t.Errorf("%s: another file has %s as well", name, key)
			}
			raw[key] = v
		}
	}
	out := map[string]map[string]string{}
	for key, v := range raw {
		out[key] = map[string]string{}
		switch v := v.(type) {
		case string:
			out[key]["other"] = v
		case map[string]any:
			for form, text := range v {
				out[key][form], _ = text.(string)
			}
		}
	}
	return out
}

var gap = regexp.MustCompile(`\{\{\.?\w*\}\}|%s`)

func TestLanguagesHaveTheSameKeysAndGaps(t *testing.T) {
	t.Parallel()
	en, id := texts(t, "en"), texts(t, "id")
	forms := map[string][]string{"en": {"one", "other"}, "id": {"other"}}
	for lang, list := range map[string]map[string]map[string]string{"en": en, "id": id} {
		for key, text := range list {
			base := en[key]["other"]
			for form, s := range text {
				if strings.TrimSpace(s) == "" {
					t.Errorf("%s: %s is empty", lang, key)
				}
				if !slices.Contains(forms[lang], form) {
					t.Errorf("%s: %s has the form %q", lang, key, form)
				}
				if strings.ContainsAny(s, "!") || strings.Contains(strings.ToLower(s), "oops") {
					t.Errorf("%s: %s shouts: %q", lang, key, s)
				}
				want, got := gap.FindAllString(base, -1), gap.FindAllString(s, -1)
				slices.Sort(want)
				slices.Sort(got)
				if form == "other" && !slices.Equal(want, got) {
					t.Errorf("%s: %s has the gaps %q, want %q", lang, key, got, want)
				}
			}
			if _, plural := en[key]["one"]; !plural && len(text) != 1 {
				t.Errorf("%s: %s has the forms %v", lang, key, text)
			}
		}
	}
	for key := range en {
		if _, ok := id[key]; !ok {
			t.Errorf("id lacks %s", key)
		}
	}
	for key := range id {
		if _, ok := en[key]; !ok {
			t.Errorf("en lacks %s", key)
		}
	}
}

// Whatever counts says something of one as well as of many.
func TestTextsCountFromNone(t *testing.T) {
	t.Parallel()
	counted := 0
	for _, lang := range []string{"en", "id"} {
		for key, forms := range texts(t, lang) {
			if !strings.Contains(forms["other"], "{{.N}}") {
				continue
			}
			for n := range 3 {
				counted++
				text, err := console.Text(lang, key, "N", n, "All", 1)
				if err != nil || !strings.Contains(text, fmt.Sprint(n)) && n != 1 || strings.HasPrefix(text, "⟦") {
					t.Errorf("%s: %s with %d says %q (%v)", lang, key, n, text, err)
				}
			}
		}
	}
	if counted < 200 {
		t.Errorf("%d texts count", counted)
	}
}

// TestKeysAreThereAndUsed reads every key that templates and program name.
func TestKeysAreThereAndUsed(t *testing.T) {
	t.Parallel()
	en := texts(t, "en")
	used := map[string]bool{}
	use := func(where, key string) {
		used[key] = true
		if _, ok := en[key]; !ok {
			t.Errorf("%s uses %q, which no language has", where, key)
		}
	}
	call := regexp.MustCompile(`\bt "([a-z_0-9.:]+)"|\.t\("([a-z_0-9.:]+)"[,)]|word "([a-z_]+)" "([a-zA-Z_0-9:]+)"|key:? ?"([a-z_.]+)"|plotTitle\("([a-z_.]+)"`)
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".html") {
			return err
		}
		data, err := os.ReadFile(path)
		for _, m := range call.FindAllStringSubmatch(string(data), -1) {
			switch {
			case m[3] != "":
				use(path, m[3]+"."+m[4])
			case m[6] != "":
				use(path, m[6])
				use(path, m[6]+"_none")
			default:
				use(path, m[1]+m[2]+m[5])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// Closed sets, whose keys are put together when the page is made.
	sets := map[string][]string{
		"state": {"findings", "not_checked", "clear"}, "type": {"pdq", "md5", "sha1", "sha256", "vpdq", "chromaprint", "url", "domain", "keyword"}, "detector": {"pdq", "vpdq", "chromaprint", "exact", "lists"}, "role": {"match", "allow"}, "role_help": {"match", "allow"},
		"band": {"observe", "review", "urgent"}, "band_help": {"observe", "review", "urgent"}, "suppressed": {"allow", "quarantine"}, "entry_state": {"on", "off", "quarantine", "expired"},
		"level": {"domain", "host", "path", "url", "words"}, "source": {"manual", "import"}, "verdict": {"confirm", "reject", "unsure"}, "exact": {"equal", "different", "one"}, "job": {"rematch", "rebuild", "backtest", "custody.verify", "vault.verify", "vault.rotate"}, "job_state": {"ready", "running", "done", "failed"},
		"actor": {"key", "person", "system", "network", "scan", "console", "local"}, "act": {"item_finding", "item_late_match", "entry_add", "entry_update", "entry_opinion", "entry_delete", "conversation_finding", "excerpt_open", "help_answers", "help_silent", "help_correct", "help_undo", "tell_read", "tell_answer", "tell_close", "tell_pass"},
		"kind":     {"image", "video", "audio", "text", "message", "frame", "hash", "other"},
		"why":      {"empty", "too_big", "too_many_pixels", "truncated", "damaged", "unsupported", "not_an_image", "low_quality", "timeout", "busy", "unanswered", "budget", "no_banks", "not_loaded", "not_given", "pending", "unreadable", "internal"},
		"language": {"en", "id"}, "theme": {"light", "dark", "system"},
		"nav": {
			"home", "items", "conversations", "banks", "why", "directory", "status", "keys",
			"look",
			"messages", "intake",
			"people",
			"webhooks", "plugins",
			"rules",
			"custody",
			"live",
		},
		"time":       {"month_1", "month_2", "month_3", "month_4", "month_5", "month_6", "month_7", "month_8", "month_9", "month_10", "month_11", "month_12", "ago_minutes", "ago_hours", "ago_days", "ago_months", "in_minutes", "in_hours", "in_days", "in_months"},
		"bank":       {"notice_new", "notice_saved", "notice_restored"},
		"entry":      {"notice_added", "notice_saved"},
		"error":      {"name_invalid", "name_conflict", "role", "form", "band", "threshold", "enabled_ratio", "note", "source", "value", "value_a", "value_b", "no_input", "verdict", "expires", "disable_until", "label", "scopes", "ref", "file", "type", "empty_file", "new_value_invalid", "new_value_conflict", "page", "dated", "channel", "twice", "changed", "undo", "taken", "lease", "more", "answer", "answer_long", "summary", "summary_long", "template_long"},
		"help_state": {"never", "tried", "stale", "silent", "out", "retired"}, "help_channel": helpcheck.Channels(), "help_act": {"answers", "silent", "corrected"},
		"directory":     {"done_answers", "done_silent", "done_corrected", "done_undone"},
		"messages":      {"done_answer", "done_close", "done_release", "done_none", "done_draft", "done_pass"},
		"message_state": {"waiting", "answered", "closed"},
		"answer":        tell.TemplateNames(),
		"answers":       {"done_saved"},
		"plot":          {"findings", "no_findings", "urgent", "no_urgent", "dead", "no_dead"},
		"talk":          {"least_none", "least_review", "least_urgent"},
		"age":           {"adult", "minor", "said_adult", "said_minor"},
		"power":         {"age", "fame", "authority", "money", "secret", "skill", "family"},
		"view":          {"event", "raw", "stem", "slang", "folded"},
		"case":          {"notice_accept", "notice_refuse"},
		"need":          indicator.AllCapabilities.Words(),
		"chatact":       slices.Sorted(maps.Keys(convo.Acts())),
		"media":         {"image", "video", "audio", "file", "deleted"},
		"unread":        {"cut", "late", "odd", "attached"},
		"strength":      {"weak", "moderate", "strong", "urgent"},
	}
	sets["act"] = append(sets["act"], "action_start", "action_undo", "action_result")
	sets["error"] = append(sets["error"], "hook_name_invalid", "hook_name_conflict", "hook_url", "hook_kinds")
	sets["hook_state"], sets["delivery"] = []string{"on", "off", "paused", "failing"}, []string{"waiting", "delivered", "dead", "dropped"}
	sets["plugin_kind"], sets["plugin_look"] = []string{"classifier", "matcher", "opinion", "transcriber"}, []string{"unasked", "answers", "failing", "paused"}
	sets["event"] = append(action.EventKinds(), "action.webhook", action.EventTest)
	sets["act"] = append(sets["act"], "rule_install", "rule_submit", "rule_shadow", "rule_retired", "rule_ask", "rule_approve", "rule_decline", "rule_rollback", "rule_backtest", "rule_breaker_open", "rule_breaker_close")
	sets["error"] = append(sets["error"], "rule_name", "rule_owner", "rule_reason", "rule_when", "rule_then", "rule_test", "rule_file", "rule_limits", "rule_many", "rule_indicator", "rule_days", "rule_hours", "rule_votes",
		"rule_what", "rule_form", "rule_bank", "rule_share", "rule_to_conflict", "rule_approval_conflict", "rule_approval_denied", "rule_rule_conflict")
	sets["rule_state"], sets["rule_state_help"] = []string{"draft", "shadow", "canary", "active", "retired"}, []string{"draft", "shadow", "canary", "active", "retired"}
	sets["rule_step"] = []string{"shadow", "canary", "active", "retired"}
	sets["rule_answer"], sets["rule_value"] = []string{"fires", "does not fire", "undecided"}, []string{"true", "false", "unknown", "not asked", "failed"}
	sets["rule_count"] = []string{"fired", "shadow", "undecided"}
	sets["rules"] = []string{"done_submit", "done_step", "done_ask", "done_approve", "done_decline", "done_rollback", "done_backtest", "done_closed"}
	for _, a := range policy.Acts() {
		sets["rule_act"] = append(sets["rule_act"], string(a))
	}
	for _, x := range policy.Whats() {
		sets["rule_what"] = append(sets["rule_what"], string(x))
	}
	sets["sound"] = []string{"faster", "slower", "second_faster", "second_slower"}
	sets["custody_series"], sets["custody_kind"] = []string{"acts"}, []string{"file", "stamp"}
	sets["live_state"] = []string{string(live.Starting), string(live.Watching), string(live.Waiting), string(live.Ended), string(live.Stopped)}
	sets["live_sound_gap"], sets["live_of"] = append(live.SpeechGaps(), live.SoundGaps()...), []string{live.GapOfSpeech, live.GapOfSound}
	sets["live_gap"], sets["live_role"], sets["live_sign"] = live.Gaps(), live.Roles(), live.Signs()
	sets["live_how"], sets["live_how_help"] = []string{"fetch", "listen", "frames"}, []string{"fetch", "listen", "frames"}
	sets["live_unchecked"] = []string{"sound", "speech", "chat", "payments", "broadcaster_age", "accounts"}
	sets["intake"] = []string{"done_saved", "done_called"}
	sets["error"] = append(sets["error"], "safe", "what", "accounts", "links", "reach", "call_back")
	sets["relation"], sets["want"], sets["intake_age"] = tip.Relations(), tip.Wants(), tip.Ages()
	for _, v := range tip.Safes() {
		sets["intake_safe"] = append(sets["intake_safe"], string(v))
	}
	for _, f := range jaga.Forms() {
		sets["intake_form"] = append(sets["intake_form"], string(f))
	}
	sets["looked"] = []string{"minutes", "files"}
	for _, p := range look.Purposes() {
		sets["purpose"] = append(sets["purpose"], string(p))
		sets["purpose_when"] = append(sets["purpose_when"], string(p))
	}
	sets["browser"], sets["system"] = auth.Browsers(), auth.Systems()
	sets["account"], sets["person"] = console.Notices()
	for _, r := range auth.Roles() {
		sets["person_role"], sets["person_role_help"] = append(sets["person_role"], string(r)), append(sets["person_role_help"], string(r))
	}
	for _, m := range auth.Methods() {
		sets["method"] = append(sets["method"], string(m))
	}
	sets["act"] = append(sets["act"], "person_create", "person_invite", "person_rename", "person_roles", "person_give", "person_take", "person_disable", "person_enable", "link_create",
		"session_create", "session_end", "passkey_add", "passkey_rename", "passkey_remove", "passkey_counter", "password_set", "password_remove", "provider_link", "provider_unlink")
	sets["error"] = append(sets["error"], "film_query", "film_stored", "capability", "password_denied", "confirm_password_denied", "password_busy", "password_not_found", "new_password", "passkey_denied", "passkey_conflict", "passkey_not_found",
		"passkey_unavailable", "passkey_name", "provider_denied", "provider_unavailable", "provider_conflict", "provider_not_found", "session", "person_name", "person_conflict", "login_invalid", "login_conflict", "roles", "administrator")
	for _, r := range slip.Reasons() {
		sets["case_reason"] = append(sets["case_reason"], string(r))
	}
	for _, f := range chatfile.Formats() {
		sets["chatformat"] = append(sets["chatformat"], string(f))
	}
	for _, e := range indicator.All() {
		sets["lookalike"] = append(sets["lookalike"], e.Lookalikes...)
	}
	for _, f := range jaga.Forms() {
		for _, set := range []string{"form", "form_short", "form_signs"} {
			sets[set] = append(sets[set], string(f))
		}
		sets["advice"] = append(sets["advice"], string(f)+"_1", string(f)+"_2", string(f)+"_3")
	}
	for _, s := range auth.Scopes() {
		sets["scope"] = append(sets["scope"], string(s))
	}
	for _, r := range pdq.Rotations() {
		sets["rotation"] = append(sets["rotation"], r.String())
	}
	for _, c := range []jaga.Code{jaga.CodeInvalid, jaga.CodeNotFound, jaga.CodeConflict, jaga.CodeDenied, jaga.CodeUnavailable, jaga.CodeBusy, jaga.CodeInternal} {
		sets["fail"] = append(sets["fail"], string(c), string(c)+"_title")
	}
	caseSets(sets)
	evidenceSets(sets)
	settingSets(sets)
	queueSets(sets)
	for set, values := range sets {
		for _, v := range values {
			use("the set "+set, set+"."+v)
		}
	}
	for _, key := range console.DetailKeys() {
		use("the table of details", key)
	}
	for key := range en {
		if !used[key] {
			t.Errorf("no page uses %q", key)
		}
	}
}

// TestNoEnglishOnIndonesianPages looks for English sentences of the language
// file in the Indonesian pages.
func TestNoEnglishOnIndonesianPages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		en, id := texts(t, "en"), texts(t, "id")
		var english []string
		for key, forms := range en {
			for form, s := range forms {
				if strings.Count(s, " ") >= 1 && !strings.Contains(s, "{{") && id[key]["other"] != s && form == "other" {
					english = append(english, s)
				}
			}
		}
		paths := w.full()
		w.lang = "id"
		for _, path := range append(paths, "/no-such", "/sign-in") {
			plain := text(w.get(path).body)
			for _, s := range english {
				if strings.Contains(plain, s) {
					t.Errorf("%s: %q stands there", path, s)
				}
			}
		}
	})
}

func TestNumbersAndSentences(t *testing.T) {
	t.Parallel()
	say := func(want, lang, key string, pairs ...any) {
		t.Helper()
		if got, err := console.Say(lang, key, pairs...); err != nil || got != want {
			t.Errorf("%s %s: %q, %v; want %q", lang, key, got, err, want)
		}
	}
	say("1 entry", "en", "banks.entries", "N", 1)
	say("0 entries", "en", "banks.entries", "N", int64(0))
	say("1,234 entries", "en", "banks.entries", "N", 1234)
	say("1.234 entri", "id", "banks.entries", "N", 1234)
	say("Bank <b> was deleted. It can be restored below for 7 days.", "en", "banks.deleted_notice", "Bank", "<b>")
	for lang, want := range map[string]string{"en": "1.5\u00a0kB", "id": "1,5\u00a0kB"} {
		if got, err := console.Size(lang, 1500); err != nil || got != want {
			t.Errorf("Size in %s: %q, %v", lang, got, err)
		}
	}
	for in, want := range map[string]string{
		"quality 12 of 100; below 50 a hash says nothing": "mutu 12 dari 100; perlu 50",
		"30 characters; pdq has 64 hexadecimal digits":    "30 karakter; pdq memiliki 64 digit heksadesimal",
		"it matched 500 different pictures within 1h0m0s": "cocok dengan 500 gambar berbeda dalam 60 menit",
		"decoding took longer than 10s":                   "lebih dari 10 detik",
		"something new":                                   "something new",
	} {
		if got, err := console.Detail("id", in); err != nil || got != want {
			t.Errorf("Detail(%q) = %q, %v", in, got, err)
		}
	}
	for n, want := range map[int64]int64{0: 1, 1: 1, 3: 5, 6: 10, 11: 20, 100: 100, 101: 200, 4999: 5000} {
		if got := console.NiceMax(n); got != want {
			t.Errorf("NiceMax(%d) = %d, want %d", n, got, want)
		}
	}
	for in, want := range map[string]string{"known material": "KNOWN_MATERIAL", " a-b.c ": "A_B_C", "": ""} {
		if got := console.BankName(in); got != want {
			t.Errorf("BankName(%q) = %q", in, got)
		}
	}
	for in, want := range map[string]bool{"": false, "d41d8cd98f00b204e9800998ecf8427e\n": true, "\x1f\x8b\x08": true, "a\x00b": false, "\xff\xd8\xff": false, "%PDF-1.7": false, "type,value\n": true, strings.Repeat("a", 1023) + "é"[:1]: true, "\xff\xfe\xfd\xfc\xfb": false} {
		if got := console.IsList([]byte(in)); got != want {
			t.Errorf("IsList(%.20q) = %v", in, got)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 17, 20, 4, 0, 0, time.UTC)
	for _, c := range []struct {
		at     time.Duration
		en, id string
	}{
		{0, "just now", "baru saja"}, {-time.Minute, "1 minute ago", "1 menit lalu"}, {-89 * time.Minute, "89 minutes ago", "89 menit lalu"},
		{-2 * time.Hour, "2 hours ago", "2 jam lalu"}, {-35 * time.Hour, "35 hours ago", "35 jam lalu"}, {-72 * time.Hour, "3 days ago", "3 hari lalu"},
		{-1000 * 24 * time.Hour, "33 months ago", "33 bulan lalu"}, {24*time.Hour + time.Minute, "in 24 hours", "24 jam lagi"}, {240 * time.Hour, "in 10 days", "10 hari lagi"},
	} {
		for lang, want := range map[string]string{"en": c.en, "id": c.id} {
			if got, _, err := console.Moment(lang, now.Add(c.at), now); err != nil || got != want {
				t.Errorf("%s in %s: %q, %v; want %q", c.at, lang, got, err, want)
			}
		}
	}
	for lang, want := range map[string]string{"en": "18 May 2026 03:04 WIB", "id": "18 Mei 2026 03.04 WIB"} {
		if _, got, err := console.Moment(lang, now, now); err != nil || got != want {
			t.Errorf("in %s: %q, %v; want %q", lang, got, err, want)
		}
	}
}
