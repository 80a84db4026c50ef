package replay

import (
	"fmt"
	"html/template"
	"io"
	"math"
	"time"

	_ "embed"
)

//go:embed report.html.tmpl
var page string

// How many mails the page shows one by one; the JSON form has all.
const (
	maxPage  = 2000 // a browser bears this many
	maxWatch = 200  // nobody reads more of those that are to be looked at first
)

// HTML writes the report as one page that needs nothing else: no script, no font, no picture from elsewhere.
func (r *Report) HTML(w io.Writer) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"bar": bar, "share": share, "percent": percent, "day": day, "span": span, "money": money,
		"score": func(f float64) string { return fmt.Sprintf("%.2f", f) },
		"table": func(title string, rows []Row) table { return table{title, rows} }, "buckets": buckets,
	}).Parse(page)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	// where people look first: what would have gone out by itself and states something else
	data := struct {
		*Report
		Watch   []*Item
		Shown   []*Item
		LeftOut int
	}{Report: r, Shown: r.Items[:min(len(r.Items), maxPage)]}
	data.LeftOut = len(r.Items) - len(data.Shown)
	for _, i := range r.Items {
		if i.Decision == "auto" && i.differs() && len(data.Watch) < maxWatch {
			data.Watch = append(data.Watch, i)
		}
	}
	return t.Execute(w, data)
}

// table is one of the page's.
type table struct {
	Title string
	Rows  []Row
}

// segment is a part of a bar, in hundredths of its width.
type segment struct {
	Class string
	X, W  float64
}

// bar divides a bar among the decisions. most is the largest row: bars of a table share one scale.
func bar(r Row, rows []Row) []segment {
	most := 1
	for _, o := range rows {
		most = max(most, o.Mails)
	}
	var out []segment
	x := 0.0
	for _, part := range []struct {
		class string
		n     int
	}{{"auto", r.Auto}, {"review", r.Review}, {"hold", r.Hold}, {"none", r.None}} {
		w := 100 * float64(part.n) / float64(most)
		if part.n > 0 {
			out = append(out, segment{part.class, round(x), round(w)})
		}
		x += w
	}
	return out
}

// bucket is a column of the histogram.
type bucket struct {
	Name    string
	N       int
	X, Y, H float64
}

func buckets(c Compared) []bucket {
	most := 1
	for _, n := range c.Histogram {
		most = max(most, n)
	}
	var out []bucket
	for i, n := range c.Histogram {
		h := 60 * float64(n) / float64(most)
		name := fmt.Sprintf("%.1f–%.1f", float64(i)/5, float64(i+1)/5)
		out = append(out, bucket{name, n, float64(i) * 62, round(74 - h), round(h)})
	}
	return out
}

func round(f float64) float64 { return math.Round(f*100) / 100 }

func share(n, of int) string {
	if of == 0 {
		return "0 %"
	}
	return percent(float64(n) / float64(of))
}

func percent(f float64) string { return fmt.Sprintf("%.0f %%", 100*f) }

func day(t time.Time) string {
	if t.IsZero() {
		return "no date"
	}
	return t.Format("2006-01-02 15:04")
}

// span tells how long a person took.
func span(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min later", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h later", d.Hours())
	}
	return fmt.Sprintf("%.0f days later", d.Hours()/24)
}

// money shows small amounts with the digits that they need.
func money(f float64) string {
	if f != 0 && f < 0.1 {
		return fmt.Sprintf("%.4f", f)
	}
	return fmt.Sprintf("%.2f", f)
}
