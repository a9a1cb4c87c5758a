# METADATA
# title: %TITLE%
# description: Say what goes wrong without this rule.
# custom:
#   id: %ID%
#   severity: error
#   scope: fleet
#   remediation: say what to write instead
package %PACKAGE%

# To be replaced: a rule that denies models of the team `nobody`.
deny contains {"pointer": pointer, "message": message} if {
	some index, model in input.models
	model.team == "nobody"
	pointer := sprintf("/models/%d/team", [index])
	message := sprintf("the team of %s must be a team, got %s", [model.model, model.team])
}
