package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sort"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

const operatorModule = "github.com/ray-project/kuberay/ray-operator"

// definition is the schema of one kind in one served version, as the CRD states it.
type definition struct {
	kind, version string
	schema        *apiextensionsv1.JSONSchemaProps
}

// internal is the schema in the form that the API server's validators take.
func (d definition) internal() (*apiextensions.JSONSchemaProps, error) {
	schema := &apiextensions.JSONSchemaProps{}
	err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(d.schema, schema, nil)
	return schema, err
}

// readDefinitions reads the CRDs in a folder, in the order of kind and version.
func readDefinitions(folder string) ([]definition, error) {
	if folder == "" {
		module, err := moduleFolder()
		if err != nil {
			return nil, err
		}
		folder = filepath.Join(module, "config", "crd", "bases")
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no CRDs in %s (run `go mod download` in tools/kuberay-validate): %v", folder, err)
	}
	var all []definition
	for _, path := range paths {
		found, err := readDefinition(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, found...)
	}
	sort.Slice(all, func(i, j int) bool {
		return all[i].kind < all[j].kind || all[i].kind == all[j].kind && all[i].version < all[j].version
	})
	return all, nil
}

func readDefinition(path string) ([]definition, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	crd := apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict(content, &crd); err != nil {
		return nil, err
	}
	var found []definition
	for _, version := range crd.Spec.Versions {
		if version.Served {
			found = append(found, definition{crd.Spec.Names.Kind, version.Name, version.Schema.OpenAPIV3Schema})
		}
	}
	return found, nil
}

// moduleFolder is where the Go module cache keeps the operator's module that this program was built with.
func moduleFolder() (string, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", fmt.Errorf("built without module information; use -crds")
	}
	for _, module := range info.Deps {
		if module.Path == operatorModule {
			return filepath.Join(moduleCache(), filepath.FromSlash(operatorModule)+"@"+module.Version), nil
		}
	}
	return "", fmt.Errorf("built without %s", operatorModule)
}

func moduleCache() string {
	if cache := os.Getenv("GOMODCACHE"); cache != "" {
		return cache
	}
	if path := os.Getenv("GOPATH"); path != "" {
		return filepath.Join(filepath.SplitList(path)[0], "pkg", "mod")
	}
	return filepath.Join(os.Getenv("HOME"), "go", "pkg", "mod")
}
