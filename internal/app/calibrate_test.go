package app

import (
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/sandbox"
)

// TestCalibrationFindsOutWhomToTrust mails the mailbox a forged proof, at providers of several kinds.
func TestCalibrationFindsOutWhomToTrust(t *testing.T) {
	const good = "mx.lavender-oak.example"
	for name, c := range map[string]struct {
		keep   bool
		pinned []string
		ok     bool
		detail string
		fix    string
	}{
		"a good provider":   {false, []string{good}, true, "taken out", ""},
		"nothing is pinned": {false, nil, false, "signs as " + good, "[" + good + "]"},
		"a wrong id":        {false, []string{"mx.other.example"}, false, "by mx.other.example", "[" + good + "]"},
		"a wide pattern":    {false, []string{"*.lavender-oak.example"}, false, "came through", "[" + good + "]"},
		"forgeries come in": {true, []string{good}, false, "came through", "do not use auto mode"},
		"not yet known":     {true, nil, false, "signs as " + good, "run this check again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := sandbox.Start(sandbox.Demo(), sandbox.Options{KeepForged: c.keep})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			conf := SandboxConfig(w, t.TempDir())
			conf.IMAP[0].AuthservIDs = c.pinned
			before, err := w.FolderFlags(sandbox.FolderInbox)
			if err != nil {
				t.Fatal(err)
			}
			var got []CheckResult
			Calibrate(t.Context(), conf, func(r CheckResult) { got = append(got, r) })
			if len(got) != 1 || got[0].OK != c.ok || got[0].Check != "imap.support.forged_proof" ||
				!strings.Contains(got[0].Detail, c.detail) || !strings.Contains(got[0].Fix, c.fix) ||
				(got[0].Fix == "") != c.ok {
				t.Errorf("%+v", got)
			}
			after, err := w.FolderFlags(sandbox.FolderInbox)
			if err != nil || len(after) != len(before)+1 {
				t.Fatalf("%d mails became %d, %v", len(before), len(after), err)
			}
			if diff := gocmp.Diff(before, after[:len(before)]); diff != "" {
				t.Errorf("flags changed:\n%s", diff)
			}
		})
	}
}

// TestCalibrationSaysWhyItCouldNotTell: no key, no mailbox.
func TestCalibrationSaysWhyItCouldNotTell(t *testing.T) {
	t.Parallel()
	w, err := sandbox.Start(sandbox.Demo(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for name, c := range map[string]struct {
		spoil  func(*config.Config)
		detail string
	}{
		"a wrong key":      {func(c *config.Config) { c.SendGrid.Key = "SG.wrong" }, "was not sent"},
		"a wrong password": {func(c *config.Config) { c.IMAP[0].Password = "wrong" }, "imap:"},
	} {
		t.Run(name, func(t *testing.T) {
			conf := SandboxConfig(w, t.TempDir())
			c.spoil(conf)
			Calibrate(t.Context(), conf, func(r CheckResult) {
				if r.OK || r.Fix == "" || !strings.Contains(r.Detail, c.detail) {
					t.Errorf("%+v", r)
				}
			})
		})
	}
}
