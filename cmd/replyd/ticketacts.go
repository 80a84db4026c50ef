package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// ticketsPlainCommand is an act on a turn that takes nothing.
func ticketsPlainCommand(verb, short string) *cobra.Command {
	cmd := &cobra.Command{Use: verb + " TURN", Short: short, Args: cobra.ExactArgs(1)}
	call, f := apiFlags(cmd), cmd.Flags()
	version := f.Uint64("version", 0, "do nothing if the turn is not at this `number` any more")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return decide(cmd, call, args[0], verb, *version, map[string]any{})
	}
	return cmd
}

func ticketsSnoozeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "snooze TURN",
		Short: "Put a turn off, or bring it back",
		Example: `  replyd tickets snooze u0f3c… --for 4h
  replyd tickets snooze u0f3c… --until 2026-11-24T09:00:00+01:00
  replyd tickets snooze u0f3c… --wake`,
		Args: cobra.ExactArgs(1),
	}
	call, f := apiFlags(cmd), cmd.Flags()
	version := f.Uint64("version", 0, "do nothing if the turn is not at this `number` any more")
	span := f.Duration("for", 0, "how `long`, up to 60 days: 30m, 4h, 72h")
	until := f.String("until", "", "until this `time`, as 2026-11-24T09:00:00+01:00")
	wake := f.Bool("wake", false, "bring it back now")
	cmd.MarkFlagsMutuallyExclusive("for", "until", "wake")
	cmd.MarkFlagsOneRequired("for", "until", "wake")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *wake {
			return decide(cmd, call, args[0], "wake", *version, map[string]any{})
		}
		at := time.Now().Add(*span)
		if *until != "" {
			var err error
			if at, err = time.Parse(time.RFC3339, *until); err != nil {
				return errors.New("--until is a time like 2026-11-24T09:00:00+01:00")
			}
		}
		return decide(cmd, call, args[0], "snooze", *version, map[string]any{"until": at})
	}
	return cmd
}

func ticketsAssignCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "assign TURN NAME",
		Short: "Give a turn's ticket to somebody to look after",
		Example: `  replyd tickets assign u0f3c… kim
  replyd tickets assign u0f3c… -     # to nobody`,
		Args: cobra.ExactArgs(2),
	}
	call := apiFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		who := args[1]
		if who == "-" {
			who = ""
		}
		return onTicket(cmd, call, args[0], "assign", map[string]any{"assignee": who})
	}
	return cmd
}

func ticketsNoteCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "note TURN TEXT",
		Short:   "Keep a note for colleagues with a turn's ticket",
		Example: `  replyd tickets note u0f3c… "called her; she keeps the lamp"`,
		Args:    cobra.ExactArgs(2),
	}
	call := apiFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return onTicket(cmd, call, args[0], "note", map[string]any{"text": args[1]})
	}
	return cmd
}

func ticketsTagCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tag TURN [TAG...]",
		Short: "Replace the tags of a turn's ticket",
		Example: `  replyd tickets tag u0f3c… vip late
  replyd tickets tag u0f3c…              # takes them off`,
		Args: cobra.MinimumNArgs(1),
	}
	call := apiFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return onTicket(cmd, call, args[0], "tags", map[string]any{"tags": args[1:]})
	}
	return cmd
}

// onTicket sends an act on the ticket of a turn, and says how the ticket is then.
func onTicket(cmd *cobra.Command, call caller, turn, verb string, in map[string]any) error {
	t, err := readTurn(cmd, call, turn)
	if err != nil {
		return err
	}
	text, err := ask(cmd, call, http.MethodPost, "tickets/"+url.PathEscape(t.Ticket)+"/"+verb, in)
	if err != nil {
		return err
	}
	var k struct {
		ID, Assignee string
		Tags         []string
		Notes        []struct{}
	}
	if err := json.Unmarshal(text, &k); err != nil {
		return err
	}
	say := fmt.Sprintf("%s: %d notes", k.ID, len(k.Notes))
	if k.Assignee != "" {
		say += ", with " + printable(k.Assignee)
	}
	if len(k.Tags) > 0 {
		say += ", tagged " + printable(strings.Join(k.Tags, ", "))
	}
	fmt.Fprintln(cmd.OutOrStdout(), say)
	return nil
}
