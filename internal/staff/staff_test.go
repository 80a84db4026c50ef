package staff_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/staff"
)

// TestThePermissionTable holds the whole table: a new act is a new column here.
func TestThePermissionTable(t *testing.T) {
	acts := []staff.Act{
		staff.Look, staff.Self, staff.Decide, staff.Tokens, staff.People, staff.Audit, staff.Settings,
	}
	for role, want := range map[staff.Role]string{
		staff.Owner: "yyyyyyy", staff.Agent: "yyyynnn", staff.Viewer: "yynnnnn", "": "nnnnnnn", "root": "nnnnnnn",
	} {
		got := ""
		for _, a := range acts {
			got += map[bool]string{true: "y", false: "n"}[role.May(a)]
		}
		if got != want {
			t.Errorf("%q: %s, want %s", role, got, want)
		}
	}
}

func TestATokenIsNeverMightierThanItsOwner(t *testing.T) {
	for _, c := range [][3]staff.Role{
		{staff.Owner, staff.Agent, staff.Agent}, {staff.Viewer, staff.Owner, staff.Viewer},
		{staff.Agent, staff.Agent, staff.Agent},
	} {
		if got := staff.Least(c[0], c[1]); got != c[2] {
			t.Errorf("least of %s and %s: %s", c[0], c[1], got)
		}
	}
	if got := staff.Least(staff.Owner, "unknown"); got == staff.Owner && got.May(staff.People) {
		t.Error("an unknown role makes an owner")
	}
}

// TestCodesAreThoseOfTheRFC: RFC 6238, appendix B (SHA-1, the last six of eight digits).
func TestCodesAreThoseOfTheRFC(t *testing.T) {
	secret := []byte("12345678901234567890")
	for unix, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037",
		20000000000: "353130",
	} {
		if got := staff.Code(secret, staff.Step(time.Unix(unix, 0))); got != want {
			t.Errorf("at %d: %s, want %s", unix, got, want)
		}
	}
}

func TestACodeOpensOnce(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	a := staff.Account{TOTP: staff.NewTOTP()}
	code := staff.Code(a.TOTP, staff.Step(now))
	before := staff.Code(a.TOTP, staff.Step(now)-1)
	if !a.Pass(code[:3]+" "+code[3:], now) {
		t.Fatal("the right code is refused")
	}
	for name, c := range map[string]string{"the same": code, "an older one": before, "empty": "", "words": "abcdef"} {
		if a.Pass(c, now) {
			t.Errorf("%s passes", name)
		}
	}
	late := now.Add(61 * time.Second)
	if a.Pass(staff.Code(a.TOTP, staff.Step(now)+4), late) || !a.Pass(staff.Code(a.TOTP, staff.Step(late)), late) {
		t.Error("the window is wrong")
	}
	none := staff.Account{}
	if none.Pass(staff.Code(nil, staff.Step(now)), now) {
		t.Error("an account without a secret takes a code")
	}
}

func TestARecoveryCodeOpensOnce(t *testing.T) {
	codes, digests := staff.NewRecovery()
	a := staff.Account{TOTP: staff.NewTOTP(), Recovery: digests}
	if strings.Contains(fmt.Sprint(digests), codes[0]) || len(codes) != 10 {
		t.Fatal("codes are stored as they are")
	}
	now := time.Unix(1_800_000_000, 0)
	if !a.Pass(strings.ToUpper(codes[3]), now) || a.Pass(codes[3], now) || len(a.Recovery) != 9 {
		t.Error("a recovery code must open exactly once")
	}
}

func TestNamesOfTheProgramAreTaken(t *testing.T) {
	for _, bad := range []string{"", " sara", "Policy", "replyd", "cli:root", "a\nb", "a\u202eb", strings.Repeat("x", 101)} {
		if staff.CheckName(bad) == nil {
			t.Errorf("%q is taken as a name", bad)
		}
	}
	for _, good := range []string{"sara", "Sara Öz", "سارا", "sara@example.com"} {
		if err := staff.CheckName(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func TestWhatEndsSessionsChangesTheMark(t *testing.T) {
	a := staff.Account{Name: "sara", Hash: "h"}
	marks := map[string]bool{a.Mark(): true}
	a.Epoch++
	marks[a.Mark()] = true
	a.Hash = "i"
	marks[a.Mark()] = true
	a.TOTP = []byte("x")
	marks[a.Mark()] = true
	if len(marks) != 4 {
		t.Errorf("%d marks", len(marks))
	}
	if a.Seen = time.Now(); !marks[a.Mark()] {
		t.Error("a log-in ends sessions")
	}
}
