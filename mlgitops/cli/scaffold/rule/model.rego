# METADATA
# title: %TITLE%
# description: Say what goes wrong without this rule.
# custom:
#   id: %ID%
#   severity: error
#   scope: model
#   remediation: say what to write instead
package %PACKAGE%

# To be replaced: a rule that denies models of the team `nobody`.
deny contains {"pointer": "/metadata/team", "message": message} if {
	input.metadata.team == "nobody"
	message := sprintf("metadata.team must be a team, got %s", [input.metadata.team])
}
