//go:build ignore

// Copies beside itself what the operator's Go module ships besides Go: its CRDs and its sample manifests, for the
// program to carry. `make tools` runs it before it builds; Git ignores what it writes.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const operatorModule = "github.com/ray-project/kuberay/ray-operator"

func main() {
	if err := run("shipped"); err != nil {
		fmt.Fprintln(os.Stderr, "shipped/copy.go:", err)
		os.Exit(1)
	}
}

func run(target string) error {
	// `go mod download` prints nothing and does nothing where the cache has the module.
	if out, err := exec.Command("go", "mod", "download", operatorModule).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	found, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", operatorModule).Output()
	if err != nil {
		return err
	}
	module := strings.TrimSpace(string(found))
	for name, folder := range map[string]string{"crds": "config/crd/bases", "samples": "config/samples"} {
		if err := os.RemoveAll(filepath.Join(target, name)); err != nil {
			return err
		}
		if err := copyYAML(filepath.Join(module, filepath.FromSlash(folder)), filepath.Join(target, name)); err != nil {
			return err
		}
	}
	return nil
}

func copyYAML(source, target string) error {
	return filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		relative, err := filepath.Rel(source, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		to := filepath.Join(target, relative)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, content, 0o644)
	})
}
