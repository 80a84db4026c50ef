package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/app"
)

func getenv(name string) string { return os.Getenv(name) }

func initCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Ask a few questions and write a configuration file",
		Long: `Asks what replyd must know about your store and writes replyd.yaml, readable by you alone, in approval mode:
nothing goes out without a person. Secrets are not asked for; the file names the variables that hold them.`,
		Example: `  replyd init
  replyd init --config /etc/replyd/replyd.yaml`,
		Args: cobra.NoArgs,
	}
	path := cmd.Flags().StringP("config", "c", "replyd.yaml", "`file` to write")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if _, err := os.Stat(*path); err == nil {
			return fmt.Errorf("%s is there already; edit it, or choose another name with --config", *path)
		}
		q := &questions{in: bufio.NewReader(cmd.InOrStdin()), out: cmd.OutOrStdout()}
		c := q.askAll()
		if q.err != nil {
			return q.err
		}
		if err := c.WriteFile(*path); err != nil {
			return err
		}
		fmt.Fprintf(q.out, `
Wrote %s. Next:
  1. put the secrets into the environment, or into files that …_FILE variables name:
       REPLYD_IMAP_SUPPORT_PASSWORD  REPLYD_OPENAI_KEY  REPLYD_SHOPIFY_CLIENT_SECRET  REPLYD_SENDGRID_KEY
  2. replyd passwd    and put what it prints under web.users
  3. replyd check     until every line is ok
  4. replyd run
`, *path)
		return nil
	}
	return cmd
}

// questions asks one line each; the first failure ends them.
type questions struct {
	in  *bufio.Reader
	out io.Writer
	err error
}

// ask repeats a question until the answer is fine. An empty answer stands for the default.
func (q *questions) ask(text, standard string, fine func(string) string) string {
	for q.err == nil {
		fmt.Fprint(q.out, text)
		if standard != "" {
			fmt.Fprintf(q.out, " [%s]", standard)
		}
		fmt.Fprint(q.out, ": ")
		line, err := q.in.ReadString('\n')
		answer := strings.TrimSpace(line)
		if answer == "" {
			answer = standard
		}
		problem := ""
		if answer == "" {
			problem = "an answer is needed"
		} else if fine != nil {
			problem = fine(answer)
		}
		if problem == "" {
			return answer
		}
		if err != nil {
			q.err = fmt.Errorf("the answers ended early: %s", problem)
			return ""
		}
		fmt.Fprintln(q.out, "  "+problem)
	}
	return ""
}

func (q *questions) askAll() *config.Config {
	c := config.Sample()
	s, box := &c.Store, &c.IMAP[0]
	s.Name = q.ask("Name of your store", "", nil)
	s.URL = q.ask("Its web address (https://…)", "", func(a string) string {
		if !strings.HasPrefix(a, "https://") {
			return "it begins with https://"
		}
		return ""
	})
	s.From = config.Address{Address: q.ask("Address that customers write to, and replies come from", "", address), Name: s.Name}
	s.Language = q.ask("Language of replies where a customer's own is not known", "en", nil)
	s.Zone = q.ask("Time zone of the store", "Europe/Berlin", func(a string) string {
		if _, err := time.LoadLocation(a); err != nil {
			return "it is a name like Europe/Berlin or Asia/Tehran"
		}
		return ""
	})
	s.Signature = q.ask("Who signs replies", s.Name, nil)
	box.Addr = q.ask("IMAP server and port", "imap.gmail.com:993", func(a string) string {
		if !strings.Contains(a, ":") {
			return "server and port, such as imap.example.com:993"
		}
		return ""
	})
	box.User = q.ask("Log-in name of the mailbox", s.From.Address, nil)
	box.PasswordFile = ""
	box.AuthservIDs = []string{q.ask("Your provider's id in Authentication-Results headers", authserv(box.Addr), nil)}
	c.Shopify.Shop = q.ask("Shop name at Shopify (before .myshopify.com)", "", nil)
	c.Shopify.ClientID = q.ask("Client id of your Shopify app", "", nil)
	c.Shopify.ClientSecretFile, c.OpenAI.KeyFile, c.SendGrid.KeyFile = "", "", ""
	c.Web.PublicURL = q.ask("Address under which browsers reach the desk", "https://desk."+strings.TrimPrefix(s.URL, "https://"), nil)
	return c
}

func address(a string) string {
	if i := strings.LastIndexByte(a, '@'); i < 1 || !strings.Contains(a[i:], ".") {
		return "it is an address like support@shop.example"
	}
	return ""
}

// authserv guesses the authserv-id of a known provider.
func authserv(server string) string {
	switch host, _, _ := strings.Cut(server, ":"); {
	case strings.HasSuffix(host, "gmail.com"):
		return "mx.google.com"
	case strings.HasSuffix(host, "fastmail.com"):
		return "mx*.messagingengine.com"
	case strings.HasSuffix(host, "zoho.eu"):
		return "mx.zohomail.eu"
	}
	return ""
}

func passwdCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "passwd NAME",
		Short:   "Print an entry for web.users, with the hash of a password",
		Example: `  replyd passwd sara`,
		Args:    cobra.ExactArgs(1),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		password, err := readPassword(cmd)
		if err != nil {
			return err
		}
		hash, err := app.HashPassword(password)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "web:\n  users:\n    - name: %s\n      password_hash: %s\n", args[0], hash)
		return nil
	}
	return cmd
}

// readPassword reads from the terminal without showing it, or one line from a pipe.
func readPassword(cmd *cobra.Command) (string, error) {
	if f, ok := cmd.InOrStdin().(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(cmd.ErrOrStderr(), "Password: ")
		typed, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(cmd.ErrOrStderr())
		return string(typed), err
	}
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}
