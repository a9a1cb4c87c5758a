package main

import (
	"fmt"
	"sort"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// refuseUnknown stops when a CRD says something that the condensed schema has no word for: a later KubeRay's CRD must
// not be checked less strictly than it is in a cluster without anybody noticing.
func refuseUnknown(schema *apiextensionsv1.JSONSchemaProps) error {
	unsupported := map[string]bool{
		"$ref":                 schema.Ref != nil,
		"allOf":                len(schema.AllOf) > 0,
		"anyOf":                len(schema.AnyOf) > 0 && !schema.XIntOrString,
		"dependencies":         len(schema.Dependencies) > 0,
		"exclusiveMaximum":     schema.ExclusiveMaximum,
		"exclusiveMinimum":     schema.ExclusiveMinimum,
		"maxProperties":        schema.MaxProperties != nil,
		"minProperties":        schema.MinProperties != nil,
		"multipleOf":           schema.MultipleOf != nil,
		"not":                  schema.Not != nil,
		"oneOf":                len(schema.OneOf) > 0,
		"patternProperties":    len(schema.PatternProperties) > 0,
		"uniqueItems":          schema.UniqueItems,
		"embeddedResource":     schema.XEmbeddedResource,
		"preserveUnknown":      schema.XPreserveUnknownFields != nil && *schema.XPreserveUnknownFields,
		"additionalProperties": schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema == nil,
		"items":                schema.Items != nil && schema.Items.Schema == nil,
	}
	for _, name := range sortedKeys(unsupported) {
		if unsupported[name] {
			return fmt.Errorf("the condensed schema has no word for %s", name)
		}
	}
	return nil
}

func sortedKeys[V any](entries map[string]V) []string {
	keys := make([]string, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
