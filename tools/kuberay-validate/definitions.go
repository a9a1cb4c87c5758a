package main

import (
	"fmt"
	"io/fs"
	"os"
	"sort"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

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

// readDefinitions reads the CRDs in a folder, in the order of kind and version; without one, those that are shipped.
func readDefinitions(folder string) ([]definition, error) {
	files, err := shippedFolder("crds")
	if folder != "" {
		files = os.DirFS(folder)
	}
	if err != nil {
		return nil, err
	}
	paths, err := fs.Glob(files, "*.yaml")
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no CRDs in %q: %v", folder, err)
	}
	var all []definition
	for _, path := range paths {
		found, err := readDefinition(files, path)
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

func readDefinition(files fs.FS, path string) ([]definition, error) {
	content, err := fs.ReadFile(files, path)
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
