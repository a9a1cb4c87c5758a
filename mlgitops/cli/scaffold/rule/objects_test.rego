package %PACKAGE%_test

import data.%PACKAGE%

pod(name) := {"file": "a.yaml", "pointer": "/x", "spec": {"containers": [{"name": name}]}}

test_denies if {
	%WORD%.deny == {{
		"pointer": "a.yaml#/x/spec/containers/0/name",
		"message": "a container must have a name of its own, got replace-me",
	}} with input as {"pods": [pod("replace-me")]}
}

test_allows if count(%WORD%.deny) == 0 with input as {"pods": [pod("ray")]}
