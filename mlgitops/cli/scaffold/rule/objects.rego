# METADATA
# title: %TITLE%
# description: Say what goes wrong without this rule.
# custom:
#   id: %ID%
#   severity: error
#   scope: objects
#   remediation: say what to write instead
package %PACKAGE%

# To be replaced: a rule that denies pods with a container called `replace-me`.
deny contains {"pointer": pointer, "message": message} if {
	some pod in input.pods
	some index, container in object.get(pod.spec, "containers", [])
	container.name == "replace-me"
	pointer := sprintf("%s#%s/spec/containers/%d/name", [pod.file, pod.pointer, index])
	message := sprintf("a container must have a name of its own, got %s", [container.name])
}
