# METADATA
# title: No secret stands in Git
# description: Neither in a Secret, nor in a variable by its name, nor anywhere that text of its shape is found.
# custom:
#   id: security.no-literal-secrets
#   severity: error
#   scope: objects
#   remediation: revoke it, keep it in the secret store, and refer to it with secret {name, key}
package mlgitops.security.no_literal_secrets

import data.mlgitops.library.pods
import data.mlgitops.library.ray
import data.mlgitops.library.shown

# Names of variables that hold credentials, and of those that only tell where one is.
credential := `(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SIGNING_?KEY)(_|$)`

about_credentials := `_(FILE|PATH|DIR|NAME|ID|MODE|TTL|TYPE|ENDPOINT|HOST|LIFETIME|EXPIRY)$`

# What credentials look like. `marker` is looked for first, in the whole text; `pattern` then in the lines that have it.
shapes := [
	{"what": "a private key", "marker": "PRIVATE KEY-----", "pattern": `-----BEGIN [A-Z ]*PRIVATE KEY-----`},
	{"what": "an access key of AWS", "marker": "AKIA", "pattern": `(^|[^0-9A-Za-z])AKIA[0-9A-Z]{16}($|[^0-9A-Za-z])`},
	{"what": "a temporary access key of AWS", "marker": "ASIA", "pattern": `(^|[^0-9A-Za-z])ASIA[0-9A-Z]{16}($|[^0-9A-Za-z])`},
	{"what": "a token of GitHub", "marker": "ghp_", "pattern": `ghp_[0-9A-Za-z]{36}`},
	{"what": "a token of GitHub", "marker": "ghs_", "pattern": `ghs_[0-9A-Za-z]{36}`},
	{"what": "a token of GitHub", "marker": "github_pat_", "pattern": `github_pat_[0-9A-Za-z_]{22}`},
	{"what": "a token of GitLab", "marker": "glpat-", "pattern": `glpat-[0-9A-Za-z_-]{20}`},
	{"what": "a token of Slack", "marker": "xox", "pattern": `xox[abeprs]-[0-9A-Za-z-]{10}`},
	{"what": "a token of Hugging Face", "marker": "hf_", "pattern": `(^|[^0-9A-Za-z_])hf_[0-9A-Za-z]{30}`},
	{"what": "a key of Google", "marker": "AIza", "pattern": `AIza[0-9A-Za-z_-]{35}`},
	{"what": "a signed token (JWT)", "marker": "eyJ", "pattern": `eyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8}`},
	{"what": "a password in a URL", "marker": "://", "pattern": `://[^/ :@]*:[^/ :@$][^/ :@]*@`},
]

deny contains {"pointer": sprintf("%s#", [entry.file]), "message": message} if {
	some entry in input.objects
	entry.object.kind == "Secret"
	message := sprintf("%s must not be in Git, got a Secret: anybody who reads the repository reads it", [ray.titled(entry.object)])
}

deny contains {"pointer": pointer, "message": message} if {
	some name in {variable.name | some variable in pods.variables}
	is_string(name)
	regex.match(credential, upper(name))
	not regex.match(about_credentials, upper(name))
	some [pod, kind, index, container] in pods.everywhere
	some number, variable in container.env
	variable.name == name
	literal(variable)
	pointer := pods.place(pod, kind, index, sprintf("/env/%v/value", [number]))
	message := sprintf("%s must refer to a Secret for %s, got its value", [pods.named(pod, container), name])
}

deny contains {"pointer": pointer, "message": message} if {
	some [text, what] in found
	some [pod, kind, index, container] in pods.everywhere
	some [at, other] in texts(container)
	other == text
	pointer := pods.place(pod, kind, index, at)
	message := sprintf("%s must refer to a Secret, got what looks like %s", [pods.named(pod, container), what])
}

deny contains {"pointer": sprintf("%s#/data/%s", [entry.file, shown.key(key)]), "message": message} if {
	some [text, what] in found
	some entry in input.objects
	entry.object.kind == "ConfigMap"
	some key, other in entry.object.data
	other == text
	message := sprintf("%s must refer to a Secret, got what looks like %s", [ray.titled(entry.object), what])
}

deny contains {"pointer": sprintf("%s/%s", [run.at, field]), "message": message} if {
	some [text, what] in found
	some run in ray.runs
	some field in ["entrypoint", "runtimeEnvYAML"]
	run.spec[field] == text
	message := sprintf("%s must refer to a Secret, got what looks like %s", [ray.titled(run.object), what])
}

literal(variable) if {
	is_string(variable.value)
	variable.value != ""
}

# What people write: values of variables, commands and arguments; code and configuration; what Ray is told to run.
written contains variable.value if some variable in pods.variables

written contains text if {
	some container in pods.containers
	some field in ["command", "args"]
	some text in container[field]
}

written contains text if {
	some entry in input.objects
	some text in entry.object.data
}

written contains run.spec[field] if {
	some run in ray.runs
	some field in ["entrypoint", "runtimeEnvYAML"]
}

# All of it in one text, which is searched for each marker once, and then for its shape: what a line of a text matches,
# all of it together matches too.
everything := concat("\n", [text | some text in written; is_string(text)])

# Texts that look like a credential, and like what. Nothing of a text itself is told: more people read a report than
# may know a secret.
found contains [text, shape.what] if {
	some shape in shapes
	contains(everything, shape.marker) # for speed
	regex.match(shape.pattern, everything) # for speed
	some text in written
	is_string(text)
	contains(text, shape.marker) # for speed
	some line in split(text, "\n")
	contains(line, shape.marker) # for speed
	regex.match(shape.pattern, line)
}

# Where a container has which text.
texts(container) := array.concat(
	[[sprintf("/env/%v/value", [number]), variable.value] | some number, variable in container.env],
	[[sprintf("/%s/%v", [field, number]), text] |
		some field in ["command", "args"]
		some number, text in container[field]
	],
)
