package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/ticket"
)

// posts finds where the forms and buttons of a page send something.
var posts = regexp.MustCompile(`method="post" action="([^"]*)"|(?:formaction|hx-post)="([^"]*)"`)

// TestAViewerIsOfferedNothingThatIsRefused: draft and conversation are there to be read, and one sentence says who
// decides.
func TestAViewerIsOfferedNothingThatIsRefused(t *testing.T) {
	d := newDesk(t, nil)
	first, second := d.one(), d.one()
	vera := d.as("vera", staff.Viewer)
	pages := []string{"/", "/turns/" + string(first.ID), "/?view=all", "/bulk?alike=" + first.Alike()}
	for _, page := range pages {
		status, body, _ := vera.do("GET", page, nil)
		if status != http.StatusOK {
			t.Fatalf("%s: %d", page, status)
		}
		for _, m := range posts.FindAllStringSubmatch(body, -1) {
			to := m[1] + m[2]
			if to != "/language" && to != "/logout" && to != "/views" {
				t.Errorf("%s offers %s", page, to)
			}
		}
	}
	_, body, _ := vera.do("GET", "/turns/"+string(second.ID), nil)
	for _, want := range []string{"Agents and owners decide about answers.", "is on its way", "Where is order #1001?"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if got := d.read(first.ID); got.State != ticket.Review {
		t.Errorf("%s", got.State)
	}
}

// TestTheBarLeadsWhereARoleMayGo, and to no page that is refused.
func TestTheBarLeadsWhereARoleMayGo(t *testing.T) {
	d := newDesk(t, nil)
	bar := regexp.MustCompile(`(?s)<nav class="sites".*?</nav>`)
	link := regexp.MustCompile(`href="([^"]*)"`)
	for role, want := range map[staff.Role]string{
		staff.Owner: "/ /people /audit", staff.Agent: "/", staff.Viewer: "/",
	} {
		o := d.as("the "+string(role), role)
		_, body, _ := o.do("GET", "/", nil)
		var got []string
		for _, m := range link.FindAllStringSubmatch(bar.FindString(body), -1) {
			got = append(got, m[1])
			if status, _, _ := o.do("GET", m[1], nil); status != http.StatusOK {
				t.Errorf("%s: %s answers %d", role, m[1], status)
			}
		}
		if all := strings.Join(got, " "); !strings.Contains(all, want) {
			t.Errorf("%s: %s, want %s", role, all, want)
		}
	}
}

// TestAPageOfOtherFilesIsLoadedWhole: after a new version, or when the language was changed in another tab.
func TestAPageOfOtherFilesIsLoadedWhole(t *testing.T) {
	d := newDesk(t, nil)
	d.login()
	_, body, _ := d.do("GET", "/", nil)
	mark := regexp.MustCompile(`"X-Desk":"(\w+)"`).FindStringSubmatch(body)[1]
	if _, _, h := d.do("GET", "/?view=held", nil, "X-Desk", mark, "HX-Request", "true"); h.Get("HX-Redirect") != "" {
		t.Error("the same files are loaded again")
	}
	_, body, h := d.do("GET", "/?view=held", nil, "X-Desk", "old", "HX-Request", "true")
	if h.Get("HX-Redirect") != "/?view=held" || body != "" {
		t.Errorf("%q %q", h.Get("HX-Redirect"), body)
	}
	if _, _, h = d.another().do("GET", "/", nil, "HX-Request", "true"); h.Get("HX-Redirect") != "/login" {
		t.Errorf("who is not logged in is sent to %q", h.Get("HX-Redirect"))
	}
}
