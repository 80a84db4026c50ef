package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// asset is a static file, as it is and, where that is smaller, as browsers may have it sent.
type asset struct {
	data, zipped []byte
	kind         string // Content-Type
	mark         string // a hash of the content, so that browsers may keep it for ever
}

var assetKinds = map[string]string{
	".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8",
}

// loadAssets reads the embedded files and compresses each once. Pages are not compressed: they hold what an attacker
// can choose beside what they must not learn (BREACH, https://breachattack.com).
func loadAssets() (map[string]asset, error) {
	out := map[string]asset{}
	for _, pattern := range []string{"static/*.*", "static/vendor/*.js"} {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		for _, name := range names {
			data, err := files.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("web: %w", err)
			}
			sum := sha256.Sum256(data)
			a := asset{data: data, kind: assetKinds[path.Ext(name)], mark: hex.EncodeToString(sum[:6])}
			if a.zipped, err = zip(data); err != nil {
				return nil, fmt.Errorf("web: %s: %w", name, err)
			}
			if len(a.zipped) >= len(data) {
				a.zipped = nil
			}
			out[path.Base(name)] = a
		}
	}
	return out, nil
}

func zip(data []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(data)
	}
	if err == nil {
		err = z.Close()
	}
	return b.Bytes(), err
}

// static serves an embedded file. Its address changes with its content, so a browser that asked for this content by
// its hash never asks again; whoever asks for another one asks again whether it is still this.
func (p *pages) static(w http.ResponseWriter, r *http.Request) {
	a, ok := p.assets[r.PathValue("file")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h, tag, body := w.Header(), `"`+a.mark+`"`, a.data
	h.Set("Content-Type", a.kind)
	if a.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			tag, body = `"`+a.mark+`-gzip"`, a.zipped
		}
	}
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == a.mark {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3): gzip is named, and not with a weight of 0.
func acceptsGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		_, weight, given := strings.Cut(strings.ToLower(params), "q=")
		q, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
		return !given || err == nil && q > 0
	}
	return false
}
