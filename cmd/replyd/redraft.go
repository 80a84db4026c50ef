package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func ticketsRedraftCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "redraft TURN",
		Short: "Have the language model write another draft",
		Long: `Says what should be different in the draft of a turn. The language model writes it anew, and the turn comes back
for review; nothing is sent. Without a running daemon it is written when the daemon starts.`,
		Example: `  replyd tickets redraft u0f3c… --say "shorter, and apologise once more"
  replyd tickets redraft u0f3c… --say "offer to call her back" --language fa
  replyd tickets redraft u0f3c… --say "friendlier" --text-file answer.txt`,
		Args: cobra.ExactArgs(1),
	}
	call, f := apiFlags(cmd), cmd.Flags()
	version := f.Uint64("version", 0, "do nothing if the turn is not at this `number` any more")
	say := f.String("say", "", "what should be different, in your own `words`")
	language := f.String("language", "", "the `language` of the new draft: en, fa, de, fr or es")
	file := f.String("text-file", "", "begin with the text of this `file`, kept as your draft; - for standard input")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *say == "" {
			return errors.New(`--say is missing: say what should be different, as in --say "shorter"`)
		}
		in := map[string]any{"instruction": *say}
		if *language != "" {
			in["language"] = *language
		}
		if *file != "" {
			text, err := readText(cmd, *file)
			if err != nil {
				return err
			}
			in["text"] = text
		}
		return decide(cmd, call, args[0], "redraft", *version, in)
	}
	return cmd
}
