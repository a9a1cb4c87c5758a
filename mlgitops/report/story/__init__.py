"""A story (`plan.story`) in every form that people and programs read: text, Markdown, HTML, JSON, SARIF, annotations.

likeness        when two changes are the same one in two places
change_groups, effect_groups, denials, verdicts    what is said once instead of often
headline        what a change does, in sentences
text, markdown, page, as_json, findings            the forms
"""
