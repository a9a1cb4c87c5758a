package mlgitops.datasets.allowed_regions_test

import data.mlgitops.datasets.allowed_regions

regions := {"everywhere": ["eu-central-1"], "environments": {"lab": ["eu-west-1"]}}

asked(environment, storage, region) := {
	"trains": true,
	"environment": {"name": environment, "storage": {"region": storage}},
	"spec": {"data": [{"name": "good", "region": "eu-central-1"}, {"name": "customers", "region": region}]},
}

denied(names, got) := {{
	"pointer": "/spec/data/1/region",
	"message": sprintf("the data set customers must be in a region that is allowed here (%s), got %s", [names, got]),
}}

test_where_storage_is if {
	allowed_regions.deny == set() with input as asked("live", "us-east-1", "us-east-1")
		with data.mlgitops_data.regions as regions
}

test_listed if {
	allowed_regions.deny == set() with input as asked("live", null, "eu-central-1")
		with data.mlgitops_data.regions as regions
	allowed_regions.deny == set() with input as asked("lab", null, "eu-west-1")
		with data.mlgitops_data.regions as regions
}

test_listed_for_another_environment if {
	allowed_regions.deny == denied("eu-central-1, us-east-1", "'eu-west-1'") with input as asked("live", "us-east-1", "eu-west-1")
		with data.mlgitops_data.regions as regions
}

test_no_region if {
	allowed_regions.deny == denied("eu-central-1, eu-west-1", "nothing") with input as asked("lab", null, null)
		with data.mlgitops_data.regions as regions
}

test_nothing_is_allowed if {
	count(allowed_regions.deny) == 2 with input as asked("live", null, null)
		with data.mlgitops_data.regions as {"everywhere": [], "environments": {}}
}

test_does_not_train if {
	allowed_regions.deny == set() with input as object.union(asked("live", null, null), {"trains": false})
		with data.mlgitops_data.regions as regions
}

scoring(region) := {
	"trains": false,
	"serves": true,
	"environment": {"name": "live", "storage": {"region": null}},
	"spec": {"data": [], "batchScoring": {"input": {"region": region}}},
}

test_what_is_scored if {
	allowed_regions.deny == set() with input as scoring("eu-central-1")
		with data.mlgitops_data.regions as regions
	allowed_regions.deny == {{
		"pointer": "/spec/batchScoring/input/region",
		"message": "the data set batchScoring.input must be in a region that is allowed here (eu-central-1), got nothing",
	}} with input as scoring(null)
		with data.mlgitops_data.regions as regions
}

test_nothing_is_scored_where_nothing_serves if {
	allowed_regions.deny == set() with input as object.union(scoring(null), {"serves": false})
		with data.mlgitops_data.regions as regions
}
