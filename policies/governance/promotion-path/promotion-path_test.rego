package mlgitops.governance.promotion_path_test

import data.mlgitops.governance.promotion_path

asked(protected, path, promoted) := {
	"environment": {"protected": protected, "promotesFrom": path},
	"release": {"promotedFrom": promoted},
}

test_promoted if {
	promotion_path.deny == set() with input as asked(true, "staging", "staging")
	promotion_path.deny == set() with input as asked(false, "dev", "dev")
}

test_the_first_environment if {
	promotion_path.deny == set() with input as asked(false, null, null)
	promotion_path.deny == set() with input as asked(false, null, "dev")
}

test_not_promoted if {
	promotion_path.deny == {{
		"pointer": "/release/promotedFrom",
		"message": "a release must be promoted from staging, got nothing",
	}} with input as asked(true, "staging", null)
}

test_past_an_environment if {
	promotion_path.deny == {{
		"pointer": "/release/promotedFrom",
		"message": "a release must be promoted from staging, got 'dev'",
	}} with input as asked(false, "staging", "dev")
}

test_protected_and_first if {
	promotion_path.deny == {{
		"pointer": "/environment/promotesFrom",
		"message": "a protected environment must promote from another, got none: versions would serve there untried",
	}} with input as asked(true, null, null)
}

test_no_release if {
	every document in [asked(true, null, null), asked(true, "staging", null)] {
		promotion_path.deny == set() with input as object.union(document, {"release": null})
	}
}
