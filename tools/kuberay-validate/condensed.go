package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// node is a schema without its prose. Its children are numbers of other nodes, because a pod template alone fills
// most of every CRD several times over.
type node struct {
	Type                 string                 `json:"type,omitempty"`
	Properties           map[string]int         `json:"properties,omitempty"`
	Required             []string               `json:"required,omitempty"`
	Items                *int                   `json:"items,omitempty"`
	AdditionalProperties *int                   `json:"additionalProperties,omitempty"`
	Enum                 []apiextensionsv1.JSON `json:"enum,omitempty"`
	Default              *apiextensionsv1.JSON  `json:"default,omitempty"`
	Format               string                 `json:"format,omitempty"`
	Pattern              string                 `json:"pattern,omitempty"`
	Minimum              *float64               `json:"minimum,omitempty"`
	Maximum              *float64               `json:"maximum,omitempty"`
	MinLength            *int64                 `json:"minLength,omitempty"`
	MaxLength            *int64                 `json:"maxLength,omitempty"`
	MinItems             *int64                 `json:"minItems,omitempty"`
	MaxItems             *int64                 `json:"maxItems,omitempty"`
	Nullable             bool                   `json:"nullable,omitempty"`
	IntOrString          bool                   `json:"intOrString,omitempty"`
	ListType             string                 `json:"listType,omitempty"`
	ListMapKeys          []string               `json:"listMapKeys,omitempty"`
	Rules                []rule                 `json:"rules,omitempty"`
}

type rule struct {
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

// condenser numbers every distinct node once, children first.
type condenser struct {
	numbers map[string]int
	nodes   [][]byte
}

// writeCondensed prints the kinds' root nodes and then the nodes, one a line, the same for the same CRDs.
func writeCondensed(out io.Writer, definitions []definition) error {
	condenser := &condenser{numbers: map[string]int{}}
	kinds := &bytes.Buffer{}
	for i, definition := range definitions {
		number, err := condenser.number(definition.schema)
		if err != nil {
			return fmt.Errorf("%s %s: %w", definition.kind, definition.version, err)
		}
		if i > 0 {
			kinds.WriteString(",\n")
		}
		fmt.Fprintf(kinds, "%q: %d", "ray.io/"+definition.version+"/"+definition.kind, number)
	}
	_, err := fmt.Fprintf(out, "{\"kinds\": {\n%s\n},\n\"nodes\": [\n%s\n]}\n", kinds, bytes.Join(condenser.nodes, []byte(",\n")))
	return err
}

func (c *condenser) number(schema *apiextensionsv1.JSONSchemaProps) (int, error) {
	condensed, err := c.condense(schema)
	if err != nil {
		return 0, err
	}
	text, err := json.Marshal(condensed)
	if err != nil {
		return 0, err
	}
	if number, seen := c.numbers[string(text)]; seen {
		return number, nil
	}
	c.nodes = append(c.nodes, text)
	c.numbers[string(text)] = len(c.nodes) - 1
	return len(c.nodes) - 1, nil
}

func (c *condenser) condense(schema *apiextensionsv1.JSONSchemaProps) (*node, error) {
	if err := refuseUnknown(schema); err != nil {
		return nil, err
	}
	condensed := &node{
		Type: schema.Type, Required: schema.Required, Enum: schema.Enum, Default: schema.Default, Format: schema.Format,
		Pattern: schema.Pattern, Minimum: schema.Minimum, Maximum: schema.Maximum, MinLength: schema.MinLength,
		MaxLength: schema.MaxLength, MinItems: schema.MinItems, MaxItems: schema.MaxItems, Nullable: schema.Nullable,
		IntOrString: schema.XIntOrString, ListMapKeys: schema.XListMapKeys,
	}
	// "atomic" is the default and says nothing about what is valid.
	if schema.XListType != nil && *schema.XListType != "atomic" {
		condensed.ListType = *schema.XListType
	}
	for _, validation := range schema.XValidations {
		condensed.Rules = append(condensed.Rules, rule{validation.Rule, validation.Message})
	}
	return condensed, c.children(schema, condensed)
}

func (c *condenser) children(schema *apiextensionsv1.JSONSchemaProps, condensed *node) error {
	if len(schema.Properties) > 0 {
		condensed.Properties = map[string]int{}
	}
	for _, name := range sortedKeys(schema.Properties) {
		property := schema.Properties[name]
		number, err := c.number(&property)
		if err != nil {
			return fmt.Errorf("%s: %w", strconv.Quote(name), err)
		}
		condensed.Properties[name] = number
	}
	if schema.Items != nil {
		number, err := c.number(schema.Items.Schema)
		if err != nil {
			return err
		}
		condensed.Items = &number
	}
	if schema.AdditionalProperties != nil {
		number, err := c.number(schema.AdditionalProperties.Schema)
		if err != nil {
			return err
		}
		condensed.AdditionalProperties = &number
	}
	return nil
}
