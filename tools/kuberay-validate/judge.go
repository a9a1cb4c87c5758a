package main

import (
	"context"
	"fmt"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metavalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// verdict is what became of one object on its way through the API server and into the operator.
type verdict struct {
	Valid bool `json:"valid"`
	// Unknown are fields that strict decoding refuses.
	Unknown []string `json:"unknown"`
	// Schema are the errors of metadata, structural schema and list types.
	Schema []string `json:"schema"`
	// CEL are the errors of the CRD's x-kubernetes-validations; not evaluated when the schema refuses.
	CEL []string `json:"cel"`
	// Errors are the operator's; not asked for when the API server refuses.
	Errors []string `json:"errors"`
}

// crd is all that is needed to admit one kind in one version.
type crd struct {
	structural *schema.Structural
	validator  validation.SchemaValidator
	cel        *cel.Validator
}

func newJudges(definitions []definition) (map[string]crd, error) {
	judges := map[string]crd{}
	for _, definition := range definitions {
		internal, err := definition.internal()
		if err != nil {
			return nil, err
		}
		structural, err := schema.NewStructural(internal)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", definition.kind, err)
		}
		validator, _, err := validation.NewSchemaValidator(internal)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", definition.kind, err)
		}
		judges["ray.io/"+definition.version+"/"+definition.kind] = crd{
			structural, validator, cel.NewValidator(structural, true, celconfig.PerCallLimit)}
	}
	return judges, nil
}

// judge takes an object through what a cluster does with it: strict decoding, defaults, admission, the operator.
func judge(judges map[string]crd, line []byte) (verdict, error) {
	object := map[string]any{}
	if err := utiljson.Unmarshal(line, &object); err != nil {
		return verdict{}, fmt.Errorf("an object a line was expected: %w", err)
	}
	kind := fmt.Sprintf("%v/%v", object["apiVersion"], object["kind"])
	definition, known := judges[kind]
	if !known {
		return verdict{}, fmt.Errorf("no CRD for %s", kind)
	}
	given := verdict{Unknown: []string{}, Schema: []string{}, CEL: []string{}, Errors: []string{}}
	if err := decode(definition, object, &given); err != nil {
		given.Schema = append(given.Schema, err.Error())
		return given, nil
	}
	admit(definition, object, &given)
	if len(given.Schema)+len(given.CEL) == 0 {
		given.Errors = append(given.Errors, askOperator(judges, object)...)
	}
	given.Valid = len(given.Unknown)+len(given.Schema)+len(given.CEL)+len(given.Errors) == 0
	return given, nil
}

// decode is the API server's schemaCoercingDecoder, then its defaulter, on an object that is created.
func decode(definition crd, object map[string]any, given *verdict) error {
	metadata, found, unknown, err := objectmeta.GetObjectMetaWithOptions(object,
		objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return err
	}
	apiVersion, kind := object["apiVersion"], object["kind"]
	given.Unknown = append(given.Unknown, unknown...)
	given.Unknown = append(given.Unknown, pruning.PruneWithOptions(object, definition.structural, true,
		schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})...)
	defaulting.PruneNonNullableNullsWithoutDefaults(object, definition.structural)
	object["apiVersion"], object["kind"] = apiVersion, kind
	if found {
		if err := objectmeta.SetObjectMeta(object, metadata); err != nil {
			return err
		}
	}
	// The status is a subresource, so the server drops it from what is created.
	delete(object, "status")
	defaulting.Default(object, definition.structural)
	return nil
}

// admit is the validation of the API server's custom resource strategy.
func admit(definition crd, object map[string]any, given *verdict) {
	accessor := &unstructured.Unstructured{Object: object}
	if accessor.GetNamespace() == "" {
		accessor.SetNamespace("default")
	}
	if accessor.GetName() == "" && accessor.GetGenerateName() != "" {
		accessor.SetName(accessor.GetGenerateName() + "xxxxx")
	}
	problems := metavalidation.ValidateObjectMetaAccessor(accessor, true, metavalidation.NameIsDNSSubdomain,
		field.NewPath("metadata"))
	problems = append(problems, validation.ValidateCustomResource(nil, object, definition.validator)...)
	problems = append(problems, objectmeta.Validate(nil, object, definition.structural, false)...)
	problems = append(problems, listtype.ValidateListSetsAndMaps(nil, definition.structural, object)...)
	given.Schema = append(given.Schema, texts(problems)...)
	if definition.cel != nil && len(problems) == 0 {
		refused, _ := definition.cel.Validate(context.Background(), nil, definition.structural, object, nil,
			celconfig.RuntimeCELCostBudget)
		given.CEL = append(given.CEL, texts(refused)...)
	}
}

func texts(problems field.ErrorList) []string {
	var all []string
	for _, problem := range problems {
		all = append(all, problem.Error())
	}
	return all
}
