package app

import (
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/texts"
	"github.com/replyd/replyd/prompts"
)

// voice is how replies are worded now: the owner's files, over what was set at the desk, over the built-in files.
type voice struct {
	*reply.Writer
	config *config.Config
	newest map[string]texts.Version // what was set at the desk, by path
	desk   prompts.Desk             // of these, what holds
	faults map[string]*texts.Fault  // and what does not, because it can no longer be read or filled
	// reports tells, by language, what every template says to made-up mails.
	reports map[string]func() ([]TemplateReport, error)
}

// writer gives what writes replies now. Ask once for what belongs together.
func (a *App) writer() *reply.Writer { return a.live().voice.Writer }

// newVoice makes the writer. A text of the desk that no longer fits the program is left out, and never keeps the
// daemon from starting; a fault in the owner's own files does.
func newVoice(c *config.Config, newest map[string]texts.Version) (*voice, error) {
	w := &voice{config: c, newest: newest, desk: prompts.Desk{}, faults: map[string]*texts.Fault{}}
	for path, v := range newest {
		if v.Holds() && !w.fixed(path) {
			w.desk[path] = v.Body
		}
	}
	for {
		writer, err := reply.New(w.files(), storeWords(c))
		if err == nil {
			err = writer.Rehearse(w.changed(writer)...)
		}
		if err == nil {
			w.Writer = writer
			break
		}
		if !w.leaveOut(err) {
			return nil, err
		}
	}
	w.reports = map[string]func() ([]TemplateReport, error){}
	for _, lang := range w.Languages() {
		w.reports[lang] = sync.OnceValues(func() ([]TemplateReport, error) {
			check, err := newTemplateCheck(c, w.Writer)
			if err != nil {
				return nil, err
			}
			return check.language(lang)
		})
	}
	return w, nil
}

// changed lists the languages in which not all words may be the built-in ones: those a test has tried.
func (w *voice) changed(writer *reply.Writer) (langs []string) {
	if w.config.Prompts != "" {
		return writer.Languages()
	}
	for path := range w.desk {
		if _, lang, _, _ := texts.Split(path); !slices.Contains(langs, lang) {
			langs = append(langs, lang)
		}
	}
	return langs
}

func (w *voice) files() fs.FS { return prompts.Over(w.config.Prompts, w.desk) }

// fixed tells whether the owner's own file holds.
func (w *voice) fixed(path string) bool {
	_, own := prompts.Own(w.config.Prompts, path)
	return own
}

// leaveOut takes the desk's text away that an error is about. An error in a file that the desk did not change is
// about what it uses, so then all of the desk's texts in that language go. False: none was there.
func (w *voice) leaveOut(err error) bool {
	var f *texts.Fault
	if !errors.As(err, &f) {
		return false
	}
	if body, set := w.desk[f.File]; set {
		f.Show(body)
		w.faults[f.File] = f
		delete(w.desk, f.File)
		return true
	}
	parts := strings.Split(f.File, "/")
	if len(parts) < 2 {
		return false
	}
	before := len(w.desk)
	for path := range w.desk {
		if strings.Split(path, "/")[1] == parts[1] {
			w.faults[path] = f
			delete(w.desk, path)
		}
	}
	return len(w.desk) < before
}

// tell writes into the log what does not hold. The log has no words of anybody's.
func (w *voice) tell(log *slog.Logger) {
	for path, f := range w.faults {
		log.Warn("a text that was changed at the desk does not fit this version; what is beneath it holds",
			"text", path, "fault in", f.File, "line", f.Line)
	}
}

// with gives the writer that there would be with this version of a text.
func (w *voice) with(path string, v texts.Version) (*reply.Writer, error) {
	desk := maps.Clone(w.desk)
	delete(desk, path)
	if v.Holds() {
		desk[path] = v.Body
	}
	_, lang, _, _ := texts.Split(path)
	return w.Writer.With(prompts.Over(w.config.Prompts, desk), lang)
}

// source gives the text that holds under a path, and whose it is.
func (w *voice) source(path string) (body string, from texts.Origin) {
	_, set := w.desk[path]
	b, err := fs.ReadFile(w.files(), path)
	switch {
	case err != nil:
		return "", texts.Gone
	case w.fixed(path):
		return string(b), texts.File
	case set:
		return string(b), texts.Desk
	}
	return string(b), texts.BuiltIn
}

// storeWords is what a reply says about the store itself.
func storeWords(c *config.Config) reply.Store {
	return reply.Store{
		Name: c.Store.Name, URL: c.Store.URL, Email: c.Store.From.Address, Agent: c.Store.Signature,
		Zone: c.Store.Zone, Language: c.Store.Language,
	}
}

// templateCheck writes replies to made-up mails and checks each as the daemon does before it sends.
type templateCheck struct {
	w     *reply.Writer
	own   string // the owner's folder
	zone  *time.Location
	hosts []string
}

func newTemplateCheck(c *config.Config, w *reply.Writer) (*templateCheck, error) {
	zone, err := time.LoadLocation(c.Store.Zone)
	if err != nil {
		return nil, err
	}
	return &templateCheck{w, c.Prompts, zone, append([]string{hostOf(c.Store.URL)}, c.Store.LinkHosts...)}, nil
}
