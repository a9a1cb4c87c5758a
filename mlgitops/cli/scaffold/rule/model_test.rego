package %PACKAGE%_test

import data.%PACKAGE%

test_denies if {
	%WORD%.deny == {{
		"pointer": "/metadata/team",
		"message": "metadata.team must be a team, got nobody",
	}} with input as {"metadata": {"team": "nobody"}}
}

test_allows if count(%WORD%.deny) == 0 with input as {"metadata": {"team": "growth"}}
