package app

import (
	_ "embed"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/ticket"
)

// TemplateReport tells what one template says to made-up mails, and what is wrong with it.
type TemplateReport struct {
	Language string            `json:"language"`
	Template string            `json:"template"` // an intent; "status", the words for each state; "macro." and a name
	File     string            `json:"file"`
	Problems []TemplateProblem `json:"problems"`
	Replies  []TemplateReply   `json:"-"`
}

// TemplateProblem is something in a reply that no fact covers: such a reply never leaves by itself.
type TemplateProblem struct {
	File   string `json:"file"`
	Line   int    `json:"line"`   // from 1; 0 where it is not known
	Sample string `json:"sample"` // in which made-up case it shows
	Token  string `json:"token"`
	Why    string `json:"why"`
}

// TemplateReply is one written reply.
type TemplateReply struct {
	Sample string
	ticket.Draft
}

// CheckTemplates writes a reply with every template of every language for made-up mails, with the owner's files
// in place of the built-in ones, and checks each reply as the daemon does before it sends. An error means that a
// template cannot be read or filled; its text names the file.
func CheckTemplates(c *config.Config) ([]TemplateReport, error) {
	if c == nil {
		c = &config.Config{Store: SampleStore()}
	}
	w, err := newWriter(c)
	if err != nil {
		return nil, err
	}
	check, err := newTemplateCheck(c, w)
	if err != nil {
		return nil, err
	}
	var out []TemplateReport
	for _, lang := range w.Languages() {
		reports, err := check.language(lang)
		if err != nil {
			return nil, err
		}
		out = append(out, reports...)
	}
	return out, nil
}

// language checks all templates of a language.
func (c *templateCheck) language(lang string) ([]TemplateReport, error) {
	names := templateNames()
	for _, m := range c.w.Macros(lang) {
		names = append(names, macroPrefix+m.Name)
	}
	return c.templates(lang, names)
}

// templates checks some templates of a language.
func (c *templateCheck) templates(lang string, names []string) (out []TemplateReport, err error) {
	samples := c.w.Samples(lang)
	for _, name := range names {
		r := TemplateReport{Language: lang, Template: name, File: templateFile(c.own, lang, name),
			Problems: []TemplateProblem{}}
		for _, sample := range samples {
			d, ok, err := fillSample(c.w, lang, name, sample)
			if err != nil {
				return nil, err
			}
			if !ok || slices.ContainsFunc(r.Replies, func(o TemplateReply) bool { return o.Text == d.Text }) {
				continue
			}
			for _, u := range ground.Check(d, c.zone, c.hosts) {
				r.add(c.w, c.own, sample, u)
			}
			r.Replies = append(r.Replies, TemplateReply{sample.Name, d})
		}
		out = append(out, r)
	}
	return out, nil
}

// macroPrefix marks the macros among the names of templates.
const macroPrefix = "macro."

// fillSample writes a reply with the named template, if the sample is one for it. Macros are shown with what the
// first intent is shown with.
func fillSample(w *reply.Writer, lang, name string, s reply.Sample) (d ticket.Draft, ok bool, err error) {
	macro, isMacro := strings.CutPrefix(name, macroPrefix)
	switch {
	case isMacro && templateOf(s) == string(ticket.Intents[0]):
		d, err = w.Fill(reply.Macro{Name: macro, Language: lang}, s.Input)
	case templateOf(s) == name:
		d, err = w.Write(s.Input)
	default:
		return d, false, nil
	}
	return d, true, err
}

// SampleStore is the store of the made-up mails, for those who have no configuration yet.
func SampleStore() config.Store {
	return config.Store{Name: "Lavender & Oak", URL: "https://lavender-oak.example", Zone: "Europe/Berlin",
		From: config.Address{Address: "support@lavender-oak.example"}}
}

// templateNames lists the templates that are shown: one for each intent, and the words for states.
func templateNames() []string {
	var out []string
	for _, i := range ticket.Intents {
		out = append(out, string(i))
	}
	return append(out, "status")
}

func templateOf(s reply.Sample) string {
	if strings.Contains(s.Name, ".") {
		return "status"
	}
	return string(s.Input.Triage.Requests[0].Intent)
}

// templateFile is the owner's file where there is one, else the built-in one's path below prompts.
func templateFile(own, lang, name string) string {
	file := filepath.Join("replies", lang, name+".tmpl")
	if macro, ok := strings.CutPrefix(name, macroPrefix); ok {
		file = filepath.Join("macros", lang, macro+".tmpl")
	}
	if own != "" {
		if _, err := os.Stat(filepath.Join(own, file)); err == nil {
			return filepath.Join(own, file)
		}
	}
	return file
}

// add notes a token once, with the place where the templates say it. What another request's template says in a mail
// with several is told with that one.
func (r *TemplateReport) add(w *reply.Writer, own string, sample reply.Sample, u ticket.Uncovered) {
	p := TemplateProblem{File: r.File, Sample: sample.Name, Token: u.Token, Why: u.Why}
	for _, name := range []string{r.Template, "status", "common", "closing", "greeting", "titles"} {
		if line := lineOf(w.Source(r.Language, name), u.Token); line > 0 {
			p.File, p.Line = templateFile(own, r.Language, name), line
			break
		}
	}
	for _, q := range sample.Input.Triage.Requests {
		if p.Line == 0 && lineOf(w.Source(r.Language, string(q.Intent)), u.Token) > 0 {
			return
		}
	}
	if !slices.ContainsFunc(r.Problems, func(o TemplateProblem) bool { return o.Token == p.Token && o.Line == p.Line }) {
		r.Problems = append(r.Problems, p)
	}
}

// lineOf finds the first line of a source that holds the words, however their digits are written; 0 if none does.
func lineOf(source, words string) int {
	words = lettersAndDigits(words)
	for i, line := range strings.Split(source, "\n") {
		if words != "" && strings.Contains(lettersAndDigits(line), words) {
			return i + 1
		}
	}
	return 0
}

func lettersAndDigits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(s))
}

//go:embed templates.html
var templatesPage string

// TemplatesPage writes one HTML page that shows every reply of the reports, as text and as HTML. It loads nothing
// from anywhere, and the replies' HTML cannot run or fetch anything.
func TemplatesPage(w io.Writer, reports []TemplateReport) error {
	page, err := template.New("templates.html").Funcs(template.FuncMap{
		"direction": func(language string) string {
			if language == "fa" {
				return "rtl"
			}
			return "ltr"
		},
	}).Parse(templatesPage)
	if err != nil {
		return err
	}
	type language struct {
		Code    string
		Reports []TemplateReport
	}
	var all []language
	for _, r := range reports {
		if len(all) == 0 || all[len(all)-1].Code != r.Language {
			all = append(all, language{Code: r.Language})
		}
		last := &all[len(all)-1]
		last.Reports = append(last.Reports, r)
	}
	return page.Execute(w, all)
}
