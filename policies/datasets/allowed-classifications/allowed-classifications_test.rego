package mlgitops.datasets.allowed_classifications_test

import data.mlgitops.datasets.allowed_classifications

classifications := {"everywhere": ["public"], "environments": {"lab": ["confidential", "restricted"]}}

teams := {"growth": {"classifications": ["public", "confidential"]}}

asked(environment, team, trains, serves) := {
	"trains": trains,
	"serves": serves,
	"metadata": {"team": team},
	"environment": {"name": environment},
	"spec": {"data": [{"name": "visits", "classification": "public"}, {"name": "mails", "classification": "confidential"}]},
	"version": {"data": [{"name": "old-mails", "classification": "confidential"}]},
}

of_class(class) := object.union(asked("lab", "growth", true, true), {
	"spec": {"data": [{"name": "mails", "classification": class}]},
	"version": null,
})

test_allowed_and_cleared if {
	allowed_classifications.deny == set() with input as asked("lab", "growth", true, true)
		with data.mlgitops_data.classifications as classifications
		with data.mlgitops_data.teams as teams
}

test_not_allowed_here if {
	allowed_classifications.deny == {
		{
			"pointer": "/spec/data/1/classification",
			"message": "the data set mails must be of a class that is allowed here (public), got 'confidential'",
		},
		{
			"pointer": "/version/data/0/classification",
			"message": "the data set old-mails must be of a class that is allowed here (public), got 'confidential'",
		},
	} with input as asked("live", "growth", true, true)
		with data.mlgitops_data.classifications as classifications
		with data.mlgitops_data.teams as teams
}

test_training_reads_and_serving_has_learnt if {
	found := {finding.pointer | some finding in allowed_classifications.deny} with input as asked("live", "growth", true, false)
		with data.mlgitops_data.classifications as classifications
		with data.mlgitops_data.teams as teams
	found == {"/spec/data/1/classification"}
	others := {finding.pointer | some finding in allowed_classifications.deny} with input as asked("live", "growth", false, true)
		with data.mlgitops_data.classifications as classifications
		with data.mlgitops_data.teams as teams
	others == {"/version/data/0/classification"}
	allowed_classifications.deny == set() with input as asked("live", "growth", false, false)
		with data.mlgitops_data.classifications as classifications
		with data.mlgitops_data.teams as teams
}

test_not_cleared if {
	allowed_classifications.deny == {{
		"pointer": "/spec/data/0/classification",
		"message": "the data set mails must be of a class that team growth is cleared for (confidential, public), got 'restricted'",
	}} with input as of_class("restricted")
		with data.mlgitops_data.classifications as classifications
		with data.mlgitops_data.teams as teams
}

test_an_unknown_team_is_cleared_for_nothing if {
	allowed_classifications.deny == {{
		"pointer": "/spec/data/0/classification",
		"message": "the data set visits must be of a class that team sales is cleared for (none), got 'public'",
	}} with input as {
		"trains": true,
		"serves": false,
		"metadata": {"team": "sales"},
		"environment": {"name": "live"},
		"spec": {"data": [{"name": "visits", "classification": "public"}]},
		"version": null,
	}
		with data.mlgitops_data.classifications as classifications
		with data.mlgitops_data.teams as teams
}

# Whether a class is declared is another rule's question.
test_undeclared if {
	allowed_classifications.deny == set() with input as of_class(null)
		with data.mlgitops_data.classifications as classifications
		with data.mlgitops_data.teams as teams
}

test_what_is_scored if {
	scored := {"spec": {"data": [], "batchScoring": {"input": {"classification": "restricted"}}}}
	allowed_classifications.deny == {{
		"pointer": "/spec/batchScoring/input/classification",
		"message": "the data set batchScoring.input must be of a class that team growth is cleared for (confidential, public), got 'restricted'",
	}} with input as object.union(asked("lab", "growth", false, true), scored)
		with data.mlgitops_data.classifications as classifications
		with data.mlgitops_data.teams as teams
	allowed_classifications.deny == set() with input as object.union(asked("lab", "growth", false, false), scored)
		with data.mlgitops_data.classifications as classifications
		with data.mlgitops_data.teams as teams
}

test_what_is_scored_undeclared if {
	scored := {"spec": {"data": [], "batchScoring": {"input": {"classification": null}}}}
	allowed_classifications.deny == set() with input as object.union(asked("lab", "growth", false, true), scored)
		with data.mlgitops_data.classifications as classifications
		with data.mlgitops_data.teams as teams
}
