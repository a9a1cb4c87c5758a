package %PACKAGE%_test

import data.%PACKAGE%

test_denies if {
	%WORD%.deny == {{
		"pointer": "/models/0/team",
		"message": "the team of churn must be a team, got nobody",
	}} with input as {"models": [{"model": "churn", "team": "nobody"}]}
}

test_allows if count(%WORD%.deny) == 0 with input as {"models": [{"model": "churn", "team": "growth"}]}
