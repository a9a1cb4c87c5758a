"""A platform team's `environments/<env>/templates/*.yaml`: one more object for every model, without any Python.

    templates, findings = read_templates(files)                        # read.py, once an environment
    objects, findings = render_templates(templates, context, taken)    # render.py, once a model

A template is YAML first: it is parsed, then the expressions inside of its texts are evaluated on the resolved model. A
value can therefore be anything and never changes the shape of the document, nor is it evaluated again.
"""
