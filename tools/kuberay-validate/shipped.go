package main

import (
	"embed"
	"encoding/json"
	"io"
	"io/fs"
	"path"
	"strings"
)

//go:generate go run shipped/copy.go

// shipped is what the operator's module has besides Go, as of the version in go.mod: it is in the program, so that the
// program needs no module cache.
//
//go:embed shipped/crds shipped/samples
var shipped embed.FS

// shippedFolder is one of its folders.
func shippedFolder(name string) (fs.FS, error) {
	return fs.Sub(shipped, path.Join("shipped", name))
}

// writeSamples prints the operator's sample manifests: an object of path and text.
func writeSamples(out io.Writer) error {
	folder, err := shippedFolder("samples")
	if err != nil {
		return err
	}
	samples := map[string]string{}
	err = fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		content, err := fs.ReadFile(folder, path)
		samples[path] = string(content)
		return err
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(samples)
}
