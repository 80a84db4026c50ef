package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/app"
)

func templatesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "templates",
		Short: "Look at the reply templates",
	}
	cmd.AddCommand(templatesCheckCommand())
	return cmd
}

func templatesCheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Fill every template with made-up mails and check what it says",
		Long: `Writes a reply with every template of every language for made-up mails, your own templates among them, and
checks each as replyd does before it sends: a number, day, amount, link or state that no fact covers, or a promise,
is a problem, with its file and line. Without --config it looks at the built-in templates. What was changed at the
desk is checked there, under Templates, and not here.

Exits with 1 when there are problems.`,
		Example: `  replyd templates check --config replyd.yaml --open
  replyd templates check --out templates.html`,
		Args: cobra.NoArgs,
	}
	f := cmd.Flags()
	file := f.StringP("config", "c", "", "configuration `file`; without one, the built-in templates")
	dir := f.String("prompts", "", "`folder` with your own templates, instead of the configuration's")
	out := f.String("out", "", "write a page that shows every reply to this `file`")
	open := f.Bool("open", false, "show that page in the browser")
	asJSON := f.Bool("json", false, "print one JSON array")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := templatesConfig(*file, *dir)
		if err != nil {
			return err
		}
		reports, err := app.CheckTemplates(c)
		if err != nil { // a template of the owner's that cannot be read or filled: the error names its place
			fmt.Fprintln(cmd.ErrOrStderr(), err)
			return errFound
		}
		if *open && *out == "" {
			*out = filepath.Join(os.TempDir(), "replyd-templates.html")
		}
		if *out != "" {
			if err := writePage(*out, reports); err != nil {
				return err
			}
		}
		if *asJSON {
			err = json.NewEncoder(cmd.OutOrStdout()).Encode(reports)
		} else {
			err = printReports(cmd.OutOrStdout(), reports, *out)
		}
		if err == nil && *open {
			err = browse(*out)
		}
		for _, r := range reports {
			if err == nil && len(r.Problems) > 0 {
				err = errFound
			}
		}
		return err
	}
	return cmd
}

// templatesConfig is the owner's configuration, or the demo's store with the owner's folder of texts.
func templatesConfig(file, dir string) (c *config.Config, err error) {
	if file != "" {
		if c, err = config.Load(file, os.Getenv); err != nil {
			return nil, err
		}
	}
	if dir == "" {
		return c, nil
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	if c == nil {
		c = &config.Config{Store: app.SampleStore()}
	}
	c.Prompts = dir
	return c, nil
}

func printReports(w io.Writer, reports []app.TemplateReport, page string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	replies, problems := 0, 0
	for _, r := range reports {
		replies += len(r.Replies)
		problems += len(r.Problems)
		if len(r.Problems) == 0 {
			fmt.Fprintf(table, "%s\t%s\tok\n", r.Language, r.Template)
			continue
		}
		for _, p := range r.Problems {
			fmt.Fprintf(table, "%s\t%s\t%s:%d: “%s”: %s (%s)\n", r.Language, r.Template, p.File, p.Line, p.Token, p.Why,
				p.Sample)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%d templates, %d different replies, %d problems\n", len(reports), replies, problems)
	if page != "" {
		fmt.Fprintf(w, "All replies: %s\n", page)
	}
	return nil
}

func writePage(path string, reports []app.TemplateReport) (err error) {
	f, err := os.Create(path) //nolint:gosec // the path is the user's own
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	b := bufio.NewWriter(f)
	if err := app.TemplatesPage(b, reports); err != nil {
		return err
	}
	return b.Flush()
}

// browse shows a file in the system's browser.
func browse(path string) error {
	name, args := "xdg-open", []string{path}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", path}
	}
	if err := exec.Command(name, args...).Start(); err != nil { //nolint:gosec // fixed programs
		return fmt.Errorf("no browser could be started (%w); the page is %s", err, path)
	}
	return nil
}
